/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The calls through a `struct weir_alloc`. An allocator never sees a request of zero bytes, because its interface frees
 * by that, and never a product that overflowed. A NULL allocator is the system's.
 */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void *system_reallocate(void *ctx, void *block, size_t old_size, size_t new_size) {
  (void)ctx;
  (void)old_size;
  if (new_size == 0) {
    free(block);
    return NULL;
  }
  return realloc(block, new_size);
}

const struct weir_alloc mem_system = {.size = sizeof(struct weir_alloc), .reallocate = system_reallocate};

static void *call(const struct weir_alloc *a, void *block, size_t old_size, size_t new_size) {
  if (!a)
    a = &mem_system;
  return a->reallocate(a->ctx, block, old_size, new_size);
}

void *mem_alloc(const struct weir_alloc *a, size_t n) {
  return n == 0 ? NULL : call(a, NULL, 0, n);
}

void *mem_zalloc(const struct weir_alloc *a, size_t n) {
  void *block = mem_alloc(a, n);
  if (block)
    memset(block, 0, n);
  return block;
}

void *mem_array(const struct weir_alloc *a, size_t count, size_t size) {
  size_t n;
  if (__builtin_mul_overflow(count, size, &n))
    return NULL;
  return mem_zalloc(a, n);
}

void *mem_resize(const struct weir_alloc *a, void *block, size_t old_size, size_t new_size) {
  if (!block)
    return mem_alloc(a, new_size);
  if (new_size == 0) {
    mem_free(a, block, old_size);
    return NULL;
  }
  return call(a, block, old_size, new_size);
}

void mem_free(const struct weir_alloc *a, void *block, size_t size) {
  if (block)
    call(a, block, size, 0);
}
