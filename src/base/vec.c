/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The growth of VEC(), written once for all element types. The slot of the data pointer arrives untyped and is read and
 * written with memcpy(), because a `T *` is not a `void *` to the aliasing rules.
 */
#include "base/vec.h"

#include <string.h>

#include "base/mem.h"

enum { VEC_FIRST = 8 };

/* The next capacity above `count`; 0 where 32 bits do not hold it. */
static uint32_t next_capacity(uint32_t capacity, uint32_t count) {
  uint32_t next = capacity < VEC_FIRST ? VEC_FIRST : capacity;
  while (next <= count) {
    if (next > UINT32_MAX / 2)
      return count < UINT32_MAX ? UINT32_MAX : 0;
    next *= 2;
  }
  return next;
}

void *vec_grow(const struct weir_alloc *a, void *data, uint32_t *capacity, uint32_t count, size_t size) {
  if (count < *capacity)
    return data;
  uint32_t next = next_capacity(*capacity, count);
  size_t bytes;
  if (next == 0 || __builtin_mul_overflow((size_t)next, size, &bytes))
    return NULL;
  void *grown = mem_resize(a, data, (size_t)*capacity * size, bytes);
  if (grown != NULL)
    *capacity = next;
  return grown;
}

bool vec_reserve_one(const struct weir_alloc *a, void *data_slot, uint32_t *capacity, uint32_t count, size_t size) {
  if (count < *capacity)
    return true;
  void *data;
  memcpy(&data, data_slot, sizeof(data));
  void *grown = vec_grow(a, data, capacity, count, size);
  if (grown == NULL)
    return false;
  memcpy(data_slot, &grown, sizeof(grown));
  return true;
}

void vec_release(const struct weir_alloc *a, void *data_slot, uint32_t *capacity, size_t size) {
  void *data;
  memcpy(&data, data_slot, sizeof(data));
  mem_free(a, data, (size_t)*capacity * size);
  data = NULL;
  memcpy(data_slot, &data, sizeof(data));
  *capacity = 0;
}
