/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Shared by all parts of the decoder: the state of one decoding, and reads beyond those of a plain cursor. Every count
 * is checked against the bytes that are left before anything is allocated for it.
 */
#ifndef COMPONENT_DECODE_READER_H
#define COMPONENT_DECODE_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "wasm/cursor.h"

enum { DECODE_MAX_NESTING = 100, DECODE_MAX_DEFINITIONS = 1000000 };

struct decoder {
  struct arena *arena;
  uint32_t nesting;     /* components and component and instance types around the current place */
  uint32_t definitions; /* definitions and declarators so far, in the whole input */
};

/* "invalid leading byte (0x..) for <what>"; the byte is the one just read. */
weir_status decode_bad_byte(const struct cursor *c, uint8_t byte, const char *what);

/* The length of a vector whose items take at least `item_size` (> 0) bytes each. */
weir_status decode_count(struct cursor *c, size_t item_size, uint32_t *ret);

/* A u32 that is an index: never AST_NONE. */
weir_status decode_index(struct cursor *c, uint32_t *ret);

/* One byte, 0 or 1. `what` goes into the message. */
weir_status decode_flag(struct cursor *c, const char *what, bool *ret);

/* One byte that must be `want`. */
weir_status decode_expect(struct cursor *c, uint8_t want, const char *what);

/* Goes one level in; WEIR_ERR_LIMIT: that is too deep. decode_leave() goes out, unless decoding has failed. */
weir_status decode_enter(struct decoder *dec, const struct cursor *c);
void decode_leave(struct decoder *dec);

/* A growing array (base/vec.h) of `size`-byte elements in the arena. */
struct decode_list {
  void *data;
  uint32_t count, capacity;
  size_t size;
};

/* Counts one more definition and gives its zeroed place at the end of the list; older places may move. */
weir_status decode_append(struct decoder *dec, const struct cursor *c, struct decode_list *list, void **ret);

#endif
