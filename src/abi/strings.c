/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Lifting of strings. As in the text, range and contents are checked before anything is allocated for the other side.
 * The units stay in their place until they are lowered or become a host's value. Origin: CanonicalABI.md#loading
 * (load_string_from_range).
 */
#include "abi/strings.h"

#include "abi/transcode.h"
#include "abi/value.h"
#include "base/utf8.h"

/* Tells the two faults of UTF-8 apart, in the words of the specification's tests. */
static weir_status utf8_trap(struct abi_cx *cx, const uint8_t *data, size_t size) {
  uint32_t scalar;
  for (size_t i = 0; i < size;) {
    int n = utf8_decode(data + i, size - i, &scalar);
    if (n < 0)
      return diag_set(cx->diag, WEIR_ERR_TRAP, "incomplete utf-8 byte sequence from index %zu", i);
    if (n == 0)
      return diag_set(cx->diag, WEIR_ERR_TRAP, "invalid utf-8 sequence from index %zu", i);
    i += (size_t)n;
  }
  return abi_trap(cx, "invalid utf-8 sequence");
}

static weir_status string_check(struct abi_cx *cx, const struct abi_string *s) {
  const uint8_t *data = string_data(s);
  if (s->form == STRING_UTF8 && !utf8_valid(data, s->units))
    return utf8_trap(cx, data, s->units);
  if (s->form == STRING_UTF16 && !utf16_valid(data, s->units))
    return abi_trap(cx, "invalid utf-16: unpaired surrogate");
  return WEIR_OK;
}

weir_status string_lift(const struct abi_pass *p, struct abi_pair pair, struct abi_string *ret) {
  struct abi_cx *cx = p->src;
  const struct abi_words *words = abi_words_string_source(p);
  *ret = (struct abi_string){.cx = cx, .address = pair.address, .units = pair.length, .encoding = cx->encoding};
  uint32_t align = 2;
  switch (cx->encoding) {
    case AST_ENCODING_UTF8:
      ret->form = STRING_UTF8;
      align = 1;
      break;
    case AST_ENCODING_UTF16:
      ret->form = STRING_UTF16;
      break;
    case AST_ENCODING_LATIN1_UTF16:
      ret->form = (pair.length & string_tag(cx)) != 0 ? STRING_UTF16 : STRING_LATIN1;
      ret->units = pair.length & ~string_tag(cx);
      break;
  }
  uint32_t unit_size = ret->form == STRING_UTF16 ? 2 : 1;
  if (ret->units > MAX_STRING_BYTE_LENGTH / unit_size)
    return abi_trap(cx, words->outside);
  WEIR_TRY(range_check(cx, pair.address, ret->units * unit_size, align, words));
  return string_check(cx, ret);
}

struct abi_string string_of_value(const weir_value *value) {
  return (struct abi_string){
      .host = (const uint8_t *)value->of.string.data, .units = value->of.string.size, .form = STRING_UTF8};
}

uint64_t string_utf8_size(const struct abi_string *s) {
  switch (s->form) {
    case STRING_LATIN1:
      return latin1_size_as_utf8(string_data(s), s->units);
    case STRING_UTF16:
      return utf16_size_as_utf8(string_data(s), s->units);
    default:
      return s->units;
  }
}

weir_status string_to_value(struct abi_cx *cx, const struct abi_string *s, weir_value *ret) {
  size_t size = string_utf8_size(s);
  *ret = (weir_value){.kind = WEIR_VALUE_NONE};
  char *data = NULL;
  if (size != 0) {
    data = value_alloc(size);
    if (!data)
      return diag_nomem(cx->diag);
    const uint8_t *src = string_data(s);
    if (s->form == STRING_LATIN1)
      transcode_latin1_to_utf8(src, s->units, (uint8_t *)data);
    else if (s->form == STRING_UTF16)
      transcode_utf16_to_utf8(src, s->units, (uint8_t *)data);
    else
      memcpy(data, src, size);
  }
  ret->kind = WEIR_VALUE_STRING;
  ret->of.string.data = data;
  ret->of.string.size = size;
  return WEIR_OK;
}

weir_status abi_load_string(struct abi_cx *cx, uint64_t address, uint64_t tagged_units, weir_value *ret) {
  struct abi_string s;
  *ret = (weir_value){.kind = WEIR_VALUE_NONE};
  WEIR_TRY(string_lift(&(struct abi_pass){cx, NULL}, (struct abi_pair){address, tagged_units}, &s));
  return string_to_value(cx, &s, ret);
}

weir_status abi_store_string(struct abi_cx *cx, const weir_value *string, uint64_t address) {
  struct abi_string s = string_of_value(string);
  struct abi_pair target;
  uint32_t size = cx_ptr_size(cx);
  WEIR_TRY(range_check(cx, address, 2 * (uint64_t)size, size, &abi_words_pointer));
  WEIR_TRY(string_lower(&(struct abi_pass){NULL, cx}, &s, &target));
  pair_store(cx, (struct abi_place){NULL, address}, target);
  return WEIR_OK;
}
