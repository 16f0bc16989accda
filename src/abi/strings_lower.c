/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Lowering of strings: one function for each way of the text, with its very calls of realloc (guests see their order
 * and sizes). Each guesses that the string stays small, and grows the block to the worst case once it does not.
 * Origin: CanonicalABI.md#storing (store_string_into_range and below).
 */
#include "abi/strings.h"
#include "abi/transcode.h"

struct lowering {
  const struct abi_pass *pass;
  const struct abi_string *s;
  struct abi_block block;
};

static weir_status resize(struct lowering *l, uint64_t size) {
  return block_resize(l->pass, &l->block, size, abi_words_string_target(l->pass));
}

static weir_status shrink(struct lowering *l, uint64_t size) {
  return size < l->block.size ? resize(l, size) : WEIR_OK;
}

static uint8_t *block_at(const struct lowering *l, uint64_t offset) {
  return cx_at(l->pass->dst, l->block.address) + offset;
}

/* The source was valid when it was lifted; only the guest's own realloc can have changed it. */
static weir_status changed(const struct lowering *l) {
  return abi_trap(l->pass->dst, "string content changed while it was copied");
}

/* store_string_copy of equal code units */
static weir_status store_copy(struct lowering *l, uint32_t unit_size, uint64_t *ret_units) {
  uint64_t size = l->s->units * unit_size;
  WEIR_TRY(resize(l, size));
  if (size != 0)
    memmove(block_at(l, 0), string_data(l->s), size);
  *ret_units = l->s->units;
  return WEIR_OK;
}

/* store_string_copy from Latin-1 to UTF-16 */
static weir_status store_widened(struct lowering *l, uint64_t *ret_units) {
  WEIR_TRY(resize(l, 2 * l->s->units));
  if (l->s->units != 0)
    transcode_widen(string_data(l->s), l->s->units, block_at(l, 0));
  *ret_units = l->s->units;
  return WEIR_OK;
}

/* store_utf16_to_utf8, store_latin1_to_utf8 */
static weir_status store_to_utf8(struct lowering *l, uint64_t *ret_units) {
  const struct abi_string *s = l->s;
  bool wide = s->form == STRING_UTF16;
  uint64_t units = s->units;
  *ret_units = units;
  WEIR_TRY(resize(l, units));
  if (units == 0)
    return WEIR_OK;
  size_t ascii = wide ? transcode_narrow(string_data(s), units, 0x80, block_at(l, 0))
                      : transcode_ascii(string_data(s), units, block_at(l, 0));
  if (ascii == units)
    return WEIR_OK;
  WEIR_TRY(resize(l, units * (wide ? 3 : 2)));
  const uint8_t *rest = string_data(s) + ascii * (wide ? 2 : 1);
  size_t more = wide ? transcode_utf16_to_utf8(rest, units - ascii, block_at(l, ascii))
                     : transcode_latin1_to_utf8(rest, units - ascii, block_at(l, ascii));
  if (more == SIZE_MAX)
    return changed(l);
  *ret_units = ascii + more;
  return shrink(l, *ret_units);
}

/* store_utf8_to_utf16 */
static weir_status store_utf8_to_utf16(struct lowering *l, uint64_t *ret_units) {
  uint64_t size = l->s->units;
  *ret_units = 0;
  WEIR_TRY(resize(l, 2 * size));
  if (size == 0)
    return WEIR_OK;
  size_t units = transcode_utf8_to_utf16(string_data(l->s), size, block_at(l, 0));
  if (units == SIZE_MAX)
    return changed(l);
  *ret_units = units;
  return shrink(l, 2 * (uint64_t)units);
}

/* The second half of store_string_to_latin1_or_utf16: `written` characters are there, the unit at `read` is wide. */
static weir_status store_inflated(struct lowering *l, uint64_t read, uint64_t written, uint64_t *ret_units) {
  const struct abi_string *s = l->s;
  bool wide = s->form == STRING_UTF16;
  uint64_t rest = s->units - read;
  WEIR_TRY(resize(l, 2 * s->units));
  transcode_inflate(block_at(l, 0), written);
  uint8_t *out = block_at(l, 2 * written);
  size_t more = rest;
  if (wide)
    memmove(out, string_data(s) + 2 * read, 2 * rest);
  else
    more = transcode_utf8_to_utf16(string_data(s) + read, rest, out);
  if (more == SIZE_MAX)
    return changed(l);
  uint64_t units = written + more;
  WEIR_TRY(shrink(l, 2 * units));
  *ret_units = units | string_tag(l->pass->dst);
  return WEIR_OK;
}

/* store_string_to_latin1_or_utf16 */
static weir_status store_to_latin1_or_utf16(struct lowering *l, uint64_t *ret_units) {
  const struct abi_string *s = l->s;
  *ret_units = 0;
  WEIR_TRY(resize(l, s->units));
  if (s->units == 0)
    return WEIR_OK;
  size_t read, written;
  if (s->form == STRING_UTF16)
    read = written = transcode_narrow(string_data(s), s->units, 0x100, block_at(l, 0));
  else
    read = transcode_utf8_to_latin1(string_data(s), s->units, block_at(l, 0), &written);
  if (read < s->units)
    return store_inflated(l, read, written, ret_units);
  *ret_units = written;
  return shrink(l, written);
}

/* store_probably_utf16_to_latin1_or_utf16 */
static weir_status store_probably_utf16(struct lowering *l, uint64_t *ret_units) {
  uint64_t units = l->s->units;
  WEIR_TRY(store_copy(l, 2, ret_units));
  if (units != 0 && utf16_exceeds(block_at(l, 0), units, 0x100)) {
    *ret_units = units | string_tag(l->pass->dst);
    return WEIR_OK;
  }
  if (units != 0)
    transcode_narrow(block_at(l, 0), units, 0x100, block_at(l, 0));
  l->block.align = 1; /* as the text has it */
  return resize(l, units);
}

static weir_status store_to_compact(struct lowering *l, uint64_t *ret_units) {
  if (l->s->encoding != AST_ENCODING_LATIN1_UTF16)
    return store_to_latin1_or_utf16(l, ret_units);
  if (l->s->form == STRING_UTF16)
    return store_probably_utf16(l, ret_units);
  return store_copy(l, 1, ret_units);
}

static weir_status store_to_utf16(struct lowering *l, uint64_t *ret_units) {
  switch (l->s->form) {
    case STRING_UTF8:
      return store_utf8_to_utf16(l, ret_units);
    case STRING_LATIN1:
      return store_widened(l, ret_units);
    default:
      return store_copy(l, 2, ret_units);
  }
}

weir_status string_lower(const struct abi_pass *p, const struct abi_string *s, struct abi_pair *ret) {
  struct lowering l = {p, s, {0, 0, p->dst->encoding == AST_ENCODING_UTF8 ? 1 : 2}};
  weir_status status;
  if (p->dst->encoding == AST_ENCODING_UTF16)
    status = store_to_utf16(&l, &ret->length);
  else if (p->dst->encoding == AST_ENCODING_LATIN1_UTF16)
    status = store_to_compact(&l, &ret->length);
  else if (s->form == STRING_UTF8)
    status = store_copy(&l, 1, &ret->length);
  else
    status = store_to_utf8(&l, &ret->length);
  ret->address = l.block.address;
  return status;
}
