/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What much at a time costs: a million numbers and 100,000 strings as the argument of one call, owned, lent and as
 * values; and a stream of a guest that is read into a buffer or in place. One line each, in milliseconds, best of
 * several rounds. bench/run.py adds them to its table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "weir/weir.h"

enum { ROUNDS = 20, NUMBERS = 1000000, STRINGS = 100000, PIECE = 1 << 20, PIECES = 64 };

static const char guest[] =
    "(component"
    "  (type $bytes (stream u8))"
    "  (core module $Memory (memory (export \"mem\") 200)"
    "    (global $next (mut i32) (i32.const 1048576))"
    "    (func (export \"realloc\") (param i32 i32 i32 i32) (result i32)"
    "      (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))"
    "      (global.get $next)"
    "      (global.set $next (i32.add (global.get $next) (local.get 3))))"
    "    (func (export \"reset\") (param i32) (global.set $next (i32.const 1048576))))"
    "  (core instance $memory (instantiate $Memory))"
    "  (core func $new (canon stream.new $bytes))"
    "  (core func $write (canon stream.write $bytes async (memory (core memory $memory \"mem\"))))"
    "  (core func $return (canon task.return (result $bytes)))"
    "  (core func $set-new (canon waitable-set.new))"
    "  (core func $join (canon waitable.join))"
    "  (core module $Main"
    "    (import \"\" \"new\" (func $new (result i64)))"
    "    (import \"\" \"write\" (func $write (param i32 i32 i32) (result i32)))"
    "    (import \"\" \"return\" (func $return (param i32)))"
    "    (import \"\" \"set-new\" (func $set-new (result i32)))"
    "    (import \"\" \"join\" (func $join (param i32 i32)))"
    "    (global $end (mut i32) (i32.const 0))"
    "    (global $set (mut i32) (i32.const 0))"
    "    (func $go (result i32)" /* writes a mebibyte whenever the one before is gone */
    "      (loop $more (br_if $more"
    "        (i32.ne (call $write (global.get $end) (i32.const 1048576) (i32.const 1048576)) (i32.const -1))))"
    "      (i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4))))"
    "    (func (export \"feed\") (result i32) (local $ends i64)"
    "      (local.set $ends (call $new))"
    "      (global.set $end (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))))"
    "      (global.set $set (call $set-new))"
    "      (call $return (i32.wrap_i64 (local.get $ends)))"
    "      (call $join (global.get $end) (global.get $set))"
    "      (call $go))"
    "    (func (export \"cb\") (param i32 i32 i32) (result i32) (call $go))"
    "    (func (export \"count\") (param i32 i32) (result i32) (local.get 1)))"
    "  (core instance $main (instantiate $Main (with \"\" (instance"
    "    (export \"new\" (func $new)) (export \"write\" (func $write)) (export \"return\" (func $return))"
    "    (export \"set-new\" (func $set-new)) (export \"join\" (func $join))))))"
    "  (func (export \"numbers\") (param \"l\" (list u32)) (result u32) (canon lift (core func $main \"count\")"
    "    (memory (core memory $memory \"mem\")) (realloc (core func $memory \"realloc\"))"
    "    (post-return (core func $memory \"reset\"))))"
    "  (func (export \"strings\") (param \"l\" (list string)) (result u32) (canon lift (core func $main \"count\")"
    "    (memory (core memory $memory \"mem\")) (realloc (core func $memory \"realloc\"))"
    "    (post-return (core func $memory \"reset\"))))"
    "  (func (export \"feed\") async (result $bytes)"
    "    (canon lift (core func $main \"feed\") async (callback (core func $main \"cb\")))))";

struct bench {
  weir_engine *engine;
  weir_component *component;
  weir_store *store;
  weir_instance *instance;
  uint32_t *numbers;
  weir_value *strings; /* that lend */
  weir_stream *stream;
  char *buffer;
  uint64_t sum, moved;
};

static void must(weir_status status, weir_error *const *error) {
  if (status == WEIR_OK)
    return;
  fprintf(stderr, "%s: %s\n", weir_status_name(status), error && *error ? weir_error_message(*error) : "");
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static weir_value call(struct bench *b, const char *name, weir_value *args, size_t count) {
  weir_error *error = NULL;
  weir_value result;
  const weir_func *func = weir_component_find_func(b->component, NULL, name);
  must(weir_call_run(b->instance, func, args, count, &result, &error), &error);
  return result;
}

static void call_counted(struct bench *b, const char *name, weir_value *arg, uint32_t want) {
  if (call(b, name, arg, 1).of.u32 != want)
    must(WEIR_ERR_LOST, NULL);
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */

static void numbers_packed(struct bench *b) {
  weir_value arg;
  must(weir_value_new_packed(WEIR_VALUE_U32, b->numbers, NUMBERS, &arg), NULL);
  call_counted(b, "numbers", &arg, NUMBERS);
}

static void numbers_lent(struct bench *b) {
  weir_value arg = {
      .kind = WEIR_VALUE_PACKED, .tag = WEIR_VALUE_U32 | WEIR_VALUE_LENT, .of.packed = {b->numbers, NUMBERS}};
  call_counted(b, "numbers", &arg, NUMBERS);
}

static void numbers_as_values(struct bench *b) {
  weir_value arg;
  must(weir_value_new_list(NUMBERS, &arg), NULL);
  for (int i = 0; i < NUMBERS; i++)
    arg.of.list.items[i] = (weir_value){.kind = WEIR_VALUE_U32, .of.u32 = b->numbers[i]};
  call_counted(b, "numbers", &arg, NUMBERS);
}

static void strings_lent(struct bench *b) {
  weir_value arg = {.kind = WEIR_VALUE_LIST, .tag = WEIR_VALUE_LENT, .of.list = {b->strings, STRINGS}};
  call_counted(b, "strings", &arg, STRINGS);
}

static void strings_owned(struct bench *b) {
  weir_value arg;
  must(weir_value_new_list(STRINGS, &arg), NULL);
  for (int i = 0; i < STRINGS; i++)
    must(weir_value_new_string("sixteen letters.", 16, &arg.of.list.items[i]), NULL);
  call_counted(b, "strings", &arg, STRINGS);
}

/* ---- streams: a host that looks at each byte once, as one that parses or hashes --------------------------------- */

static void add(struct bench *b, const void *bytes, size_t count) {
  uint64_t word, sum = 0;
  for (size_t i = 0; i + sizeof(word) <= count; i += sizeof(word)) {
    memcpy(&word, (const char *)bytes + i, sizeof(word));
    sum += word;
  }
  b->sum += sum;
}

static void copied(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  struct bench *b = data;
  (void)end, (void)result;
  add(b, b->buffer, count);
  b->moved += count;
}

static void done(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  (void)end, (void)result;
  ((struct bench *)data)->moved += count;
}

static size_t look(void *data, weir_stream *end, const void *bytes, size_t count) {
  (void)end;
  add(data, bytes, count);
  return count;
}

static void stream(struct bench *b, bool in_place) {
  for (int i = 0; i < PIECES; i++) {
    uint64_t before = b->moved;
    if (in_place)
      must(weir_stream_read_in_place(b->stream, look, done, b, NULL), NULL);
    else
      must(weir_stream_read(b->stream, b->buffer, PIECE, copied, b, NULL), NULL);
    while (b->moved == before)
      if (weir_store_step(b->store) == WEIR_STEP_FAILED)
        must(WEIR_ERR_LOST, NULL);
  }
}

static void stream_copied(struct bench *b) {
  stream(b, false);
}

static void stream_in_place(struct bench *b) {
  stream(b, true);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void open_bench(struct bench *b) {
  weir_engine_config config = WEIR_ENGINE_CONFIG_INIT;
  weir_error *error = NULL;
  must(weir_engine_new(&config, &b->engine, &error), &error);
  must(weir_component_new(b->engine, guest, sizeof(guest) - 1, &b->component, &error), &error);
  must(weir_store_new(b->engine, NULL, &b->store, &error), &error);
  must(weir_instance_new(b->store, NULL, b->component, &b->instance, &error), &error);
  b->numbers = calloc(NUMBERS, sizeof(*b->numbers));
  b->strings = calloc(STRINGS, sizeof(*b->strings));
  b->buffer = malloc(PIECE);
  for (int i = 0; i < STRINGS; i++)
    b->strings[i] =
        (weir_value){.kind = WEIR_VALUE_STRING, .tag = WEIR_VALUE_LENT, .of.string = {"sixteen letters.", 16}};
}

static void measure(struct bench *b, const char *name, void (*run)(struct bench *b)) {
  double best = 1e300;
  for (int i = 0; i < ROUNDS; i++) {
    double start = now();
    run(b);
    double taken = now() - start;
    best = taken < best ? taken : best;
  }
  printf("%s\tms\t%.2f\n", name, best);
  fflush(stdout);
}

int main(void) {
  struct bench b = {0};
  open_bench(&b);
  measure(&b, "numbers-packed", numbers_packed);
  measure(&b, "numbers-lent", numbers_lent);
  measure(&b, "numbers-as-values", numbers_as_values);
  measure(&b, "strings-owned", strings_owned);
  measure(&b, "strings-lent", strings_lent);
  weir_value value = call(&b, "feed", NULL, 0);
  b.stream = weir_stream_from_value(&value);
  measure(&b, "stream-64MiB-copied", stream_copied);
  measure(&b, "stream-64MiB-in-place", stream_in_place);
  weir_store_free(b.store);
  weir_component_free(b.component);
  weir_engine_free(b.engine);
  free(b.numbers);
  free(b.strings);
  free(b.buffer);
  return 0;
}
