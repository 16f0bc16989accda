/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The parts of compound values that are neither payload nor element, each read and written in one place only: case
 * numbers, flag bits, characters, and the pairs of pointer and length. Origin: CanonicalABI.md#loading (load_variant,
 * load_flags, load_list, convert_i32_to_char), #storing and #flat-lifting, #flat-lowering of the same.
 */
#include "abi/place.h"

weir_status char_check(struct abi_cx *cx, uint64_t v) {
  return scalar_is_char(v) ? WEIR_OK : abi_trap(cx, "invalid `char` bit pattern");
}

uint32_t flags_load(const struct abi_cx *cx, struct abi_place at, const struct weir_type *t) {
  uint32_t bits = (uint32_t)place_load(cx, at, t->layout[0].size);
  return t->field_count >= 32 ? bits : bits & ((1u << t->field_count) - 1);
}

void flags_store(const struct abi_cx *cx, struct abi_place at, const struct weir_type *t, uint32_t bits) {
  place_store(cx, at, t->layout[0].size, bits);
}

weir_status variant_load(struct abi_cx *cx, struct abi_place at, const struct weir_type *t, uint32_t *ret) {
  uint32_t number = (uint32_t)place_load(cx, at, t->disc_size);
  if (number >= t->field_count)
    return abi_trap(cx, "invalid variant discriminant");
  *ret = number;
  return WEIR_OK;
}

void variant_store(const struct abi_cx *cx, struct abi_place at, const struct weir_type *t, uint32_t number) {
  place_store(cx, at, t->disc_size, number);
  if (!at.flat)
    return;
  int ptr = cx_ptr(cx);
  const struct weir_type *payload = t->fields[number].type;
  uint32_t used = 1u + (payload ? payload->flat_count[ptr] : 0u);
  for (uint32_t i = used; i < t->flat_count[ptr]; i++)
    at.flat[i].u64 = 0;
}

struct abi_pair pair_load(const struct abi_cx *cx, struct abi_place at) {
  struct abi_pair pair;
  pair.address = place_load_ptr(cx, at);
  pair.length = place_load_ptr(cx, place_at(at, 1, cx_ptr_size(cx)));
  return pair;
}

void pair_store(const struct abi_cx *cx, struct abi_place at, struct abi_pair pair) {
  uint32_t size = cx_ptr_size(cx);
  place_store(cx, at, size, pair.address);
  place_store(cx, place_at(at, 1, size), size, pair.length);
}

weir_status list_source(const struct abi_pass *p, struct abi_place at, const struct weir_type *t,
                        struct abi_pair *ret) {
  const struct abi_words *words = abi_words_list_source(p);
  const struct type_layout *elem = &t->elem->layout[cx_ptr(p->src)];
  *ret = pair_load(p->src, at);
  if (ret->length > MAX_LIST_BYTE_LENGTH || ret->length * elem->size > MAX_LIST_BYTE_LENGTH)
    return abi_trap(p->src, words->outside);
  return range_check(p->src, ret->address, ret->length * elem->size, elem->align, words);
}

weir_status list_target(const struct abi_pass *p, const struct weir_type *t, uint64_t count, struct abi_pair *ret) {
  const struct abi_words *words = abi_words_list_target(p);
  const struct type_layout *elem = &t->elem->layout[cx_ptr(p->dst)];
  if (count > MAX_LIST_BYTE_LENGTH)
    return abi_trap(p->dst, words->outside);
  struct abi_block block = {0, 0, elem->align};
  WEIR_TRY(block_resize(p, &block, count * elem->size, words));
  *ret = (struct abi_pair){block.address, count};
  return WEIR_OK;
}
