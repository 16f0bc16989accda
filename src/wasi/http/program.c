/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * An exchange whose other side is the program (weir/http.h). What the program does is told to the guest's side later,
 * when the host looks at what rests (wasi_http.ask), since no operation of an exchange may call back.
 *
 * The struct lives as long as any of three needs it: the program's handle, the user of the exchange, and the handling.
 *
 * In order: fields both ways; life; what the guest's side does; what it is told; what becomes of the call; the program.
 */
#include "weir/http.h"

#include "base/diag.h"
#include "base/mem.h"
#include "base/sized.h"
#include "wasi/host/host.h"
#include "wasi/http/handle.h"
#include "wasi/http/head.h"

enum { ROOM = 65536 };

/* What is still to be told to the user of the exchange. */
enum { TELL_READABLE = 1, TELL_WRITABLE = 2, TELL_SENT = 4, TELL_FAILED = 8 };

struct weir_http_exchange {
  struct http_exchange base;
  struct wasi_http *http;
  unsigned holders;
  weir_http_events events;
  void *data;
  struct wasi_http_handling *handling; /* NULL: it has ended */
  struct list posted;                  /* in wasi_http.posted, with something to be told: */
  unsigned tell;
  struct http_head head;
  struct http_fields headers, trailers;
  struct wasi_http_head texts; /* what the head borrows */
  uint8_t *bytes;              /* of the request's body: ROOM, of which `filled` are there from `begin` on */
  size_t begin, filled;
  bool freed, aborted;     /* by the program */
  bool finished, end_told; /* the request */
  bool wanted, full;       /* the guest reads; the program was told that there is no room */
  bool over;               /* the response has ended, or is broken */
};

/* ---- fields ------------------------------------------------------------------------------------------------------ */

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

/* ---- life -------------------------------------------------------------------------------------------------------- */

static void release(weir_http_exchange *x) {
  const struct weir_alloc *alloc = x->http->alloc;
  if (--x->holders > 0)
    return;
  list_remove(&x->posted);
  http_fields_done(&x->headers);
  http_fields_done(&x->trailers);
  wasi_http_head_done(&x->texts);
  mem_free(alloc, x->bytes, ROOM);
  mem_free(alloc, x, sizeof(*x));
}

static void post(weir_http_exchange *x, unsigned what) {
  x->tell |= what;
  if (list_empty(&x->posted))
    list_append(&x->http->posted, &x->posted);
}

static bool is_told(const weir_http_exchange *x) {
  return !x->freed && !x->aborted;
}

static weir_http_exchange *of(struct http_exchange *x) {
  return (weir_http_exchange *)x;
}

/* ---- what the guest's side does ---------------------------------------------------------------------------------- */

static void send_interim(struct http_exchange *base, uint16_t status, const struct http_fields *fields) {
  weir_http_exchange *x = of(base);
  size_t count;
  if (!is_told(x) || x->over || !x->events.informational)
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
  if (!is_told(x) || !x->events.end) {
    post(x, x->aborted ? TELL_FAILED : TELL_SENT);
    return;
  }
  weir_http_field *array = fields_array(x->http->alloc, trailers, &count);
  x->events.end(x->data, x, array, count);
  fields_free(x->http->alloc, array, count);
}

static void send_head(struct http_exchange *base, const struct http_head *head, bool end) {
  weir_http_exchange *x = of(base);
  size_t count;
  if (is_told(x) && !x->over && x->events.response) {
    weir_http_field *array = fields_array(x->http->alloc, head->fields, &count);
    x->events.response(x->data, x, head->status, array, count);
    fields_free(x->http->alloc, array, count);
  }
  if (end)
    tell_end(x, NULL);
}

static size_t send_body(struct http_exchange *base, const void *bytes, size_t size) {
  weir_http_exchange *x = of(base);
  if (!is_told(x) || x->over || !x->events.body)
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
  post(x, TELL_READABLE);
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
  post(x, TELL_READABLE);
}

static void reset(struct http_exchange *base, const struct http_failure *why) {
  weir_http_exchange *x = of(base);
  if (x->over)
    return;
  x->over = true;
  if (is_told(x) && x->events.broken)
    x->events.broken(x->data, x, http_failure_name(why->code), why->text);
}

static void let_go(struct http_exchange *base) {
  weir_http_exchange *x = of(base);
  static const struct http_failure cut = {.code = HTTP_INTERNAL_ERROR, .text = "the guest has gone"};
  reset(base, &cut);
  x->base.listener = NULL;
  release(x);
}

static const struct http_carrier carrier = {.send_interim = send_interim,
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
  if (x->base.listener && (what & TELL_FAILED))
    x->base.listener->failed(x->base.data, &x->base, &gone);
  else if (x->base.listener && (what & TELL_READABLE))
    tell_readable(x);
  if (x->base.listener && (what & TELL_WRITABLE))
    x->base.listener->writable(x->base.data, &x->base);
  if (x->base.listener && (what & TELL_SENT))
    x->base.listener->sent(x->base.data, &x->base);
  if (x->full && x->filled < ROOM && is_told(x) && !x->finished) {
    x->full = false;
    if (x->events.readable)
      x->events.readable(x->data, x);
  }
}

static bool ask(struct wasi_http *http) {
  struct list now;
  list_take(&now, &http->posted);
  bool any = !list_empty(&now);
  while (!list_empty(&now)) {
    weir_http_exchange *x = LIST_OWNER(now.next, weir_http_exchange, posted);
    list_remove(&x->posted);
    x->holders++;
    tell(x);
    release(x);
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
  release(x);
}

static const struct wasi_http_watcher watcher = {.failed = call_failed, .exited = call_exited};

/* ---- the program ------------------------------------------------------------------------------------------------- */

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

static weir_status exchange_new(struct wasi_http *http, const weir_http_events *events, void *data,
                                weir_http_exchange **ret, struct diag *d) {
  weir_http_exchange *x = mem_zalloc(http->alloc, sizeof(*x));
  if (!x)
    return diag_nomem(d);
  x->base.carrier = &carrier;
  x->http = http;
  http->ask = ask;
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
    release(x);
  return status;
}

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
      release(x);
    return diag_raise(&d, ret_error);
  }
  *ret = x;
  x->holders += 2; /* the user of the exchange, and the handling */
  status = wasi_http_handle(wasi, store, instance, handler, &x->base, &watcher, x, &x->handling, ret_error);
  if (status == WEIR_OK)
    return WEIR_OK;
  *ret = NULL;
  x->holders = 1;
  release(x);
  return status;
}

size_t weir_http_write(weir_http_exchange *x, const void *bytes, size_t size) {
  if (!x || x->finished || x->aborted || !x->base.listener)
    return 0;
  if (!x->bytes)
    x->bytes = mem_alloc(x->http->alloc, ROOM);
  if (!x->bytes)
    return 0;
  if (x->begin > 0) {
    memmove(x->bytes, x->bytes + x->begin, x->filled);
    x->begin = 0;
  }
  size_t room = ROOM - x->filled, taken = size < room ? size : room;
  if (taken > 0)
    memcpy(x->bytes + x->filled, bytes, taken);
  x->filled += taken;
  x->full = taken < size;
  post(x, TELL_READABLE);
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
  post(x, TELL_READABLE);
  return WEIR_OK;
}

void weir_http_writable(weir_http_exchange *x) {
  if (x && is_told(x))
    post(x, TELL_WRITABLE);
}

void weir_http_sent(weir_http_exchange *x) {
  if (x && is_told(x) && x->over)
    post(x, TELL_SENT);
}

void weir_http_abort(weir_http_exchange *x) {
  if (!x || x->aborted)
    return;
  x->aborted = true;
  x->over = true;
  post(x, TELL_FAILED);
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
  release(x);
}
