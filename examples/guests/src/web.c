/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A service of HTTP, many requests at once. Each request is a visit with a state of its own; the callback gets one
 * event at a time and goes on where the visit was.
 *
 *   GET /          a text of known length                    POST /echo   the body and its trailers, untouched
 *   GET /ticks     server-sent events, 10 ms apart           POST /count  its size, and whether trailers came
 *   GET /late      answers at once, and works 20 ms longer   GET /works   how many such works are done
 *   GET /trailers  a body with a trailer                     GET /big     a mebibyte of a pattern
 *   GET /fetch     what the server of the header x-upstream says of the path /hello
 *   GET /broken, /error, /trap  fail: in the middle of the body, with an error code, with a trap
 */
#include <stdlib.h>
#include <string.h>

#include "guest.h"

#define MILLISECOND 1000000u
#define BIG (1u << 20)

typedef wasi_http_types_future_result_option_own_trailers_error_code_t end_t;
typedef wasi_http_types_future_result_option_own_trailers_error_code_writer_t end_writer_t;
typedef wasi_http_types_tuple2_stream_u8_future_result_option_own_trailers_error_code_t body_t;

enum step { SLEEPING, WRITING, ENDING, READING, READING_END, SENDING, OVER };

struct visit {
  guest_waitable_set_t set;
  enum step step;
  guest_subtask_t subtask; /* SLEEPING, SENDING */
  wasi_http_types_stream_u8_writer_t writer;
  end_writer_t end_writer;
  wasi_http_types_result_option_own_trailers_error_code_t end; /* to be written, or that was read */
  const uint8_t *bytes;
  size_t left;
  unsigned ticks; /* that are still to be written */
  bool works;     /* when it has slept, a work is done */
  body_t body;    /* that is read */
  uint8_t buffer[4096];
  size_t count;
  wasi_http_client_result_own_response_error_code_t got; /* SENDING */
};

static unsigned works;
static const uint8_t *pattern;

/* ---- small things ------------------------------------------------------------------------------------------------ */

static bool is(const guest_string_t *text, const char *other) {
  return text->len == strlen(other) && memcmp(text->ptr, other, text->len) == 0;
}

static guest_string_t text_of(const char *text) {
  return (guest_string_t){(uint8_t *)(uintptr_t)text, strlen(text)};
}

static void add(wasi_http_types_own_fields_t fields, const char *name, const char *value) {
  guest_string_t n = text_of(name);
  wasi_http_types_field_value_t v = {(uint8_t *)(uintptr_t)value, strlen(value)};
  wasi_http_types_header_error_t error;
  wasi_http_types_method_fields_append(wasi_http_types_borrow_fields(fields), &n, &v, &error);
}

static char *number(char *end, size_t n) {
  do
    *--end = (char)('0' + n % 10);
  while ((n /= 10) > 0);
  return end;
}

/* Whoever consumes a body says how that went: well, here. Nobody waits for it. */
static wasi_http_types_future_result_void_error_code_t all_well(void) {
  static wasi_http_types_result_void_error_code_t ok;
  wasi_http_types_future_result_void_error_code_writer_t writer;
  wasi_http_types_future_result_void_error_code_t reader = wasi_http_types_future_result_void_error_code_new(&writer);
  wasi_http_types_future_result_void_error_code_write(writer, &ok);
  return reader;
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

static void respond(wasi_http_types_own_fields_t headers, wasi_http_types_stream_u8_t body, end_t end,
                    uint16_t status) {
  wasi_http_types_tuple2_own_response_future_result_void_error_code_t made;
  wasi_http_types_static_response_new(headers, &body, end, &made);
  wasi_http_types_method_response_set_status_code(wasi_http_types_borrow_response(made.f0), status);
  wasi_http_types_future_result_void_error_code_drop_readable(made.f1);
  exports_wasi_http_handler_result_own_response_error_code_t result = {.is_err = false, .val.ok = made.f0};
  exports_wasi_http_handler_handle_return(result);
}

/* Answers with bytes, which the visit writes from now on. */
static void answer(struct visit *t, uint16_t status, const char *type, const void *bytes, size_t size, bool sized) {
  wasi_http_types_own_fields_t headers = wasi_http_types_constructor_fields();
  char digits[24] = {0};
  add(headers, "content-type", type);
  if (sized)
    add(headers, "content-length", number(digits + sizeof(digits) - 1, size));
  wasi_http_types_stream_u8_t body = wasi_http_types_stream_u8_new(&t->writer);
  end_t end = wasi_http_types_future_result_option_own_trailers_error_code_new(&t->end_writer);
  t->bytes = bytes;
  t->left = size;
  t->step = WRITING;
  respond(headers, body, end, status);
}

static void answer_text(struct visit *t, uint16_t status, const char *text) {
  answer(t, status, "text/plain", text, strlen(text), true);
}

/* ---- steps ------------------------------------------------------------------------------------------------------- */

/* Each gives whether the visit waits for an event now. */

static bool sleep_for(struct visit *t, unsigned milliseconds) {
  guest_subtask_status_t status = wasi_clocks_monotonic_clock_wait_for((uint64_t)milliseconds * MILLISECOND);
  t->step = SLEEPING;
  if (GUEST_SUBTASK_STATE(status) == GUEST_SUBTASK_RETURNED)
    return false;
  t->subtask = GUEST_SUBTASK_HANDLE(status);
  guest_waitable_join(t->subtask, t->set);
  return true;
}

static void slept(struct visit *t) {
  works += t->works;
  t->step = t->works ? OVER : WRITING;
  t->bytes = (const uint8_t *)"data: tick\n\n";
  t->left = t->works ? 0 : 12;
}

static void written(struct visit *t, guest_waitable_status_t status) {
  t->bytes += GUEST_WAITABLE_COUNT(status);
  t->left -= GUEST_WAITABLE_COUNT(status);
  if (GUEST_WAITABLE_STATE(status) == GUEST_WAITABLE_DROPPED)
    t->left = t->ticks = 0;
}

static bool write_some(struct visit *t) {
  if (t->left == 0 && t->ticks > 0) {
    t->ticks--;
    return sleep_for(t, 10);
  }
  if (t->left == 0) {
    guest_waitable_join(t->writer, 0);
    wasi_http_types_stream_u8_drop_writable(t->writer);
    t->step = ENDING;
    return false;
  }
  guest_waitable_status_t status = wasi_http_types_stream_u8_write(t->writer, t->bytes, t->left);
  if (status != GUEST_WAITABLE_STATUS_BLOCKED) {
    written(t, status);
    return false;
  }
  guest_waitable_join(t->writer, t->set);
  return true;
}

static void ended(struct visit *t) {
  guest_waitable_join(t->end_writer, 0);
  wasi_http_types_future_result_option_own_trailers_error_code_drop_writable(t->end_writer);
  t->step = OVER;
}

static bool write_end(struct visit *t) {
  guest_waitable_status_t status =
      wasi_http_types_future_result_option_own_trailers_error_code_write(t->end_writer, &t->end);
  if (status == GUEST_WAITABLE_STATUS_BLOCKED) {
    guest_waitable_join(t->end_writer, t->set);
    return true;
  }
  ended(t);
  if (t->works)
    return sleep_for(t, 20);
  return false;
}

static void was_read(struct visit *t, guest_waitable_status_t status) {
  t->count += GUEST_WAITABLE_COUNT(status);
  if (GUEST_WAITABLE_STATE(status) != GUEST_WAITABLE_DROPPED)
    return;
  guest_waitable_join(t->body.f0, 0);
  wasi_http_types_stream_u8_drop_readable(t->body.f0);
  t->step = READING_END;
}

static bool read_some(struct visit *t) {
  guest_waitable_status_t status = wasi_http_types_stream_u8_read(t->body.f0, t->buffer, sizeof(t->buffer));
  if (status != GUEST_WAITABLE_STATUS_BLOCKED) {
    was_read(t, status);
    return false;
  }
  guest_waitable_join(t->body.f0, t->set);
  return true;
}

static void end_was_read(struct visit *t) {
  const char *words = t->end.is_err ? " bytes, and no end" : " bytes";
  if (!t->end.is_err && t->end.val.ok.is_some) {
    words = " bytes, with trailers";
    wasi_http_types_fields_drop_own(t->end.val.ok.val);
  }
  guest_waitable_join(t->body.f1, 0);
  wasi_http_types_future_result_option_own_trailers_error_code_drop_readable(t->body.f1);
  char *line = (char *)t->buffer + 64, *first = number(line, t->count);
  size_t size = strlen(words);
  memcpy(line, words, size);
  line[size] = '\n';
  memset(&t->end, 0, sizeof(t->end));
  answer(t, 200, "text/plain", first, (size_t)(line + size + 1 - first), true);
}

static bool read_end(struct visit *t) {
  guest_waitable_status_t status =
      wasi_http_types_future_result_option_own_trailers_error_code_read(t->body.f1, &t->end);
  if (status == GUEST_WAITABLE_STATUS_BLOCKED) {
    guest_waitable_join(t->body.f1, t->set);
    return true;
  }
  end_was_read(t);
  return false;
}

/* The body of the other server goes on, untouched. */
static void got(struct visit *t) {
  if (t->got.is_err) {
    answer_text(t, 502, "the other server cannot be asked\n");
    return;
  }
  uint16_t status = wasi_http_types_method_response_get_status_code(wasi_http_types_borrow_response(t->got.val.ok));
  wasi_http_types_static_response_consume_body(t->got.val.ok, all_well(), &t->body);
  t->step = OVER;
  respond(wasi_http_types_constructor_fields(), t->body.f0, t->body.f1, status);
}

static bool fetch(struct visit *t, guest_string_t authority) {
  wasi_http_types_tuple2_own_request_future_result_void_error_code_t made;
  end_writer_t writer;
  end_t end = wasi_http_types_future_result_option_own_trailers_error_code_new(&writer);
  wasi_http_types_static_request_new(wasi_http_types_constructor_fields(), NULL, end, NULL, &made);
  wasi_http_types_borrow_request_t request = wasi_http_types_borrow_request(made.f0);
  wasi_http_types_scheme_t scheme = {.tag = WASI_HTTP_TYPES_SCHEME_HTTP};
  guest_string_t path = text_of("/hello");
  wasi_http_types_method_request_set_scheme(request, &scheme);
  wasi_http_types_method_request_set_authority(request, &authority);
  wasi_http_types_method_request_set_path_with_query(request, &path);
  wasi_http_types_future_result_void_error_code_drop_readable(made.f1);
  guest_subtask_status_t status = wasi_http_client_send(made.f0, &t->got);
  wasi_http_types_future_result_option_own_trailers_error_code_write(writer, &t->end);
  t->step = SENDING;
  if (GUEST_SUBTASK_STATE(status) == GUEST_SUBTASK_RETURNED) {
    got(t);
    return false;
  }
  t->subtask = GUEST_SUBTASK_HANDLE(status);
  guest_waitable_join(t->subtask, t->set);
  return true;
}

/* ---- visits ------------------------------------------------------------------------------------------------------ */

static bool step(struct visit *t) {
  switch (t->step) {
    case SLEEPING:
      slept(t);
      return false;
    case WRITING:
      return write_some(t);
    case ENDING:
      return write_end(t);
    case READING:
      return read_some(t);
    case READING_END:
      return read_end(t);
    default:
      return false;
  }
}

static guest_callback_code_t advance(struct visit *t, bool waits) {
  while (!waits && t->step != OVER)
    waits = step(t);
  if (waits)
    return GUEST_CALLBACK_CODE_WAIT(t->set);
  guest_waitable_set_drop(t->set);
  guest_context_set_0(NULL);
  free(t);
  return GUEST_CALLBACK_CODE_EXIT;
}

static bool subtask_over(struct visit *t, guest_subtask_status_t status) {
  if (GUEST_SUBTASK_STATE(status) != GUEST_SUBTASK_RETURNED)
    return false;
  guest_waitable_join(t->subtask, 0);
  guest_subtask_drop(t->subtask);
  if (t->step == SENDING)
    got(t);
  return true;
}

guest_callback_code_t exports_wasi_http_handler_handle_callback(guest_event_t *event) {
  struct visit *t = guest_context_get_0();
  if (event->event == GUEST_EVENT_SUBTASK && !subtask_over(t, event->code))
    return GUEST_CALLBACK_CODE_WAIT(t->set);
  if (event->event == GUEST_EVENT_STREAM_WRITE)
    written(t, event->code);
  else if (event->event == GUEST_EVENT_STREAM_READ)
    was_read(t, event->code);
  else if (event->event == GUEST_EVENT_FUTURE_READ)
    end_was_read(t);
  else if (event->event == GUEST_EVENT_FUTURE_WRITE) {
    ended(t);
    if (t->works)
      return advance(t, sleep_for(t, 20));
  }
  return advance(t, false);
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

static void fill_pattern(void) {
  uint8_t *bytes = pattern ? NULL : malloc(BIG);
  for (size_t i = 0; bytes && i < BIG; i++)
    bytes[i] = (uint8_t)(i % 251);
  pattern = bytes ? bytes : pattern;
}

static void echo(struct visit *t, exports_wasi_http_handler_own_request_t request) {
  wasi_http_types_static_request_consume_body(request, all_well(), &t->body);
  t->step = OVER;
  respond(wasi_http_types_constructor_fields(), t->body.f0, t->body.f1, 200);
}

static void fail_with(struct visit *t) {
  exports_wasi_http_handler_result_own_response_error_code_t result = {.is_err = true};
  result.val.err.tag = WASI_HTTP_TYPES_ERROR_CODE_HTTP_REQUEST_DENIED;
  t->step = OVER;
  exports_wasi_http_handler_handle_return(result);
}

/* What a GET gets; the request is gone. */
static void get(struct visit *t, const guest_string_t *path) {
  static char line[24];
  if (is(path, "/")) {
    answer_text(t, 200, "hello\n");
  } else if (is(path, "/ticks")) {
    t->ticks = 3;
    answer(t, 200, "text/event-stream", "", 0, false);
  } else if (is(path, "/late")) {
    t->works = true;
    answer_text(t, 202, "accepted\n");
  } else if (is(path, "/works")) {
    char *end = line + sizeof(line) - 1;
    *end = '\n';
    char *first = number(end, works);
    answer(t, 200, "text/plain", first, (size_t)(end + 1 - first), true);
  } else if (is(path, "/trailers")) {
    t->end.val.ok.is_some = true;
    t->end.val.ok.val = wasi_http_types_constructor_fields();
    add(t->end.val.ok.val, "x-end", "here");
    answer(t, 200, "text/plain", "trailers follow\n", 16, false);
  } else if (is(path, "/big")) {
    fill_pattern();
    answer(t, 200, "application/octet-stream", pattern, BIG, false);
  } else if (is(path, "/broken")) {
    t->end.is_err = true;
    t->end.val.err.tag = WASI_HTTP_TYPES_ERROR_CODE_HTTP_PROTOCOL_ERROR;
    answer(t, 200, "text/plain", "one half\n", 9, false);
  } else if (is(path, "/error")) {
    fail_with(t);
  } else if (is(path, "/trap")) {
    abort();
  } else {
    answer_text(t, 404, "nothing is here\n");
  }
}

/* The authority of the header x-upstream; false: there is none. */
static bool upstream(wasi_http_types_borrow_request_t request, guest_string_t *ret) {
  wasi_http_types_own_headers_t headers = wasi_http_types_method_request_get_headers(request);
  guest_string_t name = text_of("x-upstream");
  wasi_http_types_list_field_value_t values;
  wasi_http_types_method_fields_get(wasi_http_types_borrow_fields(headers), &name, &values);
  wasi_http_types_fields_drop_own(headers);
  if (values.len > 0)
    *ret = (guest_string_t){values.ptr[0].ptr, values.ptr[0].len};
  return values.len > 0;
}

guest_callback_code_t exports_wasi_http_handler_handle(exports_wasi_http_handler_own_request_t request) {
  struct visit *t = calloc(1, sizeof(*t));
  wasi_http_types_borrow_request_t borrowed = wasi_http_types_borrow_request(request);
  guest_string_t path = {0}, authority;
  bool waits = false;
  t->set = guest_waitable_set_new();
  guest_context_set_0(t);
  wasi_http_types_method_request_get_path_with_query(borrowed, &path);
  if (is(&path, "/echo")) {
    echo(t, request);
  } else if (is(&path, "/count")) {
    t->step = READING;
    wasi_http_types_static_request_consume_body(request, all_well(), &t->body);
  } else if (is(&path, "/fetch") && upstream(borrowed, &authority)) {
    wasi_http_types_request_drop_own(request);
    waits = fetch(t, authority);
  } else {
    wasi_http_types_request_drop_own(request);
    get(t, &path);
  }
  guest_string_free(&path);
  return advance(t, waits);
}
