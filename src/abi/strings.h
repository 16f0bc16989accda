/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Inside abi/: lifted strings (checked, but left in their place), and their lowering. Every string of the text's
 * `String` triples is one of three simple forms; `encoding` is kept because lowering depends on it too.
 */
#ifndef ABI_STRINGS_H
#define ABI_STRINGS_H

#include "abi/place.h"

enum string_form { STRING_UTF8, STRING_LATIN1, STRING_UTF16 };

struct abi_string {
  const struct abi_cx *cx; /* NULL: in the host's memory */
  const uint8_t *host;
  uint64_t address;
  uint64_t units; /* code units; of 2 bytes in STRING_UTF16, else of 1 */
  enum string_form form;
  enum ast_encoding encoding; /* of the context that the string comes from */
};

/* The present address of its bytes: ask again after every call of a realloc. */
static inline const uint8_t *string_data(const struct abi_string *s) {
  return s->cx ? cx_at(s->cx, s->address) : s->host;
}

/* utf16_tag */
static inline uint64_t string_tag(const struct abi_cx *cx) {
  return UINT64_C(1) << (cx_ptr_size(cx) * 8 - 1);
}

/* load_string_from_range: the range and the contents are checked. */
weir_status string_lift(const struct abi_pass *p, struct abi_pair pair, struct abi_string *ret);

/* store_string_into_range: the calls of realloc are those of the text, in order and with its sizes. */
weir_status string_lower(const struct abi_pass *p, const struct abi_string *s, struct abi_pair *ret);

/* A string of the host as a source. */
struct abi_string string_of_value(const weir_value *value);

/* The number of its bytes as UTF-8; writes them. */
uint64_t string_utf8_size(const struct abi_string *s);
weir_status string_to_value(struct abi_cx *cx, const struct abi_string *s, weir_value *ret);

#endif
