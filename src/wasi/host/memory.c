/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See memory.h. */
#include "wasi/host/memory.h"

#include <string.h>

#include "base/mem.h"

enum { CAPACITY_FIRST = 4096 };

static int64_t memory_read(void *data, void *bytes, size_t size) {
  struct wasi_memory *m = data;
  size_t count = size < m->left_size ? size : m->left_size;
  if (count == 0)
    return 0;
  memcpy(bytes, m->left, count);
  m->left += count;
  m->left_size -= count;
  return (int64_t)count;
}

/* Makes room for `more` bytes, which the limit allows. */
static bool memory_grow(struct wasi_memory *m, size_t more) {
  if (more <= m->capacity - m->kept_size)
    return true;
  size_t capacity = m->capacity < CAPACITY_FIRST ? CAPACITY_FIRST : m->capacity;
  while (capacity - m->kept_size < more && capacity <= SIZE_MAX / 2)
    capacity *= 2;
  uint8_t *larger = capacity - m->kept_size < more ? NULL : mem_resize(m->alloc, m->kept, m->capacity, capacity);
  if (!larger)
    return false;
  m->kept = larger;
  m->capacity = capacity;
  return true;
}

static int64_t memory_write(void *data, const void *bytes, size_t size) {
  struct wasi_memory *m = data;
  uint64_t left = m->limit - m->kept_size;
  size_t count = size < left ? size : (size_t)left;
  if (count == 0 || !memory_grow(m, count))
    return WEIR_WASI_BROKEN;
  memcpy(m->kept + m->kept_size, bytes, count);
  m->kept_size += count;
  return (int64_t)count;
}

struct wasi_calls wasi_calls_of_source(const weir_wasi_source *source, struct wasi_memory *memory) {
  *memory = (struct wasi_memory){0};
  if (!source)
    return (struct wasi_calls){0};
  if (source->read)
    return (struct wasi_calls){.read = source->read, .data = source->data};
  memory->left = source->memory;
  memory->left_size = source->memory ? source->memory_size : 0;
  return (struct wasi_calls){.read = memory_read, .data = memory};
}

struct wasi_calls wasi_calls_of_sink(const weir_wasi_sink *sink, struct wasi_memory *memory,
                                     const struct weir_alloc *alloc) {
  *memory = (struct wasi_memory){.alloc = alloc};
  if (!sink)
    return (struct wasi_calls){0};
  if (sink->write)
    return (struct wasi_calls){.write = sink->write, .data = sink->data};
  memory->limit = sink->limit;
  return (struct wasi_calls){.write = memory_write, .data = memory};
}

void wasi_memory_done(struct wasi_memory *memory) {
  if (memory->kept)
    mem_free(memory->alloc, memory->kept, memory->capacity);
  memory->kept = NULL;
  memory->kept_size = memory->capacity = 0;
}
