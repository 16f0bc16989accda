/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The growable array of one element type: `VEC(int) v = {0};`, then v.data[0], v.count. A push is false, and the vector
 * unchanged, where memory is out. Growth doubles.
 *
 * Memory comes from an allocator (VEC_PUSH, and VEC_DONE gives it back) or from an arena (ARENA_PUSH: outgrown arrays
 * stay behind, less than what is kept, until the arena is released). One vector is always grown in the same way.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

#define VEC(type)      \
  struct {             \
    type *data;        \
    uint32_t count;    \
    uint32_t capacity; \
  }

#define VEC_PUSH(alloc, vec, value)                                                      \
  (vec_room((alloc), &(vec)->data, &(vec)->capacity, (vec)->count, sizeof(*(vec)->data)) \
       ? ((vec)->data[(vec)->count++] = (value), true)                                   \
       : false)

#define ARENA_PUSH(arena, vec, value)                                                             \
  (vec_room_in_arena((arena), &(vec)->data, &(vec)->capacity, (vec)->count, sizeof(*(vec)->data)) \
       ? ((vec)->data[(vec)->count++] = (value), true)                                            \
       : false)

#define VEC_DONE(alloc, vec) \
  (vec_release((alloc), &(vec)->data, &(vec)->capacity, sizeof(*(vec)->data)), (vec)->count = 0)

/*
 * Room for one more element of `size` bytes behind `count` others; false: out of memory. `data_slot` is the address of
 * the pointer to the first element. New room in an arena is zeroed.
 */
bool vec_room(const struct weir_alloc *a, void *data_slot, uint32_t *capacity, uint32_t count, size_t size);
bool vec_room_in_arena(struct arena *arena, void *data_slot, uint32_t *capacity, uint32_t count, size_t size);
void vec_release(const struct weir_alloc *a, void *data_slot, uint32_t *capacity, size_t size);

#endif
