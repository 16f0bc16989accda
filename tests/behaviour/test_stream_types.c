/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A host's streams of any type: from text or from a component, written as they lie in memory or as values. */
#include "behaviour/streams.h"

struct fixture {
  struct world *w;
  int drops;
};

static void dropped(void *data, weir_store *store, uint64_t rep) {
  (void)store;
  struct fixture *f = data;
  assert_int_equal(rep, 9);
  f->drops++;
}

static void make(void *data, weir_host_call *host, weir_value *args, size_t count) {
  weir_value thing;
  (void)data, (void)args, (void)count;
  must(weir_resource_new(weir_host_call_instance(host), NULL, "thing", 9, &thing, NULL), NULL);
  weir_host_call_return(host, &thing, NULL);
}

static void open_fixture(struct fixture *f) {
  *f = (struct fixture){.w = world_open("typed")};
  must(weir_linker_define_resource(f->w->linker, NULL, "thing", dropped, f, NULL, NULL), NULL);
  world_func(f->w, NULL, "make", "func() -> thing", make, f);
  world_start(f->w);
}

static void close_fixture(struct fixture *f) {
  assert_int_equal(world_settle(f->w), WEIR_STEP_IDLE);
  world_close(f->w);
}

static const weir_type *type_of(struct world *w, const char *text) {
  const weir_type *type = NULL;
  weir_error *error = NULL;
  must(weir_type_parse(w->engine, text, strlen(text), &type, &error), &error);
  return type;
}

static weir_stream *typed(struct world *w, const weir_type *type, weir_value *ret_readable) {
  weir_stream *writable = NULL;
  weir_error *error = NULL;
  must(weir_stream_new_typed(w->store, type, ret_readable, &writable, &error), &error);
  return writable;
}

static weir_stream *call_typed(struct world *w, struct outcome *o, const char *name, const weir_type *type) {
  weir_value arg;
  weir_stream *writable = typed(w, type, &arg);
  call_args(w, o, name, &arg, 1);
  return writable;
}

static weir_value point(uint32_t x, uint32_t y) {
  weir_value v;
  must(weir_value_new_record(2, &v), NULL);
  v.of.list.items[0] = u32(x);
  v.of.list.items[1] = u32(y);
  return v;
}

/* ---- what can be written ----------------------------------------------------------------------------------------- */

static void numbers_as_they_lie_in_memory(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  struct copy c = {0};
  static const uint32_t numbers[] = {1, 20, 300, 4000};
  open_fixture(&f);
  weir_stream *end = call_typed(f.w, &o, "sum", type_of(f.w, "stream<u32>"));
  must(weir_stream_write(end, numbers, 4, copied, &c, NULL), NULL);
  for (size_t left = 4; left > 0; left -= c.moved) { /* the guest takes one at a time */
    world_settle(f.w);
    assert_copy(&c, (int)(5 - left), WEIR_COPY_COMPLETED, 1);
    if (left > 1)
      must(weir_stream_write(end, numbers + 5 - left, left - 1, copied, &c, NULL), NULL);
  }
  weir_stream_drop(end);
  world_settle(f.w);
  assert_u32(&o, 4321);
  close_fixture(&f);
}

static void numbers_as_values(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  struct copy c = {0};
  weir_value numbers[2] = {u32(7), u32(8)};
  open_fixture(&f);
  weir_stream *end = call_typed(f.w, &o, "sum", weir_func_param_type(world_export(f.w, "sum"), 0));
  must(weir_stream_write_values(end, numbers, 1, copied, &c, NULL), NULL);
  world_settle(f.w);
  must(weir_stream_write_values(end, numbers + 1, 1, copied, &c, NULL), NULL);
  world_settle(f.w);
  assert_copy(&c, 2, WEIR_COPY_COMPLETED, 1);
  weir_stream_drop(end);
  world_settle(f.w);
  assert_u32(&o, 15);
  close_fixture(&f);
}

static void records_from_text_and_from_a_component(void **state) {
  (void)state;
  struct fixture f;
  struct copy c = {0};
  open_fixture(&f);
  const weir_type *types[] = {type_of(f.w, "stream<record { x: u32, y: u32 }>"),
                              weir_func_param_type(world_export(f.w, "last-y"), 0)};
  for (uint32_t i = 0; i < 2; i++) {
    struct outcome o;
    weir_stream *end = call_typed(f.w, &o, "last-y", types[i]);
    weir_value p = point(1, 40 + i);
    must(weir_stream_write_values(end, &p, 1, copied, &c, NULL), NULL);
    world_settle(f.w);
    weir_stream_drop(end);
    world_settle(f.w);
    assert_u32(&o, 40 + i);
  }
  close_fixture(&f);
}

static void resources(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  struct copy c = {0};
  open_fixture(&f);
  weir_stream *end = call_typed(f.w, &o, "drop-all", weir_func_param_type(world_export(f.w, "drop-all"), 0));
  weir_value thing = call_now(f.w, "new-thing", NULL, 0), copy = thing;
  must(weir_stream_write_values(end, &thing, 1, copied, &c, NULL), NULL);
  weir_value_clear(&copy); /* it is the stream's */
  world_settle(f.w);
  assert_copy(&c, 1, WEIR_COPY_COMPLETED, 1);
  assert_int_equal(thing.kind, WEIR_VALUE_NONE);
  assert_int_equal(f.drops, 1);
  weir_stream_drop(end);
  world_settle(f.w);
  assert_u32(&o, 1);
  close_fixture(&f);
}

static void what_is_not_read_stays_the_hosts(void **state) {
  (void)state;
  struct fixture f;
  struct copy c = {0};
  weir_value readable;
  open_fixture(&f);
  weir_stream *end = typed(f.w, weir_func_param_type(world_export(f.w, "drop-all"), 0), &readable);
  weir_value thing = call_now(f.w, "new-thing", NULL, 0);
  must(weir_stream_write_values(end, &thing, 1, copied, &c, NULL), NULL);
  weir_value_clear(&readable);
  world_settle(f.w);
  assert_copy(&c, 1, WEIR_COPY_DROPPED, 0);
  assert_int_equal(rep_of(&thing), 9);
  assert_int_equal(f.drops, 0);
  weir_value_clear(&thing);
  assert_int_equal(f.drops, 1);
  weir_stream_drop(end);
  close_fixture(&f);
}

static void strings_between_a_host_and_itself(void **state) {
  (void)state;
  struct fixture f;
  struct copy written = {0}, read = {0};
  weir_value readable, got[2] = {{0}}, words[2] = {string("one"), string("two")};
  open_fixture(&f);
  weir_stream *w = typed(f.w, type_of(f.w, "stream<string>"), &readable), *r = weir_stream_from_value(&readable);
  assert_true(weir_type_equal(weir_stream_element(w), type_of(f.w, "string")));
  assert_ptr_equal(weir_stream_element(w), weir_stream_element(r));
  assert_false(weir_stream_is_future(r));
  must(weir_stream_write_values(w, words, 2, copied, &written, NULL), NULL);
  must(weir_stream_read_values(r, got, 2, copied, &read, NULL), NULL);
  world_settle(f.w);
  assert_copy(&written, 1, WEIR_COPY_COMPLETED, 2);
  assert_copy(&read, 1, WEIR_COPY_COMPLETED, 2);
  assert_string(&got[1], "two");
  weir_value_clear(&got[0]);
  weir_value_clear(&got[1]);
  weir_stream_drop(w);
  weir_stream_drop(r);
  close_fixture(&f);
}

static void a_future_that_no_guest_sees(void **state) {
  (void)state;
  struct fixture f;
  struct copy written = {0}, read = {0};
  open_fixture(&f);
  for (int i = 0; i < 2; i++) {
    weir_value readable, got = {0}, word = string("kept");
    weir_stream *w;
    if (i == 0)
      must(weir_future_new(f.w->store, &readable, &w, NULL), NULL);
    else
      w = typed(f.w, type_of(f.w, "future<string>"), &readable);
    assert_int_equal(readable.kind, WEIR_VALUE_FUTURE);
    weir_stream *r = weir_stream_from_value(&readable);
    must(weir_stream_write_values(w, &word, 1, copied, &written, NULL), NULL);
    must(weir_stream_read_values(r, &got, 1, copied, &read, NULL), NULL);
    world_settle(f.w);
    assert_string(&got, "kept");
    assert_int_equal(word.kind, WEIR_VALUE_NONE);
    weir_value_clear(&got);
    weir_stream_drop(w);
    weir_stream_drop(r);
  }
  assert_copy(&read, 2, WEIR_COPY_COMPLETED, 1);
  close_fixture(&f);
}

/* ---- what is refused --------------------------------------------------------------------------------------------- */

static void another_element_type(void **state) {
  (void)state;
  struct fixture f;
  weir_value arg, wrong = string("no"), numbers[2] = {u32(1), {.kind = WEIR_VALUE_BOOL}};
  open_fixture(&f);
  weir_stream *end = typed(f.w, type_of(f.w, "stream<s32>"), &arg);
  call_refused(f.w, "sum", &arg, 1, WEIR_ERR_TYPE, "expected stream<u32>, found stream<s32>");
  weir_stream_drop(end);
  end = typed(f.w, type_of(f.w, "future<u32>"), &arg);
  call_refused(f.w, "sum", &arg, 1, WEIR_ERR_TYPE, "expected stream, found future");
  weir_stream_drop(end);
  end = typed(f.w, type_of(f.w, "stream<u32>"), &arg);
  assert_int_equal(weir_stream_write_values(end, &wrong, 1, copied, NULL, NULL), WEIR_ERR_TYPE);
  assert_int_equal(wrong.kind, WEIR_VALUE_STRING);
  weir_value_clear(&wrong);
  assert_int_equal(weir_stream_write_values(end, numbers, 2, copied, NULL, NULL), WEIR_ERR_TYPE);
  weir_stream_drop(end);
  weir_value_clear(&arg);
  end = typed(f.w, type_of(f.w, "stream<string>"), &arg);
  assert_int_equal(weir_stream_write(end, "no", 2, copied, NULL, NULL), WEIR_ERR_TYPE);
  weir_stream_drop(end);
  weir_value_clear(&arg);
  close_fixture(&f);
}

static void types_that_are_none(void **state) {
  (void)state;
  struct fixture f;
  const weir_type *type = NULL;
  weir_value readable;
  weir_stream *writable;
  weir_error *error = NULL;
  size_t offset;
  open_fixture(&f);
  assert_int_equal(weir_type_parse(f.w->engine, "stream<u33>", 11, &type, &error), WEIR_ERR_PARSE);
  assert_null(type);
  assert_true(weir_error_offset(error, &offset));
  assert_int_equal(offset, 7);
  assert_words(weir_error_message(error), "u33");
  weir_error_free(error);
  error = NULL;
  assert_int_equal(weir_type_parse(f.w->engine, "stream<own<thing>>", 18, &type, NULL), WEIR_ERR_PARSE);
  assert_int_equal(weir_type_parse(NULL, "u8", 2, &type, NULL), WEIR_ERR_MISUSE);
  assert_ptr_equal(type_of(f.w, "list<u8>"), type_of(f.w, " list < u8 >"));
  const weir_type *list = type_of(f.w, "list<u8>");
  assert_int_equal(weir_stream_new_typed(f.w->store, list, &readable, &writable, &error), WEIR_ERR_TYPE);
  assert_words(weir_error_message(error), "neither a stream nor a future");
  weir_error_free(error);
  assert_int_equal(weir_stream_new_typed(f.w->store, NULL, &readable, &writable, NULL), WEIR_ERR_TYPE);
  assert_int_equal(weir_stream_new(f.w->store, WEIR_ELEMENT_TYPED, &readable, &writable, NULL), WEIR_ERR_MISUSE);
  close_fixture(&f);
}

static void a_resource_of_a_component_that_is_not_here(void **state) {
  (void)state;
  struct fixture f;
  weir_value readable;
  weir_stream *writable;
  weir_error *error = NULL;
  weir_store *other;
  open_fixture(&f);
  must(weir_store_new(f.w->engine, NULL, &other, NULL), NULL);
  assert_int_equal(weir_stream_new_typed(other, weir_func_param_type(world_export(f.w, "drop-all"), 0), &readable,
                                         &writable, &error),
                   WEIR_ERR_TYPE);
  assert_words(weir_error_message(error), "`thing`");
  weir_error_free(error);
  weir_store_free(other);
  close_fixture(&f);
}

static void the_type_may_go_first(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  static const uint32_t number = 5;
  open_fixture(&f);
  size_t size;
  char *text = guest_text("typed", &size);
  weir_component *twin = component_from(f.w->engine, text, size);
  free(text);
  weir_value arg;
  weir_stream *end = typed(f.w, weir_func_param_type(weir_component_find_func(twin, NULL, "sum"), 0), &arg);
  weir_component_free(twin);
  call_args(f.w, &o, "sum", &arg, 1);
  must(weir_stream_write(end, &number, 1, NULL, NULL, NULL), NULL);
  world_settle(f.w);
  weir_stream_drop(end);
  world_settle(f.w);
  assert_u32(&o, 5);
  close_fixture(&f);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(numbers_as_they_lie_in_memory),
    cmocka_unit_test(numbers_as_values),
    cmocka_unit_test(records_from_text_and_from_a_component),
    cmocka_unit_test(resources),
    cmocka_unit_test(what_is_not_read_stays_the_hosts),
    cmocka_unit_test(strings_between_a_host_and_itself),
    cmocka_unit_test(a_future_that_no_guest_sees),
    cmocka_unit_test(another_element_type),
    cmocka_unit_test(types_that_are_none),
    cmocka_unit_test(a_resource_of_a_component_that_is_not_here),
    cmocka_unit_test(the_type_may_go_first),
};

BEHAVIOUR_MAIN(tests)
