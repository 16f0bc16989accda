/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* nghttp2 frees without sizes, so each block has its own in front. */
#include <string.h>

#include "base/mem.h"
#include "http/h2_state.h"

enum { FRONT = 16 };

static size_t size_of(const uint8_t *block) {
  size_t size;
  memcpy(&size, block, sizeof(size));
  return size;
}

static void *resize(void *given, size_t size, void *data) {
  const struct weir_alloc *alloc = data;
  uint8_t *old = given ? (uint8_t *)given - FRONT : NULL;
  size_t whole;
  if (__builtin_add_overflow(size, (size_t)FRONT, &whole))
    return NULL;
  uint8_t *block = mem_resize(alloc, old, old ? size_of(old) : 0, whole);
  if (!block)
    return NULL;
  memcpy(block, &whole, sizeof(whole));
  return block + FRONT;
}

static void *make(size_t size, void *data) {
  return resize(NULL, size, data);
}

static void *make_zeroed(size_t count, size_t size, void *data) {
  size_t whole;
  if (__builtin_mul_overflow(count, size, &whole))
    return NULL;
  void *block = resize(NULL, whole, data);
  if (block)
    memset(block, 0, whole);
  return block;
}

static void drop(void *given, void *data) {
  if (!given)
    return;
  uint8_t *block = (uint8_t *)given - FRONT;
  mem_free(data, block, size_of(block));
}

nghttp2_mem h2_memory(const struct weir_alloc *alloc) {
  return (nghttp2_mem){.mem_user_data = (void *)(uintptr_t)alloc,
                       .malloc = make,
                       .free = drop,
                       .calloc = make_zeroed,
                       .realloc = resize};
}
