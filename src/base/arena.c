/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Blocks in a list, newest first. Only the head block is cut further; an object too large for a common block gets a
 * block of its own. That block is linked behind the head, so that the head's space is not lost. The bytes of a block
 * from `used` on are poisoned, and under ASan a gap between objects stays poisoned too.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/poison.h"

enum { ARENA_ALIGN = 16, ARENA_FIRST = 1024, ARENA_LARGEST = 64 * 1024 };

#ifdef BASE_HAS_POISON
enum { ARENA_GAP = ARENA_ALIGN };
#else
enum { ARENA_GAP = 0 };
#endif

struct arena_block {
  struct arena_block *next;
  size_t size; /* of the whole block */
  size_t used; /* from the start of the block, always a multiple of ARENA_ALIGN */
  size_t unused;
};

_Static_assert(sizeof(struct arena_block) % ARENA_ALIGN == 0, "objects follow the block's head");

void arena_init(struct arena *a, const struct weir_alloc *alloc) {
  *a = (struct arena){.alloc = alloc, .next_block = ARENA_FIRST};
}

void arena_done(struct arena *a) {
  struct arena_block *block = a->head;
  while (block) {
    struct arena_block *next = block->next;
    UNPOISON(block, block->size);
    mem_free(a->alloc, block, block->size);
    block = next;
  }
  arena_init(a, a->alloc);
}

static struct arena_block *block_new(struct arena *a, size_t size) {
  struct arena_block *block = mem_alloc(a->alloc, size);
  if (!block)
    return NULL;
  *block = (struct arena_block){.size = size, .used = sizeof(*block)};
  POISON(block + 1, size - sizeof(*block));
  a->total += size;
  return block;
}

/* The block that has room for `need` bytes, made if there is none. */
static struct arena_block *block_for(struct arena *a, size_t need) {
  if (a->head && a->head->size - a->head->used >= need)
    return a->head;
  if (need + sizeof(struct arena_block) > a->next_block) {
    struct arena_block *own = block_new(a, need + sizeof(struct arena_block));
    if (own && a->head) {
      own->next = a->head->next;
      a->head->next = own;
    } else if (own) {
      a->head = own;
    }
    return own;
  }
  struct arena_block *block = block_new(a, a->next_block);
  if (!block)
    return NULL;
  block->next = a->head;
  a->head = block;
  if (a->next_block < ARENA_LARGEST)
    a->next_block *= 2;
  return block;
}

void *arena_alloc(struct arena *a, size_t size) {
  if (size > PTRDIFF_MAX - ARENA_LARGEST)
    return NULL;
  size_t need = ((size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1)) + ARENA_GAP;
  if (need == 0)
    need = ARENA_ALIGN;
  struct arena_block *block = block_for(a, need);
  if (!block)
    return NULL;
  void *object = (char *)block + block->used;
  block->used += need;
  UNPOISON(object, size);
  return memset(object, 0, size);
}

void *arena_array(struct arena *a, size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes))
    return NULL;
  return arena_alloc(a, bytes);
}

struct str arena_str(struct arena *a, struct str s) {
  if (s.size == SIZE_MAX)
    return (struct str){NULL, 0};
  char *copy = arena_alloc(a, s.size + 1);
  if (!copy)
    return (struct str){NULL, 0};
  if (s.size != 0)
    memcpy(copy, s.data, s.size);
  return (struct str){copy, s.size};
}

struct str arena_printf(struct arena *a, const char *format, ...) {
  struct str result = {NULL, 0};
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, format, args);
  char *data = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
  if (data) {
    vsnprintf(data, (size_t)n + 1, format, again);
    result = (struct str){data, (size_t)n};
  }
  va_end(again);
  va_end(args);
  return result;
}
