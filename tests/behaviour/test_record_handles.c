/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Runs with loans, and with streams that the host made of a type, are recorded and replayed without a host. */
#include "behaviour/streams.h"

#define TYPES "host:res/types@0.2.0"

struct fixture {
  struct world *w;
  weir_recorder *recorder;
  char path[40];
  struct pending look_late, make_late;
};

static void make(void *data, weir_host_call *host, weir_value *args, size_t count) {
  const char *interface_name = data;
  weir_value thing;
  must(weir_resource_new(weir_host_call_instance(host), interface_name, "thing", count ? args[0].of.u32 : 9, &thing,
                         NULL),
       NULL);
  weir_host_call_return(host, &thing, NULL);
}

static void look(void *data, weir_host_call *host, weir_value *args, size_t count) {
  (void)data, (void)count;
  weir_value result = u32((uint32_t)rep_of(&args[0]));
  weir_host_call_return(host, &result, NULL);
}

static void nothing(void *data, weir_host_call *host, weir_value *args, size_t count) {
  (void)data, (void)args, (void)count;
  weir_host_call_return(host, NULL, NULL);
}

/* With `text` in the guest's place, where it is not NULL. */
static void begin_text(struct fixture *f, const char *guest, const char *text) {
  *f = (struct fixture){.w = world_open(guest), .path = "/tmp/weir-handles-XXXXXX"};
  if (text) {
    weir_component_free(f->w->component);
    f->w->component = component_from(f->w->engine, text, strlen(text));
  }
  int fd = mkstemp(f->path);
  assert_true(fd >= 0);
  close(fd);
  weir_error *error = NULL;
  weir_record_config config = {.size = sizeof(weir_record_config), .path = f->path, .component = f->w->component};
  must(weir_record_start(f->w->store, &config, &f->recorder, &error), &error);
}

static void begin(struct fixture *f, const char *guest) {
  begin_text(f, guest, NULL);
}

static void replayed(struct fixture *f) {
  weir_error *error = NULL;
  weir_replay_report report = WEIR_REPLAY_REPORT_INIT;
  world_settle(f->w);
  must(weir_recorder_close(f->recorder, &error), &error);
  world_end_store(f->w);
  must(weir_replay(f->w->engine, f->w->component, f->path, NULL, &report, &error), &error);
  weir_replay_report_clear(&report);
  unlink(f->path);
  world_close(f->w);
}

static void loans(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  begin(&f, "resources");
  must(weir_linker_define_resource(f.w->linker, TYPES, "thing", NULL, NULL, NULL, NULL), NULL);
  world_func(f.w, TYPES, "make", "func(rep: u32) -> own<thing>", make, (void *)TYPES);
  world_func(f.w, TYPES, "look", "func(t: borrow<thing>) -> u32", look, NULL);
  world_func(f.w, TYPES, "look-late", "async func(t: borrow<thing>) -> u32", pending_call, &f.look_late);
  world_func(f.w, TYPES, "give", "func(t: thing)", nothing, NULL);
  world_func(f.w, TYPES, "make-late", "async func() -> thing", pending_call, &f.make_late);
  world_func(f.w, NULL, "gone", "func(rep: u32)", nothing, NULL);
  world_start(f.w);
  weir_value rep = u32(3), thing = call_now(f.w, "make-and-return", &rep, 1), pair;
  for (int i = 0; i < 2; i++)
    assert_int_equal(call_now(f.w, "look-at", &thing, 1).of.u32, 3);
  must(weir_value_new_record(2, &pair), NULL);
  pair.of.list.items[0] = thing;
  pair.of.list.items[1] = u32(4);
  assert_int_equal(call_now(f.w, "look-pair", &pair, 1).of.u32, 7);
  call_args(f.w, &o, "look-late-at", &thing, 1);
  weir_value_clear(&thing); /* while it is lent */
  world_settle(f.w);
  weir_value_clear(&f.look_late.args[0]);
  pending_return(&f.look_late, 0, u32(5));
  world_settle(f.w);
  assert_u32(&o, 5);
  must(weir_resource_new(f.w->instance, TYPES, "thing", 0, &thing, NULL), NULL); /* outside of any call */
  assert_int_equal(call_now(f.w, "look-at", &thing, 1).of.u32, 0);
  call_now(f.w, "keep", &thing, 1);
  call_now(f.w, "drop-kept", NULL, 0);
  rep = u32(6);
  weir_value gadget = call_now(f.w, "new-gadget", &rep, 1);
  assert_int_equal(call_now(f.w, "gadget-rep", &gadget, 1).of.u32, 6);
  assert_int_equal(call_now(f.w, "take-gadget", &gadget, 1).of.u32, 6);
  replayed(&f);
}

static void typed_streams(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  static const char *const types[] = {"stream<u32>", "stream<record { x: u32, y: u32 }>"};
  static const char *const names[] = {"sum", "last-y"};
  begin(&f, "typed");
  must(weir_linker_define_resource(f.w->linker, NULL, "thing", NULL, NULL, NULL, NULL), NULL);
  world_func(f.w, NULL, "make", "func() -> thing", make, NULL);
  world_start(f.w);
  for (int i = 0; i < 2; i++) {
    const weir_type *type = NULL;
    weir_value arg, point;
    weir_stream *end;
    static const uint32_t number = 8;
    must(weir_type_parse(f.w->engine, types[i], strlen(types[i]), &type, NULL), NULL);
    must(weir_stream_new_typed(f.w->store, type, &arg, &end, NULL), NULL);
    call_args(f.w, &o, names[i], &arg, 1);
    must(weir_value_new_record(2, &point), NULL);
    point.of.list.items[0] = u32(1);
    point.of.list.items[1] = u32(8);
    if (i == 0)
      must(weir_stream_write(end, &number, 1, NULL, NULL, NULL), NULL);
    else
      must(weir_stream_write_values(end, &point, 1, NULL, NULL, NULL), NULL);
    world_settle(f.w);
    weir_value_clear(&point);
    weir_stream_drop(end);
    world_settle(f.w);
    assert_u32(&o, 8);
  }
  replayed(&f);
}

/* Its message is empty from the beginning (docs/conformance.md), so a record has nothing of it to lose. */
static void error_contexts(void **state) {
  (void)state;
  static const char text[] =
      "(component (import \"see\" (func $see (param \"e\" error-context)))"
      " (core module $Memory (memory (export \"m\") 1) (data (i32.const 0) \"words\")"
      "  (func (export \"realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 64)))"
      " (core instance $memory (instantiate $Memory))"
      " (core func $see' (canon lower (func $see)))"
      " (core func $new (canon error-context.new (memory (core memory $memory \"m\"))))"
      " (core func $words (canon error-context.debug-message (memory (core memory $memory \"m\"))"
      "  (realloc (core func $memory \"realloc\"))))"
      " (core module $M (import \"\" \"mem\" (memory 1)) (import \"\" \"see\" (func $see (param i32)))"
      "  (import \"\" \"new\" (func $new (param i32 i32) (result i32)))"
      "  (import \"\" \"words\" (func $words (param i32 i32)))"
      "  (func (export \"size\") (result i32) (local $e i32)"
      "   (i32.store (i32.const 20) (i32.const 99))"
      "   (local.set $e (call $new (i32.const 0) (i32.const 5)))"
      "   (call $see (local.get $e))"
      "   (call $words (local.get $e) (i32.const 16))"
      "   (i32.load (i32.const 20))))"
      " (core instance $i (instantiate $M (with \"\" (instance (export \"mem\" (memory $memory \"m\"))"
      "  (export \"see\" (func $see')) (export \"new\" (func $new)) (export \"words\" (func $words))))))"
      " (func (export \"size\") (result u32) (canon lift (core func $i \"size\"))))";
  struct fixture f;
  begin_text(&f, "typed", text);
  world_func(f.w, NULL, "see", NULL, nothing, NULL);
  world_start(f.w);
  assert_int_equal(call_now(f.w, "size", NULL, 0).of.u32, 0);
  replayed(&f);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(error_contexts),
    cmocka_unit_test(loans),
    cmocka_unit_test(typed_streams),
};

BEHAVIOUR_MAIN(tests)
