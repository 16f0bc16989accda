/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * All the C library that the example guests have.
 *
 * The heap is a stack of blocks that grows upward from the end of the data and is never handed back to the host. Each
 * block is preceded by its size. Released blocks are kept in lists by power of two, so a guest that runs for long with
 * blocks of a few sizes reaches a steady state. Nothing here is thread-safe: a component instance has one thread.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 65536u
#define SMALLEST 4u /* the smallest block is 1 << SMALLEST bytes */
#define POWERS 28u

struct block {
  size_t power;       /* the block holds 1 << power bytes */
  struct block *next; /* in the list of released blocks */
  uint64_t unused;
};

extern unsigned char __heap_base;

static struct block *released[POWERS];
static uintptr_t heap_end;

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
  return __builtin_memcpy(to, from, size); /* one memory.copy instruction: built with -mbulk-memory */
}

void *memmove(void *to, const void *from, size_t size) {
  return __builtin_memmove(to, from, size);
}

void *memset(void *to, int byte, size_t size) {
  return __builtin_memset(to, byte, size);
}

int memcmp(const void *a, const void *b, size_t size) {
  const unsigned char *left = a, *right = b;
  for (size_t i = 0; i < size; i++) {
    if (left[i] != right[i])
      return left[i] < right[i] ? -1 : 1;
  }
  return 0;
}

size_t strlen(const char *text) {
  size_t size = 0;
  while (text[size] != '\0')
    size++;
  return size;
}

_Noreturn void abort(void) {
  __builtin_trap();
}

static size_t power_of(size_t size) {
  size_t power = SMALLEST;
  while (power < POWERS && ((size_t)1 << power) < size)
    power++;
  if (power == POWERS)
    abort();
  return power;
}

/* Moves the end of the heap up by `size`, growing the memory where it must. */
static void *heap_extend(size_t size) {
  if (heap_end == 0)
    heap_end = ((uintptr_t)&__heap_base + 15) & ~(uintptr_t)15;
  uint64_t end = (uint64_t)heap_end + size;
  uint64_t have = (uint64_t)__builtin_wasm_memory_size(0) * PAGE;
  if (end > have) {
    size_t pages = (size_t)((end - have + PAGE - 1) / PAGE);
    if (__builtin_wasm_memory_grow(0, pages) == SIZE_MAX)
      abort();
  }
  void *start = (void *)heap_end;
  heap_end = (uintptr_t)end;
  return start;
}

void *malloc(size_t size) {
  size_t power = power_of(size);
  struct block *block = released[power];
  if (block)
    released[power] = block->next;
  else
    block = heap_extend(sizeof(struct block) + ((size_t)1 << power));
  block->power = power;
  return block + 1;
}

void free(void *memory) {
  if (!memory)
    return;
  struct block *block = (struct block *)memory - 1;
  block->next = released[block->power];
  released[block->power] = block;
}

void *calloc(size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size)
    abort();
  return memset(malloc(count * size), 0, count * size);
}

void *realloc(void *memory, size_t size) {
  if (!memory)
    return malloc(size);
  size_t have = (size_t)1 << ((struct block *)memory - 1)->power;
  if (size <= have)
    return memory;
  void *moved = malloc(size);
  memcpy(moved, memory, have);
  free(memory);
  return moved;
}
