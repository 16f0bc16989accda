/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The exchange whose other side is the program. What always holds: the program is called at once by what the guest's
 * side does; the guest's side is told by program_ask() alone, and of each thing that was posted once.
 *
 * In order: life; what the guest's side does; what it is told; what becomes of the call.
 */
#include "wasi/http/program.h"

#include "base/mem.h"

/* ---- life -------------------------------------------------------------------------------------------------------- */

void program_release(weir_http_exchange *x) {
  const struct weir_alloc *alloc = x->http->alloc;
  if (--x->holders > 0)
    return;
  list_remove(&x->posted);
  http_fields_done(&x->headers);
  http_fields_done(&x->trailers);
  wasi_http_head_done(&x->texts);
  mem_free(alloc, x->bytes, PROGRAM_ROOM);
  mem_free(alloc, x, sizeof(*x));
}

void program_post(weir_http_exchange *x, unsigned what) {
  x->tell |= what;
  if (list_empty(&x->posted))
    list_append(&x->http->posted, &x->posted);
}

static weir_http_exchange *of(struct http_exchange *x) {
  return (weir_http_exchange *)x;
}

/* ---- what the guest's side does ---------------------------------------------------------------------------------- */

/* An array that borrows; NULL where there are none, or memory is out. */
static weir_http_field *fields_array(const struct weir_alloc *alloc, const struct http_fields *from,
                                     size_t *ret_count) {
  size_t count = from ? http_fields_count(from) : 0;
  weir_http_field *array = mem_array(alloc, count, sizeof(*array));
  *ret_count = array ? count : 0;
  for (uint32_t i = 0; i < *ret_count; i++) {
    struct http_field field = http_fields_at(from, i);
    array[i] = (weir_http_field){field.name.data, field.name.size, field.value.data, field.value.size};
  }
  return array;
}

static void fields_free(const struct weir_alloc *alloc, weir_http_field *array, size_t count) {
  mem_free(alloc, array, count * sizeof(*array));
}

static void send_interim(struct http_exchange *base, uint16_t status, const struct http_fields *fields) {
  weir_http_exchange *x = of(base);
  size_t count;
  if (!program_is_told(x) || x->over || !x->events.informational)
    return;
  weir_http_field *array = fields_array(x->http->alloc, fields, &count);
  x->events.informational(x->data, x, status, array, count);
  fields_free(x->http->alloc, array, count);
}

static void tell_end(weir_http_exchange *x, const struct http_fields *trailers) {
  size_t count;
  if (x->over)
    return;
  x->over = true;
  if (!program_is_told(x) || !x->events.end) {
    program_post(x, x->aborted ? PROGRAM_TELL_FAILED : PROGRAM_TELL_SENT);
    return;
  }
  weir_http_field *array = fields_array(x->http->alloc, trailers, &count);
  x->events.end(x->data, x, array, count);
  fields_free(x->http->alloc, array, count);
}

static void send_head(struct http_exchange *base, const struct http_head *head, bool end) {
  weir_http_exchange *x = of(base);
  size_t count;
  if (program_is_told(x) && !x->over && x->events.response) {
    weir_http_field *array = fields_array(x->http->alloc, head->fields, &count);
    x->events.response(x->data, x, head->status, array, count);
    fields_free(x->http->alloc, array, count);
  }
  if (end)
    tell_end(x, NULL);
}

static size_t send_body(struct http_exchange *base, const void *bytes, size_t size) {
  weir_http_exchange *x = of(base);
  if (!program_is_told(x) || x->over || !x->events.body)
    return size;
  size_t taken = x->events.body(x->data, x, bytes, size);
  return taken < size ? taken : size;
}

static void send_end(struct http_exchange *base, const struct http_fields *trailers) {
  tell_end(of(base), trailers);
}

static void want(struct http_exchange *base) {
  weir_http_exchange *x = of(base);
  x->wanted = true;
  program_post(x, PROGRAM_TELL_READABLE);
}

static size_t peek(struct http_exchange *base, const uint8_t **ret) {
  weir_http_exchange *x = of(base);
  *ret = x->bytes ? x->bytes + x->begin : NULL;
  return x->filled;
}

static void take(struct http_exchange *base, size_t size) {
  weir_http_exchange *x = of(base);
  x->begin += size;
  x->filled -= size;
  program_post(x, PROGRAM_TELL_READABLE);
}

static void reset(struct http_exchange *base, const struct http_failure *why) {
  weir_http_exchange *x = of(base);
  if (x->over)
    return;
  x->over = true;
  if (program_is_told(x) && x->events.broken)
    x->events.broken(x->data, x, http_failure_name(why->code), why->text);
}

static void let_go(struct http_exchange *base) {
  weir_http_exchange *x = of(base);
  static const struct http_failure cut = {.code = HTTP_INTERNAL_ERROR, .text = "the guest has gone"};
  reset(base, &cut);
  x->base.listener = NULL;
  program_release(x);
}

const struct http_carrier program_carrier = {.send_interim = send_interim,
                                             .send_head = send_head,
                                             .send_body = send_body,
                                             .send_end = send_end,
                                             .want = want,
                                             .peek = peek,
                                             .take = take,
                                             .reset = reset,
                                             .release = let_go};

/* ---- what the guest's side is told ------------------------------------------------------------------------------- */

static void tell_readable(weir_http_exchange *x) {
  const struct http_listener *listener = x->base.listener;
  if (!x->wanted || x->end_told)
    return;
  if (x->filled > 0) {
    listener->readable(x->base.data, &x->base);
  } else if (x->finished) {
    x->end_told = true;
    listener->end(x->base.data, &x->base, http_fields_count(&x->trailers) > 0 ? &x->trailers : NULL);
  }
}

static void tell(weir_http_exchange *x) {
  struct http_failure gone = http_failure(HTTP_CONNECTION_TERMINATED);
  unsigned what = x->tell;
  x->tell = 0;
  if (x->base.listener && (what & PROGRAM_TELL_FAILED))
    x->base.listener->failed(x->base.data, &x->base, &gone);
  else if (x->base.listener && (what & PROGRAM_TELL_READABLE))
    tell_readable(x);
  if (x->base.listener && (what & PROGRAM_TELL_WRITABLE))
    x->base.listener->writable(x->base.data, &x->base);
  if (x->base.listener && (what & PROGRAM_TELL_SENT))
    x->base.listener->sent(x->base.data, &x->base);
  if (x->full && x->filled < PROGRAM_ROOM && program_is_told(x) && !x->finished) {
    x->full = false;
    if (x->events.readable)
      x->events.readable(x->data, x);
  }
}

bool program_ask(struct wasi_http *http) {
  struct list now;
  list_take(&now, &http->posted);
  bool any = !list_empty(&now);
  while (!list_empty(&now)) {
    weir_http_exchange *x = LIST_OWNER(now.next, weir_http_exchange, posted);
    list_remove(&x->posted);
    x->holders++;
    tell(x);
    program_release(x);
  }
  return any;
}

/* ---- what becomes of the call ------------------------------------------------------------------------------------ */

static void call_failed(void *data, struct wasi_http_handling *h, weir_status status, const weir_error *error) {
  weir_http_exchange *x = data;
  (void)h;
  if (!x->freed && x->events.failed)
    x->events.failed(x->data, x, status, error);
}

static void call_exited(void *data, struct wasi_http_handling *h) {
  weir_http_exchange *x = data;
  (void)h;
  x->handling = NULL;
  if (!x->freed && x->events.exited)
    x->events.exited(x->data, x);
  program_release(x);
}

const struct wasi_http_watcher program_watcher = {.failed = call_failed, .exited = call_exited};
