/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A growable array of one element type. `VEC(int) v = {0};` then VEC_PUSH(alloc, &v, 3) == true, v.data[0], v.count.
 * Growth doubles. VEC_PUSH is false, and the vector unchanged, where memory is out. Release with VEC_DONE.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/alloc.h"

#define VEC(type)      \
  struct {             \
    type *data;        \
    uint32_t count;    \
    uint32_t capacity; \
  }

/* Makes room for one more element of `size` bytes; returns the (moved) array or NULL. */
void *vec_grow(const struct weir_alloc *a, void *data, uint32_t *capacity, uint32_t count, size_t size);
bool vec_reserve_one(const struct weir_alloc *a, void *data_slot, uint32_t *capacity, uint32_t count, size_t size);

#define VEC_PUSH(alloc, vec, value)                                                             \
  (vec_reserve_one((alloc), &(vec)->data, &(vec)->capacity, (vec)->count, sizeof(*(vec)->data)) \
       ? ((vec)->data[(vec)->count++] = (value), true)                                          \
       : false)

void vec_release(const struct weir_alloc *a, void *data_slot, uint32_t *capacity, size_t size);
#define VEC_DONE(alloc, vec) \
  (vec_release((alloc), &(vec)->data, &(vec)->capacity, sizeof(*(vec)->data)), (vec)->count = 0)

#endif
