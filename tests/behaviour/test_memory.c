/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A component is loaded, linked, instantiated and called, copies streams and drops resources, while one allocation of
 * the engine's allocator fails, or all from one on. It then succeeds all the same or ends with WEIR_ERR_NOMEM, and
 * everything can be freed.
 */
#include "behaviour/memory.h"

/* ---- streams ----------------------------------------------------------------------------------------------------- */

static void copied(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  struct run *r = data;
  (void)end;
  (void)result;
  r->copies++;
  r->copied += count;
}

static void strings_and_futures(struct run *r) {
  struct ended e;
  weir_value arg = string("promised"), got = {0};
  if (!call_and_settle(r, "promise", &arg, 1, &e))
    return;
  weir_stream *end = weir_stream_from_value(&e.result);
  if (ok(r, weir_stream_read_values(end, &got, 1, copied, r, NULL), NULL))
    settle(r);
  weir_value_clear(&got);
  weir_stream_drop(end);
  settle(r);
  const weir_error *failure = weir_store_failure(r->store);
  if (failure)
    ok(r, weir_error_status(failure), NULL);
}

static void bytes(struct run *r) {
  struct ended e;
  weir_value arg;
  weir_stream *end;
  if (!ok(r, weir_stream_new(r->store, WEIR_ELEMENT_U8, &arg, &end, NULL), NULL))
    return;
  if (call_and_settle(r, "sum", &arg, 1, &e) && ok(r, weir_stream_write(end, "abc", 3, copied, r, NULL), NULL))
    settle(r);
  weir_stream_drop(end);
  settle(r);
  if (r->status == WEIR_OK) {
    assert_int_equal(e.count, 1);
    assert_int_equal(e.result.of.u32, 'a' + 'b' + 'c');
  }
}

static void use_streams(struct run *r, const char *text, size_t size) {
  if (load(r, text, size) && instantiate(r))
    strings_and_futures(r);
  if (r->status == WEIR_OK)
    bytes(r);
}

/* ---- resources and host functions -------------------------------------------------------------------------------- */

static void dropped(void *data, weir_store *store, uint64_t rep) {
  (void)store;
  struct run *r = data;
  (void)rep;
  r->drops++;
}

static void make(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct run *r = data;
  weir_value result = {0};
  (void)count;
  if (ok(r,
         weir_resource_new(weir_host_call_instance(call), "host:res/types@0.2.1", "thing", args[0].of.u32, &result,
                           NULL),
         NULL))
    weir_host_call_return(call, &result, NULL);
  else
    weir_host_call_fail(call, "out of memory");
}

static void look(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value result = u32((uint32_t)rep_of(&args[0]));
  (void)data;
  (void)count;
  weir_host_call_return(call, &result, NULL);
}

static void nothing(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data;
  (void)args;
  (void)count;
  weir_host_call_return(call, NULL, NULL);
}

static bool define_all(struct run *r) {
  static const char types[] = "host:res/types@0.2.1";
  weir_error *error = NULL;
  return ok(r, weir_linker_define_resource(r->linker, types, "thing", dropped, r, NULL, &error), &error) &&
         define(r, types, "make", "func(rep: u32) -> own<thing>", make) &&
         define(r, types, "look", "func(t: borrow<thing>) -> u32", look) &&
         define(r, types, "look-late", "async func(t: borrow<thing>) -> u32", look) &&
         define(r, types, "give", "func(t: thing)", nothing) &&
         define(r, types, "make-late", "async func() -> thing", nothing) && define(r, NULL, "gone", NULL, nothing);
}

static void use_resources(struct run *r, const char *text, size_t size) {
  struct ended e;
  weir_value arg = u32(3);
  if (!load(r, text, size) || !define_all(r) || !instantiate(r) || !call_and_settle(r, "make-and-drop", &arg, 1, &e))
    return;
  assert_int_equal(r->drops, 1);
  arg = u32(4);
  if (!call_and_settle(r, "make-and-look-late", &arg, 1, &e))
    return;
  assert_int_equal(r->drops, 2);
  arg = u32(5);
  if (call_and_settle(r, "new-gadget", &arg, 1, &e))
    weir_value_clear(&e.result);
  settle(r);
}

/* ---- the tests --------------------------------------------------------------------------------------------------- */

static void streams_without_memory(void **state) {
  (void)state;
  sweep("streams", use_streams);
}

static void resources_without_memory(void **state) {
  (void)state;
  sweep("resources", use_resources);
}

static void an_engine_without_memory(void **state) {
  (void)state;
  for (size_t k = 1; k < 20; k++) {
    struct fault f;
    weir_engine *engine = NULL;
    weir_error *error = NULL;
    fault_init(&f);
    fault_arm(&f, k, true);
    weir_engine_config config = {.size = sizeof(weir_engine_config), .alloc = &f.alloc};
    weir_status status = weir_engine_new(&config, &engine, &error);
    if (status == WEIR_OK)
      weir_engine_free(engine);
    else
      assert_int_equal(status, WEIR_ERR_NOMEM);
    weir_error_free(error);
    fault_done(&f);
    if (f.failures == 0)
      return;
  }
  fail_msg("an engine needs too many allocations");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(streams_without_memory),
    cmocka_unit_test(resources_without_memory),
    cmocka_unit_test(an_engine_without_memory),
};

BEHAVIOUR_MAIN(tests)
