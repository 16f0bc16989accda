/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See http.h. */
#include "wasi/http/http.h"

void wasi_http_init(struct wasi_http *http, const struct weir_alloc *alloc, struct wasi_guards *guards,
                    struct wasi_objects *objects) {
  *http = (struct wasi_http){.alloc = alloc, .objects = objects, .guards = guards};
  list_init(&http->posted);
  list_init(&http->pending);
}

void wasi_http_close(struct wasi_http *http) {
  while (!list_empty(&http->pending)) {
    struct wasi_http_pending *pending = LIST_OWNER(http->pending.next, struct wasi_http_pending, node);
    pending->end(pending);
  }
}
