/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Bounded reads. A failed read leaves the position where it was and records the offset of the byte at fault. */
#include "wasm/cursor.h"

#include "base/leb128.h"
#include "base/utf8.h"

static weir_status fail_end(const struct cursor *c, size_t at) {
  return diag_at(c->diag, WEIR_ERR_MALFORMED, c->base + at, "unexpected end");
}

weir_status cursor_peek(const struct cursor *c, uint8_t *ret) {
  if (cursor_left(c) == 0)
    return fail_end(c, c->pos);
  *ret = c->data[c->pos];
  return WEIR_OK;
}

weir_status cursor_u8(struct cursor *c, uint8_t *ret) {
  WEIR_TRY(cursor_peek(c, ret));
  c->pos++;
  return WEIR_OK;
}

static weir_status read_leb(struct cursor *c, unsigned bits, bool is_signed, uint64_t *ret) {
  size_t at;
  switch (leb128_get(c->data + c->pos, cursor_left(c), bits, is_signed, ret, &at)) {
    case LEB128_OK:
      c->pos += at;
      return WEIR_OK;
    case LEB128_LONG:
      return diag_at(c->diag, WEIR_ERR_MALFORMED, cursor_offset(c) + at, "integer representation too long");
    case LEB128_LARGE:
      return diag_at(c->diag, WEIR_ERR_MALFORMED, cursor_offset(c) + at, "integer too large");
    case LEB128_CUT:
      break;
  }
  return fail_end(c, c->size);
}

weir_status cursor_u32_leb(struct cursor *c, uint32_t *ret) {
  uint64_t value;
  WEIR_TRY(read_leb(c, 32, false, &value));
  *ret = (uint32_t)value;
  return WEIR_OK;
}

static weir_status read_signed(struct cursor *c, unsigned bits, int64_t *ret) {
  uint64_t value;
  WEIR_TRY(read_leb(c, bits, true, &value));
  *ret = (int64_t)value;
  return WEIR_OK;
}

weir_status cursor_s32_leb(struct cursor *c, int64_t *ret) {
  return read_signed(c, 32, ret);
}

weir_status cursor_s33_leb(struct cursor *c, int64_t *ret) {
  return read_signed(c, 33, ret);
}

weir_status cursor_s64_leb(struct cursor *c, int64_t *ret) {
  return read_signed(c, 64, ret);
}

weir_status cursor_u64_leb(struct cursor *c, uint64_t *ret) {
  return read_leb(c, 64, false, ret);
}

weir_status cursor_bytes(struct cursor *c, size_t n, const uint8_t **ret) {
  if (n > cursor_left(c))
    return fail_end(c, c->size);
  *ret = c->data + c->pos;
  c->pos += n;
  return WEIR_OK;
}

weir_status cursor_name(struct cursor *c, struct str *ret) {
  struct cursor ahead = *c;
  uint32_t size;
  const uint8_t *data;
  WEIR_TRY(cursor_u32_leb(&ahead, &size));
  size_t start = cursor_offset(&ahead);
  WEIR_TRY(cursor_bytes(&ahead, size, &data));
  if (!utf8_valid(data, size))
    return diag_at(c->diag, WEIR_ERR_MALFORMED, start, "malformed UTF-8 encoding");
  c->pos = ahead.pos;
  *ret = (struct str){(const char *)data, size};
  return WEIR_OK;
}

weir_status cursor_sub(struct cursor *c, size_t n, struct cursor *ret) {
  size_t start = cursor_offset(c);
  const uint8_t *data;
  WEIR_TRY(cursor_bytes(c, n, &data));
  *ret = (struct cursor){.data = data, .size = n, .base = start, .diag = c->diag};
  return WEIR_OK;
}
