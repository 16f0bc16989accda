/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Memory for bytes on their way between a guest and a file. Guests have so much of it together. */
#ifndef WASI_FILESYSTEM_BUFFER_H
#define WASI_FILESYSTEM_BUFFER_H

#include <stddef.h>

#include "base/mem.h"
#include "wasi/filesystem/budget.h"

/* The small one is for streams that have not filled one yet, as most carry little. */
enum { WASI_BUFFER_SMALL = 4096, WASI_BUFFER_LARGE = 65536 };

struct wasi_buffer {
  uint8_t *bytes;
  size_t room, filled; /* room 0: there is none */
};

static inline void wasi_buffer_give(struct wasi_buffer *buffer, const struct weir_alloc *alloc,
                                    struct wasi_budget *budget) {
  mem_free(alloc, buffer->bytes, buffer->room);
  wasi_budget_give(budget, buffer->room);
  *buffer = (struct wasi_buffer){0};
}

/* Into an empty `buffer`. False, and it stays empty: there is no memory. */
static inline bool wasi_buffer_take(struct wasi_buffer *buffer, const struct weir_alloc *alloc,
                                    struct wasi_budget *budget, size_t room) {
  if (!wasi_budget_take(budget, room))
    return false;
  *buffer = (struct wasi_buffer){.bytes = mem_alloc(alloc, room), .room = room};
  if (!buffer->bytes)
    wasi_buffer_give(buffer, alloc, budget);
  return buffer->bytes;
}

#endif
