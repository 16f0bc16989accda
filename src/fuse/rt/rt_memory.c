/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Blocks of powers of two; what is given back is kept for the next of its size. */
#include "fuse/rt/rt.h"

extern u8 __heap_base;
static u32 heap, heap_end;
static void *free_lists[28]; /* by size, a power of two */

static u32 class_of(u32 size) {
  u32 class = 4;
  while ((1u << class) < size)
    class ++;
  return class;
}

static void *grow(u32 size) {
  if (heap == 0) {
    heap = ((u32)&__heap_base + 15) & ~15u;
    heap_end = (u32)__builtin_wasm_memory_size(0) << 16;
  }
  if (heap_end - heap < size) {
    u32 pages = (size >> 16) + 1;
    if (__builtin_wasm_memory_grow(0, pages) == (unsigned long)-1)
      trap_memory();
    heap_end += pages << 16;
  }
  void *at = (void *)heap;
  heap += size;
  return at;
}

/* Zeroed. */
void *make(u32 size) {
  u32 class = class_of(size);
  void *at = free_lists[class];
  if (class > 27)
    trap_memory();
  if (at)
    free_lists[class] = *(void **)at;
  else
    at = grow(1u << class);
  __builtin_memset(at, 0, 1u << class);
  return at;
}

void drop(void *at, u32 size) {
  u32 class = class_of(size);
  *(void **)at = free_lists[class];
  free_lists[class] = at;
}
