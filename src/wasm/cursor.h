/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A bounded reader over bytes, with LEB128. Every read checks the end; an error is recorded once in the diag with the
 * offset in the whole input (`base` plus the position), in the words of the validator ("unexpected end").
 */
#ifndef WASM_CURSOR_H
#define WASM_CURSOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/str.h"

struct cursor {
  const uint8_t *data;
  size_t size;
  size_t pos;
  size_t base; /* offset of data[0] in the whole input, for messages */
  struct diag *diag;
};

static inline size_t cursor_left(const struct cursor *c) {
  return c->size - c->pos;
}

static inline size_t cursor_offset(const struct cursor *c) {
  return c->base + c->pos;
}

weir_status cursor_u8(struct cursor *c, uint8_t *ret);
weir_status cursor_peek(const struct cursor *c, uint8_t *ret);
weir_status cursor_u32_leb(struct cursor *c, uint32_t *ret);
weir_status cursor_s32_leb(struct cursor *c, int64_t *ret);
weir_status cursor_s33_leb(struct cursor *c, int64_t *ret);
weir_status cursor_s64_leb(struct cursor *c, int64_t *ret);
weir_status cursor_u64_leb(struct cursor *c, uint64_t *ret);
/* n raw bytes, borrowed. */
weir_status cursor_bytes(struct cursor *c, size_t n, const uint8_t **ret);
/* A length-prefixed UTF-8 name, borrowed. */
weir_status cursor_name(struct cursor *c, struct str *ret);
/* The next n bytes as a cursor of their own; `c` moves past them. */
weir_status cursor_sub(struct cursor *c, size_t n, struct cursor *ret);

#endif
