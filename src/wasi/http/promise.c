/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See promise.h. A promise that is kept lives until the guest has the value or does not want it. */
#include "wasi/http/promise.h"

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/http/error.h"
#include "weir/future.h"

enum { RESULT_OK = 0, RESULT_ERROR = 1, OPTION_NONE = 0, OPTION_SOME = 1 };

struct wasi_http_promise {
  struct wasi_http *http;
  weir_store *store;
  weir_stream *future; /* the writable end */
  weir_value value;    /* an error, until the promise is kept */
};

static void promise_free(struct wasi_http_promise *p) {
  weir_stream_drop(p->future);
  weir_value_clear(&p->value);
  mem_free(p->http->alloc, p, sizeof(*p));
}

static weir_status failure_value(const struct http_failure *why, weir_value *ret) {
  struct wasi_http_error_code error = wasi_http_error_of(why);
  weir_value code = {0};
  weir_status status = wasi_http_error_code_value(&error, &code);
  if (status == WEIR_OK)
    return weir_value_new_variant(RESULT_ERROR, &code, ret);
  weir_value_clear(&code);
  return status;
}

weir_status wasi_http_promise_new(struct wasi_http *http, weir_store *store, weir_value *ret_future,
                                  struct wasi_http_promise **ret) {
  struct wasi_http_promise *p = mem_zalloc(http->alloc, sizeof(*p));
  if (!p)
    return WEIR_ERR_NOMEM;
  p->http = http;
  p->store = store;
  struct http_failure incomplete = http_failure(HTTP_RESPONSE_INCOMPLETE);
  weir_status status = failure_value(&incomplete, &p->value);
  if (status == WEIR_OK)
    status = weir_future_new(store, ret_future, &p->future, NULL);
  if (status == WEIR_OK)
    *ret = p;
  else
    promise_free(p);
  return status;
}

bool wasi_http_promise_is_unwanted(const struct wasi_http_promise *promise) {
  return weir_stream_other_end(promise->future) == WEIR_END_DROPPED;
}

/* ---- kept -------------------------------------------------------------------------------------------------------- */

static void written(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  (void)end, (void)result, (void)count;
  promise_free(data);
}

void wasi_http_promise_keep(struct wasi_http_promise *take, weir_value *take_value) {
  if (take_value->kind != WEIR_VALUE_NONE) {
    weir_value_clear(&take->value);
    take->value = *take_value;
    *take_value = (weir_value){0};
  }
  if (wasi_http_promise_is_unwanted(take) ||
      weir_stream_write_values(take->future, &take->value, 1, written, take, NULL) != WEIR_OK)
    promise_free(take);
}

void wasi_http_promise_keep_ok(struct wasi_http_promise *take) {
  weir_value ok = {0};
  weir_value_new_variant(RESULT_OK, NULL, &ok); /* without payload: nothing to allocate */
  wasi_http_promise_keep(take, &ok);
}

void wasi_http_promise_keep_failure(struct wasi_http_promise *take, const struct http_failure *why) {
  weir_value value = {0};
  failure_value(why, &value); /* where memory is out: the value that is there */
  wasi_http_promise_keep(take, &value);
}

static weir_status end_value(const struct wasi_http_promise *p, weir_instance *instance,
                             struct wasi_http_headers *trailers, weir_value *ret) {
  weir_value fields = {0}, option = {0};
  if (trailers) {
    uint64_t number = 0;
    WEIR_TRY(wasi_http_fields_make(p->http, p->store, wasi_http_headers_hold(trailers), &number));
    weir_status status = weir_resource_new(instance, "wasi:http/types@0.3.0", "fields", number, &fields, NULL);
    if (status != WEIR_OK) {
      wasi_object_drop(p->http->objects, number);
      return status;
    }
  }
  WEIR_TRY(weir_value_new_variant(trailers ? OPTION_SOME : OPTION_NONE, &fields, &option));
  return weir_value_new_variant(RESULT_OK, &option, ret);
}

void wasi_http_promise_keep_end(struct wasi_http_promise *take, weir_instance *instance,
                                struct wasi_http_headers *trailers) {
  weir_value value = {0};
  if (!wasi_http_promise_is_unwanted(take))
    end_value(take, instance, trailers, &value);
  wasi_http_promise_keep(take, &value);
}
