/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See bell.h. */
#include "wasi/host/bell.h"

static bool bell_watch(struct wasi_event *event) {
  uv_ref((uv_handle_t *)&LIST_OWNER(event, struct wasi_bell, rung)->async);
  return true;
}

static void bell_unwatch(struct wasi_event *event) {
  uv_unref((uv_handle_t *)&LIST_OWNER(event, struct wasi_bell, rung)->async);
}

static void bell_rung(uv_async_t *async) {
  struct wasi_bell *bell = LIST_OWNER(async, struct wasi_bell, async);
  bell->rings++;
  wasi_event_happened(&bell->rung);
}

int wasi_bell_init(struct wasi_bell *bell, uv_loop_t *loop) {
  bell->rings = 0;
  wasi_event_init(&bell->rung, bell_watch, bell_unwatch);
  int status = uv_async_init(loop, &bell->async, bell_rung);
  if (status == 0)
    uv_unref((uv_handle_t *)&bell->async);
  return status;
}

void wasi_bell_ring(struct wasi_bell *bell) {
  uv_async_send(&bell->async);
}
