/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See request.h. */
#include "wasi/http/request.h"

/* The words of a request that no client can send: of a guest that may build anything. */
static bool head_is_good(const struct wasi_http_head *head, struct http_head *ret, struct http_failure *ret_why) {
  if (!wasi_http_head_to_send(head, ret)) {
    *ret_why = http_failure(HTTP_PROTOCOL_ERROR);
    return false;
  }
  bool known = !head->has_scheme || head->scheme != WASI_HTTP_SCHEME_OTHER;
  if (!known || !head->has_authority || head->method == WASI_HTTP_METHOD_CONNECT) {
    *ret_why =
        http_failure(head->method == WASI_HTTP_METHOD_CONNECT ? HTTP_REQUEST_METHOD_INVALID : HTTP_REQUEST_URI_INVALID);
    return false;
  }
  ret->status = 0;
  if (!head->has_scheme)
    ret->scheme = STR("https");
  if (ret->path.size == 0)
    ret->path = STR("/");
  return true;
}

struct wasi_http_transfer *wasi_http_request_start(struct wasi_http *http, const struct wasi_http_head *head,
                                                   const struct wasi_http_options *options, bool end,
                                                   struct http_failure *ret_why) {
  struct http_head out;
  if (!head_is_good(head, &out, ret_why))
    return NULL;
  *ret_why = http_failure(HTTP_REQUEST_DENIED);
  struct wasi_http_times times = {0};
  if (options)
    times =
        (struct wasi_http_times){options->times[WASI_HTTP_CONNECT].value, options->times[WASI_HTTP_FIRST_BYTE].value,
                                 options->times[WASI_HTTP_BETWEEN_BYTES].value};
  if (end && out.length == HTTP_LENGTH_UNKNOWN)
    out.length = 0;
  struct http_exchange *x = http->client ? http->client->request(http->client, &out, end, &times, ret_why) : NULL;
  if (!x)
    return NULL;
  struct wasi_http_transfer *t = wasi_http_transfer_new(http, x, true);
  if (t)
    return t;
  *ret_why = http_failure_nomem();
  http_reset(x, ret_why);
  http_release(x);
  return NULL;
}
