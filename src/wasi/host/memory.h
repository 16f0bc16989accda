/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What stands in the place of a descriptor: functions of the embedder's, or memory, which is two functions of ours.
 * Both give numbers of bytes as wasi_fd_read() and wasi_fd_write() do, or weir_wasi_moved.
 */
#ifndef WASI_HOST_MEMORY_H
#define WASI_HOST_MEMORY_H

#include "weir/alloc.h"
#include "weir/wasi_world.h"

/* One of the two functions is there; neither: there is no such thing, and a descriptor is used. */
struct wasi_calls {
  int64_t (*read)(void *data, void *bytes, size_t size);
  int64_t (*write)(void *data, const void *bytes, size_t size);
  void *data;
};

struct wasi_memory {
  const struct weir_alloc *alloc;
  const uint8_t *left; /* the embedder's, to be read */
  size_t left_size;
  uint8_t *kept; /* written by guests */
  size_t kept_size, capacity;
  uint64_t limit;
};

/* Reads the embedder's structs, which may be NULL; `memory` stays in use. */
struct wasi_calls wasi_calls_of_source(const weir_wasi_source *source, struct wasi_memory *memory);
struct wasi_calls wasi_calls_of_sink(const weir_wasi_sink *sink, struct wasi_memory *memory,
                                     const struct weir_alloc *alloc);
/* Also a zeroed one. */
void wasi_memory_done(struct wasi_memory *memory);

#endif
