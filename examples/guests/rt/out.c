/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Standard output of the example guests; the contract is in out.h.
 *
 * The state moves only forward: OPEN -> (out_finish) -> CLOSING -> (buffer empty: stream dropped) -> RESULT -> DONE.
 * A write that is under way borrows the bytes from `sent` to `used`, so text is only ever appended behind `used`, and
 * the buffer starts again at its beginning once everything in it has gone.
 */
#include "out.h"

#include <string.h>

#define CAPACITY 16384u

enum state { OPEN, CLOSING, RESULT, DONE };

static enum state state;
static bool writing, failed;
static uint8_t buffer[CAPACITY];
static size_t sent, used;
static guest_waitable_set_t home;
static wasi_cli_stdout_stream_u8_writer_t writer;
static wasi_cli_stdout_future_result_void_error_code_t outcome;
static wasi_cli_stdout_result_void_error_code_t result;

void out_start(guest_waitable_set_t set) {
  home = set;
  outcome = wasi_cli_stdout_write_via_stream(wasi_cli_stdout_stream_u8_new(&writer));
  guest_waitable_join(writer, home);
}

void out_bytes(const uint8_t *bytes, size_t size) {
  size_t room = CAPACITY - used;
  if (size > room)
    failed = true;
  size_t kept = size < room ? size : room;
  memcpy(buffer + used, bytes, kept);
  used += kept;
}

void out_text(const char *text) {
  out_bytes((const uint8_t *)text, strlen(text));
}

void out_number(uint64_t number) {
  uint8_t digits[20];
  size_t first = sizeof(digits);
  do {
    digits[--first] = (uint8_t)('0' + number % 10);
    number /= 10;
  } while (number != 0);
  out_bytes(digits + first, sizeof(digits) - first);
}

static void take_result(guest_waitable_status_t status) {
  if (GUEST_WAITABLE_STATE(status) != GUEST_WAITABLE_COMPLETED || result.is_err)
    failed = true;
  guest_waitable_join(outcome, 0);
  wasi_cli_stdout_future_result_void_error_code_drop_readable(outcome);
  state = DONE;
}

static void read_result(void) {
  guest_waitable_join(writer, 0);
  wasi_cli_stdout_stream_u8_drop_writable(writer);
  state = RESULT;
  guest_waitable_join(outcome, home);
  guest_waitable_status_t status = wasi_cli_stdout_future_result_void_error_code_read(outcome, &result);
  if (status != GUEST_WAITABLE_STATUS_BLOCKED)
    take_result(status);
}

/* The reader took some bytes, and may have gone away with that. */
static void take_progress(guest_waitable_status_t status) {
  sent += GUEST_WAITABLE_COUNT(status);
  if (GUEST_WAITABLE_STATE(status) == GUEST_WAITABLE_DROPPED) {
    failed = true;
    state = CLOSING;
    sent = used;
  }
  if (sent == used)
    sent = used = 0;
}

void out_pump(void) {
  while (!writing && sent < used && state <= CLOSING) {
    guest_waitable_status_t status = wasi_cli_stdout_stream_u8_write(writer, buffer + sent, used - sent);
    if (status == GUEST_WAITABLE_STATUS_BLOCKED)
      writing = true;
    else
      take_progress(status);
  }
  if (state == CLOSING && !writing)
    read_result();
}

bool out_event(const guest_event_t *event) {
  if (event->event == GUEST_EVENT_STREAM_WRITE && event->waitable == writer) {
    writing = false;
    take_progress(event->code);
    out_pump();
    return true;
  }
  if (event->event == GUEST_EVENT_FUTURE_READ && event->waitable == outcome) {
    take_result(event->code);
    return true;
  }
  return false;
}

void out_finish(void) {
  if (state == OPEN)
    state = CLOSING;
  out_pump();
}

bool out_done(void) {
  return state == DONE;
}

bool out_failed(void) {
  return failed;
}
