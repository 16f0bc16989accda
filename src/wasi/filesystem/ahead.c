/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See ahead.h. */
#include "wasi/filesystem/ahead.h"

#include <string.h>
#include <sys/stat.h>

enum { LITTLE = 4096, ROOM = 16384 };

/* Bytes of the buffer from `offset` on. */
static size_t bytes_at(const struct wasi_ahead *a, const struct wasi_ahead_of *of, uint64_t offset) {
  bool inside = offset >= a->offset && offset - a->offset < a->buffer.filled;
  return inside && a->changes == of->pace->changes ? a->buffer.filled - (size_t)(offset - a->offset) : 0;
}

/* Fills the buffer with what is in memory. */
static void fill(struct wasi_ahead *a, const struct wasi_ahead_of *of, uint64_t offset) {
  a->buffer.filled = 0;
  if (a->buffer.room == 0 && !wasi_buffer_take(&a->buffer, of->alloc, of->bytes, ROOM))
    return;
  ssize_t count = wasi_file_read(of->file, a->buffer.bytes, ROOM, offset, false);
  a->buffer.filled = count > 0 ? (size_t)count : 0;
  a->offset = offset;
  a->changes = of->pace->changes;
}

ssize_t wasi_ahead_read(struct wasi_ahead *a, const struct wasi_ahead_of *of, void *buffer, size_t size,
                        uint64_t offset) {
  bool little = size > 0 && size < LITTLE && of->file->type == S_IFREG;
  bool again = little && offset != 0 && offset == a->next;
  a->next = 0;
  if (again && bytes_at(a, of, offset) == 0)
    fill(a, of, offset);
  size_t left = again ? bytes_at(a, of, offset) : 0;
  ssize_t count = left < size ? (ssize_t)left : (ssize_t)size;
  if (left > 0)
    memcpy(buffer, a->buffer.bytes + (offset - a->offset), (size_t)count);
  else
    count = wasi_file_read(of->file, buffer, size, offset, false);
  a->next = little && count > 0 ? offset + (uint64_t)count : 0;
  return count;
}

void wasi_ahead_done(struct wasi_ahead *a, const struct wasi_ahead_of *of) {
  wasi_buffer_give(&a->buffer, of->alloc, of->bytes);
}
