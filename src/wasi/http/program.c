/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Requests that the program hands in (weir/http.h). The exchange has three holders (program.h). What the program does
 * is posted, never told at once. Where a call fails the exchange is gone.
 *
 * In order: requests; exchanges; what the program does with one.
 */
#include "wasi/http/program.h"

#include "base/diag.h"
#include "base/mem.h"
#include "base/sized.h"
#include "wasi/host/host.h"

/* ---- requests ---------------------------------------------------------------------------------------------------- */

static weir_status fields_read(struct http_fields *to, const weir_http_field *from, size_t count, struct diag *d) {
  for (size_t i = 0; i < count; i++) {
    enum http_field_fault fault = http_fields_add(to, (struct str){from[i].name, from[i].name_size},
                                                  (struct str){from[i].value, from[i].value_size});
    if (fault == HTTP_FIELD_NOMEM)
      return diag_nomem(d);
    if (fault == HTTP_FIELD_SIZE)
      return diag_set(d, WEIR_ERR_LIMIT, "more fields than an exchange may have");
    if (fault == HTTP_FIELD_SYNTAX)
      return diag_set(d, WEIR_ERR_PARSE, "field %zu is none that HTTP allows", i);
  }
  return WEIR_OK;
}

const weir_func *weir_http_find_handler(const weir_component *component) {
  return component ? wasi_http_find_handler(component) : NULL;
}

static struct wasi_option_text option_of(const char *text) {
  return (struct wasi_option_text){text, {text, text ? strlen(text) : 0}};
}

/* The texts by the rules for guests, which are HTTP's. */
static weir_status texts_read(weir_http_exchange *x, const weir_http_request *request, struct diag *d) {
  struct wasi_http_head *t = &x->texts;
  struct wasi_option_text method = option_of(request->method ? request->method : "GET");
  struct wasi_option_text scheme = option_of(request->scheme);
  bool bad[4] = {0};
  t->alloc = x->http->alloc;
  weir_status status =
      wasi_http_head_set_method(t, (struct wasi_http_method){WASI_HTTP_METHOD_OTHER, {method.value}}, &bad[0]);
  if (status == WEIR_OK)
    status = wasi_http_head_set_scheme(
        t, (struct wasi_option_http_scheme){scheme.some, {WASI_HTTP_SCHEME_OTHER, {scheme.value}}}, &bad[1]);
  if (status == WEIR_OK)
    status = wasi_http_head_set_authority(t, option_of(request->authority), &bad[2]);
  if (status == WEIR_OK)
    status = wasi_http_head_set_path(t, option_of(request->path), &bad[3]);
  if (status != WEIR_OK)
    return diag_nomem(d);
  static const char *const words[] = {"method", "scheme", "authority", "path"};
  for (size_t i = 0; i < 4; i++) {
    if (bad[i])
      return diag_set(d, WEIR_ERR_PARSE, "the %s is none that HTTP allows", words[i]);
  }
  return WEIR_OK;
}

static weir_status request_read(weir_http_exchange *x, const weir_http_request *given, struct diag *d) {
  weir_http_request request = {.size = sizeof(request)};
  WEIR_TRY(SIZED_READ(given, &request, weir_http_request, d));
  if (request.header_count > 0 && !request.headers)
    return diag_set(d, WEIR_ERR_MISUSE, "weir_http_request: a count without the array");
  WEIR_TRY(texts_read(x, &request, d));
  WEIR_TRY(fields_read(&x->headers, request.headers, request.header_count, d));
  wasi_http_head_texts(&x->texts, &x->head);
  x->head.fields = &x->headers;
  x->head.length = HTTP_LENGTH_UNKNOWN;
  if (http_fields_length(&x->headers, &x->head.length) == HTTP_LENGTH_WRONG)
    return diag_set(d, WEIR_ERR_PARSE, "the content-length is no number");
  x->base.received = &x->head;
  return WEIR_OK;
}

/* ---- exchanges --------------------------------------------------------------------------------------------------- */

static weir_status exchange_new(struct wasi_http *http, const weir_http_events *events, void *data,
                                weir_http_exchange **ret, struct diag *d) {
  weir_http_exchange *x = mem_zalloc(http->alloc, sizeof(*x));
  if (!x)
    return diag_nomem(d);
  x->base.carrier = &program_carrier;
  x->http = http;
  http->ask = program_ask;
  x->holders = 1;
  x->data = data;
  x->events.size = sizeof(x->events);
  list_init(&x->posted);
  http_fields_init(&x->headers, http->alloc);
  http_fields_init(&x->trailers, http->alloc);
  weir_status status = events ? SIZED_READ(events, &x->events, weir_http_events, d) : WEIR_OK;
  if (status == WEIR_OK)
    *ret = x;
  else
    program_release(x);
  return status;
}

/* ---- what the program does with one ------------------------------------------------------------------------------ */

weir_status weir_http_handle(weir_wasi *wasi, weir_store *store, weir_instance *instance, const weir_func *handler,
                             const weir_http_request *request, const weir_http_events *events, void *data,
                             weir_http_exchange **ret, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_http_exchange *x = NULL;
  weir_status status = handler && request ? WEIR_OK : diag_set(&d, WEIR_ERR_MISUSE, "no handler, or no request");
  if (status == WEIR_OK)
    status = exchange_new(&wasi->http, events, data, &x, &d);
  if (status == WEIR_OK)
    status = request_read(x, request, &d);
  if (status != WEIR_OK) {
    if (x)
      program_release(x);
    return diag_raise(&d, ret_error);
  }
  *ret = x;
  x->holders += 2; /* the user of the exchange, and the handling */
  status = wasi_http_handle(wasi, store, instance, handler, &x->base, &program_watcher, x, &x->handling, ret_error);
  if (status == WEIR_OK)
    return WEIR_OK;
  *ret = NULL;
  x->holders = 1;
  program_release(x);
  return status;
}

size_t weir_http_write(weir_http_exchange *x, const void *bytes, size_t size) {
  if (!x || x->finished || x->aborted || !x->base.listener)
    return 0;
  if (!x->bytes)
    x->bytes = mem_alloc(x->http->alloc, PROGRAM_ROOM);
  if (!x->bytes)
    return 0;
  if (x->begin > 0) {
    memmove(x->bytes, x->bytes + x->begin, x->filled);
    x->begin = 0;
  }
  size_t room = PROGRAM_ROOM - x->filled, taken = size < room ? size : room;
  if (taken > 0)
    memcpy(x->bytes + x->filled, bytes, taken);
  x->filled += taken;
  x->full = taken < size;
  program_post(x, PROGRAM_TELL_READABLE);
  return taken;
}

weir_status weir_http_finish(weir_http_exchange *x, const weir_http_field *trailers, size_t count) {
  struct diag d;
  diag_init(&d);
  if (!x || x->finished || x->aborted)
    return WEIR_OK;
  weir_status status = fields_read(&x->trailers, trailers, count, &d);
  if (status != WEIR_OK) {
    http_fields_clear(&x->trailers);
    return status;
  }
  x->finished = true;
  program_post(x, PROGRAM_TELL_READABLE);
  return WEIR_OK;
}

void weir_http_writable(weir_http_exchange *x) {
  if (x && program_is_told(x))
    program_post(x, PROGRAM_TELL_WRITABLE);
}

void weir_http_sent(weir_http_exchange *x) {
  if (x && program_is_told(x) && x->over)
    program_post(x, PROGRAM_TELL_SENT);
}

void weir_http_abort(weir_http_exchange *x) {
  if (!x || x->aborted)
    return;
  x->aborted = true;
  x->over = true;
  program_post(x, PROGRAM_TELL_FAILED);
}

void weir_http_cancel(weir_http_exchange *x) {
  static const struct http_failure cancelled = {.code = HTTP_INTERNAL_ERROR,
                                                .text = "the program has cancelled the call"};
  if (x && x->handling)
    wasi_http_handling_cancel(x->handling, &cancelled);
}

void weir_http_exchange_free(weir_http_exchange *x) {
  if (!x)
    return;
  if (!x->over)
    weir_http_abort(x);
  x->freed = true;
  program_release(x);
}
