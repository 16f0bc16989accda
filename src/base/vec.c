/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The growth of VEC(), written once for all element types. The slot of the data pointer arrives untyped and is read and
 * written with memcpy(), because a `T *` is not a `void *` to the aliasing rules.
 */
#include "base/vec.h"

#include <string.h>

#include "base/mem.h"

enum { VEC_FIRST = 4 };

/* The capacity after `capacity`, and its bytes; false where 32 bits do not hold the one or size_t the other. */
static bool next_capacity(uint32_t capacity, size_t size, uint32_t *ret, size_t *ret_bytes) {
  if (capacity == UINT32_MAX)
    return false;
  *ret = capacity == 0 ? VEC_FIRST : capacity > UINT32_MAX / 2 ? UINT32_MAX : capacity * 2;
  return !__builtin_mul_overflow((size_t)*ret, size, ret_bytes);
}

static void *slot_get(const void *slot) {
  void *data;
  memcpy(&data, slot, sizeof(data));
  return data;
}

static void slot_set(void *slot, void *data) {
  memcpy(slot, &data, sizeof(data));
}

bool vec_room(const struct weir_alloc *a, void *data_slot, uint32_t *capacity, uint32_t count, size_t size) {
  uint32_t next;
  size_t bytes;
  if (count < *capacity)
    return true;
  if (!next_capacity(*capacity, size, &next, &bytes))
    return false;
  void *grown = mem_resize(a, slot_get(data_slot), *capacity * size, bytes);
  if (!grown)
    return false;
  slot_set(data_slot, grown);
  *capacity = next;
  return true;
}

bool vec_room_in_arena(struct arena *arena, void *data_slot, uint32_t *capacity, uint32_t count, size_t size) {
  uint32_t next;
  size_t bytes;
  if (count < *capacity)
    return true;
  if (!next_capacity(*capacity, size, &next, &bytes))
    return false;
  void *grown = arena_alloc(arena, bytes);
  if (!grown)
    return false;
  if (count > 0)
    memcpy(grown, slot_get(data_slot), count * size);
  slot_set(data_slot, grown);
  *capacity = next;
  return true;
}

void vec_release(const struct weir_alloc *a, void *data_slot, uint32_t *capacity, size_t size) {
  mem_free(a, slot_get(data_slot), *capacity * size);
  slot_set(data_slot, NULL);
  *capacity = 0;
}
