/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Copies standard input to standard output.
 *
 * One buffer, and either a read or a write is under way, never both: the input is not asked for more before the output
 * has taken everything, so a slow reader slows the writer down and memory stays as it is. A write may take a part only;
 * the rest is written again. The copy ends when either side drops its stream, and then both outcomes count.
 */
#include "guest.h"

#define CAPACITY 32768u

enum state { READING, WRITING, INPUT_RESULT, OUTPUT_RESULT, DONE };

static enum state state;
static bool failed, input_dropped;
static uint8_t buffer[CAPACITY];
static size_t sent, used;
static guest_waitable_set_t set;
static wasi_cli_stdin_tuple2_stream_u8_future_result_void_error_code_t input; /* f0: the bytes, f1: how it ended */
static wasi_cli_stdin_stream_u8_writer_t writer;
static wasi_cli_stdout_future_result_void_error_code_t outcome;
static wasi_cli_stdin_result_void_error_code_t input_result;
static wasi_cli_stdout_result_void_error_code_t output_result;

static guest_waitable_status_t begin(void) {
  switch (state) {
    case READING:
      return wasi_cli_stdin_stream_u8_read(input.f0, buffer, CAPACITY);
    case WRITING:
      return wasi_cli_stdin_stream_u8_write(writer, buffer + sent, used - sent);
    case INPUT_RESULT:
      return wasi_cli_stdin_future_result_void_error_code_read(input.f1, &input_result);
    default:
      return wasi_cli_stdout_future_result_void_error_code_read(outcome, &output_result);
  }
}

static void close_input(void) {
  guest_waitable_join(input.f0, 0);
  wasi_cli_stdin_stream_u8_drop_readable(input.f0);
  state = INPUT_RESULT;
}

static void close_output(void) {
  guest_waitable_join(input.f1, 0);
  wasi_cli_stdin_future_result_void_error_code_drop_readable(input.f1);
  guest_waitable_join(writer, 0);
  wasi_cli_stdin_stream_u8_drop_writable(writer);
  state = OUTPUT_RESULT;
}

static void end_read(guest_waitable_status_t status) {
  input_dropped = GUEST_WAITABLE_STATE(status) == GUEST_WAITABLE_DROPPED;
  used = GUEST_WAITABLE_COUNT(status);
  sent = 0;
  if (used > 0)
    state = WRITING;
  else if (input_dropped)
    close_input();
}

/* Where the output went away there is nobody to read for: the outcome of the input does not matter any more. */
static void end_write(guest_waitable_status_t status) {
  sent += GUEST_WAITABLE_COUNT(status);
  if (GUEST_WAITABLE_STATE(status) == GUEST_WAITABLE_DROPPED) {
    failed = true;
    close_input();
    close_output();
  } else if (sent == used && input_dropped) {
    close_input();
  } else if (sent == used) {
    state = READING;
  }
}

static void end(guest_waitable_status_t status) {
  switch (state) {
    case READING:
      end_read(status);
      break;
    case WRITING:
      end_write(status);
      break;
    case INPUT_RESULT:
      failed = failed || GUEST_WAITABLE_STATE(status) != GUEST_WAITABLE_COMPLETED || input_result.is_err;
      close_output();
      break;
    default:
      failed = failed || GUEST_WAITABLE_STATE(status) != GUEST_WAITABLE_COMPLETED || output_result.is_err;
      guest_waitable_join(outcome, 0);
      wasi_cli_stdout_future_result_void_error_code_drop_readable(outcome);
      state = DONE;
      break;
  }
}

static guest_callback_code_t advance(void) {
  while (state != DONE) {
    guest_waitable_status_t status = begin();
    if (status == GUEST_WAITABLE_STATUS_BLOCKED)
      return GUEST_CALLBACK_CODE_WAIT(set);
    end(status);
  }
  guest_waitable_set_drop(set);
  exports_wasi_cli_run_run_return((exports_wasi_cli_run_result_void_void_t){.is_err = failed});
  return GUEST_CALLBACK_CODE_EXIT;
}

guest_callback_code_t exports_wasi_cli_run_run(void) {
  set = guest_waitable_set_new();
  wasi_cli_stdin_read_via_stream(&input);
  outcome = wasi_cli_stdout_write_via_stream(wasi_cli_stdin_stream_u8_new(&writer));
  guest_waitable_join(input.f0, set);
  guest_waitable_join(input.f1, set);
  guest_waitable_join(writer, set);
  guest_waitable_join(outcome, set);
  return advance();
}

/* Exactly one operation is under way, so an event can only be its end. A request to cancel is not taken up. */
guest_callback_code_t exports_wasi_cli_run_run_callback(guest_event_t *event) {
  if (event->event == GUEST_EVENT_CANCEL)
    return GUEST_CALLBACK_CODE_WAIT(set);
  end(event->code);
  return advance();
}
