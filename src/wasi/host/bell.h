/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The bell of a host: any thread rings it, and whoever waits is told on the loop's thread. It wakes the loop, and keeps
 * it alive exactly while somebody waits. It is how an embedder says that its functions have news (weir_wasi_wake()).
 */
#ifndef WASI_HOST_BELL_H
#define WASI_HOST_BELL_H

#include <stdint.h>
#include <uv.h>

#include "wasi/host/event.h"

struct wasi_bell {
  uv_async_t async;
  struct wasi_event rung;
  uint64_t rings; /* as the loop's thread has heard them: an answer of before the last may be another now */
};

/* 0, or an error of libuv. */
int wasi_bell_init(struct wasi_bell *bell, uv_loop_t *loop);
/* From any thread, before the handle is closed. */
void wasi_bell_ring(struct wasi_bell *bell);

#endif
