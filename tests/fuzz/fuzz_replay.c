/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Replay of records that somebody has made up: the input is a list of events (a size byte pair, then the event), of
 * which a record with a good chain is made, so nothing but the events themselves is wrong. It is replayed against a
 * guest that ends whatever it is given: it is refused, it diverges, or it is right, and does no harm.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load/engine.h"
#include "record/log_event.h"
#include "record/log_writer.h"
#include "weir/record.h"
#include "weir/weir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EVENTS_MAX = 64, CAPACITY_MAX = 4096 };

static const char guest[] =
    "(component"
    "  (import \"r\" (type $r (sub resource)))"
    "  (type $s (stream u8))"
    "  (import \"step\" (func $step (param \"x\" u32) (result u32)))"
    "  (import \"make\" (func $make (result (own $r))))"
    "  (import \"open\" (func $open (result $s)))"
    "  (core module $Memory (memory (export \"mem\") 1))"
    "  (core instance $memory (instantiate $Memory))"
    "  (core func $step' (canon lower (func $step)))"
    "  (core func $make' (canon lower (func $make)))"
    "  (core func $open' (canon lower (func $open)))"
    "  (core func $drop (canon resource.drop $r))"
    "  (core func $read (canon stream.read $s async (memory (core memory $memory \"mem\"))))"
    "  (core func $close (canon stream.drop-readable $s))"
    "  (core module $M"
    "    (import \"\" \"step\" (func $step (param i32) (result i32)))"
    "    (import \"\" \"make\" (func $make (result i32)))"
    "    (import \"\" \"open\" (func $open (result i32)))"
    "    (import \"\" \"drop\" (func $drop (param i32)))"
    "    (import \"\" \"read\" (func $read (param i32 i32 i32) (result i32)))"
    "    (import \"\" \"close\" (func $close (param i32)))"
    "    (func (export \"run\") (param i32) (result i32)"
    "      (i32.add (call $step (local.get 0)) (call $step (i32.const 7))))"
    "    (func (export \"things\") (param i32) (result i32)"
    "      (call $drop (call $make)) (call $step (local.get 0)))"
    "    (func (export \"bytes\") (param i32) (result i32) (local $s i32)"
    "      (local.set $s (call $open))"
    "      (drop (call $read (local.get $s) (i32.const 0) (i32.const 100)))"
    "      (local.get 0)))"
    "  (core instance $m (instantiate $M (with \"\" (instance (export \"step\" (func $step')) (export \"make\" (func "
    "$make'))"
    "    (export \"open\" (func $open')) (export \"drop\" (func $drop)) (export \"read\" (func $read))"
    "    (export \"close\" (func $close))))))"
    "  (func (export \"run\") (param \"x\" u32) (result u32) (canon lift (core func $m \"run\")))"
    "  (func (export \"things\") (param \"x\" u32) (result u32) (canon lift (core func $m \"things\")))"
    "  (func (export \"bytes\") (param \"x\" u32) (result u32) (canon lift (core func $m \"bytes\"))))";

static void must(bool condition) {
  if (!condition)
    abort();
}

static weir_component *component(weir_engine **ret_engine) {
  static weir_engine *engine;
  static weir_component *one;
  weir_engine_config config = {.size = sizeof(weir_engine_config), .fuel = true, .deadlines = true};
  if (!engine) {
    must(weir_engine_new(&config, &engine, NULL) == WEIR_OK);
    must(weir_component_new(engine, guest, sizeof(guest) - 1, &one, NULL) == WEIR_OK);
  }
  *ret_engine = engine;
  return one;
}

/* What takes gigabytes only because the record says so is not what is looked for. */
static bool is_modest(const uint8_t *event, size_t size) {
  struct log_event e;
  return !log_event_read(event, size, &e) || log_event_field(&e, "capacity")->n <= CAPACITY_MAX;
}

static void write_events(struct log_writer *w, const uint8_t *data, size_t size) {
  for (int i = 0; i < EVENTS_MAX && size >= 2; i++) {
    size_t length = (size_t)data[0] | (size_t)data[1] << 8;
    data += 2;
    size -= 2;
    length = length < size ? length : size;
    if (length > 0 && !log_event_is_frame(data[0]) && is_modest(data, length))
      must(log_writer_add(w, data, length) == WEIR_OK);
    data += length;
    size -= length;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  weir_engine *engine;
  weir_component *c = component(&engine);
  char path[64];
  struct log_writer w;
  weir_replay_report report = WEIR_REPLAY_REPORT_INIT;
  weir_error *error = NULL;
  if (size == 0)
    return 0;
  snprintf(path, sizeof(path), "/tmp/weir-fuzz-replay-%ld", (long)getpid());
  weir_record_config config = {.size = sizeof(weir_record_config), .path = path};
  struct log_header header = {.engine = {"fuzz", 4}, .settings = engine->settings};
  must(log_writer_open(&w, &config, &header, NULL) == WEIR_OK);
  write_events(&w, data + 1, size - 1);
  must(log_writer_close(&w, data[0], NULL) == WEIR_OK);
  const weir_component *components[] = {c};
  weir_replay_config replay = {.size = sizeof(weir_replay_config),
                               .path = path,
                               .components = components,
                               .component_count = 1,
                               .any_engine = true};
  weir_status status = weir_replay_with(engine, &replay, &report, &error);
  must((status == WEIR_OK) == (!error));
  must(status != WEIR_ERR_DIVERGED || error);
  weir_error_free(error);
  weir_replay_report_clear(&report);
  unlink(path);
  return 0;
}
