/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * An arena: many small objects of one lifetime, released together. Blocks grow up to 64 KiB; larger objects get their
 * own. Unused space and released blocks are poisoned under ASan. Not thread-safe.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/str.h"
#include "weir/alloc.h"

struct arena_block;

struct arena {
  const struct weir_alloc *alloc;
  struct arena_block *head;
  size_t next_block;
  size_t total; /* bytes held from the allocator */
};

void arena_init(struct arena *a, const struct weir_alloc *alloc);
void arena_done(struct arena *a);

/* Zeroed, aligned to 16; NULL: out of memory. */
void *arena_alloc(struct arena *a, size_t size);
/* count * size, refusing overflow. count == 0 gives a valid pointer. */
void *arena_array(struct arena *a, size_t count, size_t size);
/* A copy of the bytes, with a terminating zero. data == NULL in the result: out of memory. */
struct str arena_str(struct arena *a, struct str s);
struct str arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_array((arena), (count), sizeof(type)))

#endif
