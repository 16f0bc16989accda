/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Inside abi/: single values in places, and the checks of addresses that every translator shares.
 *
 * A core value in a flat slot is 64 bits, zero-extended; a reader takes the low bits of its type. With that law the
 * coercions of lift_flat_variant and lower_flat_variant (the join of unlike cases) are the identity on bits, and so
 * appear nowhere. It needs a little-endian host, like the engine's raw layout of values.
 */
#ifndef ABI_PLACE_H
#define ABI_PLACE_H

#include <string.h>

#include "abi/abi.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "memories and flat values are accessed in place");

enum { MAX_STRING_BYTE_LENGTH = (1 << 28) - 1, MAX_LIST_BYTE_LENGTH = (1 << 28) - 1 };

/* One translation. src == NULL: from a host's value; dst == NULL: to one. */
struct abi_pass {
  struct abi_cx *src, *dst;
};

/* The words for an unaligned address, and for a range outside of the memory. They differ by situation. */
struct abi_words {
  const char *unaligned, *outside;
};

extern const struct abi_words abi_words_pointer; /* parameters, results and buffers behind a pointer */

/* The words for contents that are lifted, or for a block of realloc, between guests or with the host. */
const struct abi_words *abi_words_list_source(const struct abi_pass *p);
const struct abi_words *abi_words_list_target(const struct abi_pass *p);
const struct abi_words *abi_words_string_source(const struct abi_pass *p);
const struct abi_words *abi_words_string_target(const struct abi_pass *p);

/* Traps unless `address` is aligned and `bytes` from there on are in the memory. */
weir_status range_check(struct abi_cx *cx, uint64_t address, uint64_t bytes, uint32_t align,
                        const struct abi_words *words);

/* A block of the receiver's realloc; begins as {0, 0, align}. */
struct abi_block {
  uint64_t address, size;
  uint32_t align;
};

/* reallocate() of the text with the checks that follow it; gets the views of both sides again. */
weir_status block_resize(const struct abi_pass *p, struct abi_block *block, uint64_t new_size,
                         const struct abi_words *words);

/* Tells which half of the pairs in a type belongs to the memory. */
static inline int cx_ptr(const struct abi_cx *cx) {
  return cx->memory64 ? 1 : 0;
}

static inline uint32_t cx_ptr_size(const struct abi_cx *cx) {
  return cx->memory64 ? 8 : 4;
}

/* The address `address`, which a check has accepted. A memory of no bytes may have no base. */
static inline uint8_t *cx_at(const struct abi_cx *cx, uint64_t address) {
  return address == 0 ? cx->base : cx->base + address;
}

/* ---- integers (load_int, store_int) ------------------------------------------------------------------------------ */

static inline uint64_t int_load(const uint8_t *p, uint32_t size) {
  uint64_t v = 0;
  switch (size) {
    case 1:
      return *p;
    case 2:
      memcpy(&v, p, 2);
      return v;
    case 4:
      memcpy(&v, p, 4);
      return v;
    default:
      memcpy(&v, p, 8);
      return v;
  }
}

static inline void int_store(uint8_t *p, uint32_t size, uint64_t v) {
  switch (size) {
    case 1:
      memcpy(p, &v, 1);
      break;
    case 2:
      memcpy(p, &v, 2);
      break;
    case 4:
      memcpy(p, &v, 4);
      break;
    default:
      memcpy(p, &v, 8);
      break;
  }
}

/* ---- places ------------------------------------------------------------------------------------------------------ */

/* The place `slots` flat values, or `offset` bytes, further on. */
static inline struct abi_place place_at(struct abi_place from, uint32_t slots, uint64_t offset) {
  if (from.flat)
    from.flat += slots;
  else
    from.address += offset;
  return from;
}

/* An integer of `size` bytes in memory, or all of a flat slot: the caller takes the low bits. */
static inline uint64_t place_load(const struct abi_cx *cx, struct abi_place at, uint32_t size) {
  return at.flat ? at.flat->u64 : int_load(cx_at(cx, at.address), size);
}

static inline void place_store(const struct abi_cx *cx, struct abi_place at, uint32_t size, uint64_t v) {
  if (at.flat)
    at.flat->u64 = v;
  else
    int_store(cx_at(cx, at.address), size, v);
}

/* A pointer, a length or any other integer of the width of the memory's addresses. */
static inline uint64_t place_load_ptr(const struct abi_cx *cx, struct abi_place at) {
  uint64_t v = place_load(cx, at, cx_ptr_size(cx));
  return cx->memory64 ? v : (uint32_t)v;
}

static inline uint32_t place_load_u32(const struct abi_cx *cx, struct abi_place at) {
  return (uint32_t)place_load(cx, at, 4);
}

/* ---- booleans, integers, floats, characters ---------------------------------------------------------------------- */

static inline bool type_is_scalar(enum type_kind kind) {
  return kind <= TYPE_CHAR;
}

static inline uint32_t scalar_size(enum type_kind kind) {
  static const uint8_t sizes[] = {
      [TYPE_BOOL] = 1, [TYPE_S8] = 1,  [TYPE_U8] = 1,  [TYPE_S16] = 2, [TYPE_U16] = 2, [TYPE_S32] = 4,
      [TYPE_U32] = 4,  [TYPE_S64] = 8, [TYPE_U64] = 8, [TYPE_F32] = 4, [TYPE_F64] = 8, [TYPE_CHAR] = 4,
  };
  return sizes[kind];
}

/*
 * lift_flat_* and load of a scalar: from bits of a slot or of memory to the one form that slots hold. Any bit pattern
 * is accepted: integers wrap, booleans become 0 or 1, NaNs pass as they are. Characters are checked by char_check().
 */
static inline uint64_t scalar_wrap(enum type_kind kind, uint64_t bits) {
  const unsigned whole = 1u << TYPE_S64 | 1u << TYPE_U64 | 1u << TYPE_F64;
  if (kind >= TYPE_S32) /* 64 or 32 bits: without a branch, since most values of calls have them */
    return bits & (UINT32_MAX | -(uint64_t)(whole >> kind & 1));
  switch (kind) {
    case TYPE_BOOL:
      return (uint32_t)bits != 0;
    case TYPE_S8:
      return (uint32_t)(int8_t)bits;
    case TYPE_U8:
      return (uint8_t)bits;
    case TYPE_S16:
      return (uint32_t)(int16_t)bits;
    default:
      return (uint16_t)bits;
  }
}

static inline uint64_t scalar_load(const struct abi_cx *cx, struct abi_place at, enum type_kind kind) {
  return scalar_wrap(kind, place_load(cx, at, scalar_size(kind)));
}

static inline void scalar_store(const struct abi_cx *cx, struct abi_place at, enum type_kind kind, uint64_t v) {
  place_store(cx, at, scalar_size(kind), v);
}

static inline bool scalar_is_char(uint64_t v) {
  return v < 0x110000 && (v & 0xfffff800u) != 0xd800;
}

/* convert_i32_to_char */
weir_status char_check(struct abi_cx *cx, uint64_t v);

/* ---- flags, variants --------------------------------------------------------------------------------------------- */

uint32_t flags_load(const struct abi_cx *cx, struct abi_place at, const struct weir_type *t);
void flags_store(const struct abi_cx *cx, struct abi_place at, const struct weir_type *t, uint32_t bits);

/* The case number, checked. */
weir_status variant_load(struct abi_cx *cx, struct abi_place at, const struct weir_type *t, uint32_t *ret);
/* Stores the case number and zeroes the slots that the case's payload leaves unused. */
void variant_store(const struct abi_cx *cx, struct abi_place at, const struct weir_type *t, uint32_t number);

static inline struct abi_place variant_payload(const struct abi_cx *cx, struct abi_place at,
                                               const struct weir_type *t) {
  return place_at(at, 1, t->layout[cx_ptr(cx)].payload);
}

/* ---- lists and other pairs of pointer and length ----------------------------------------------------------------- */

struct abi_pair {
  uint64_t address, length;
};

struct abi_pair pair_load(const struct abi_cx *cx, struct abi_place at);
void pair_store(const struct abi_cx *cx, struct abi_place at, struct abi_pair pair);

/* load_list up to the elements: their place, checked. `t` is the list or map. */
weir_status list_source(const struct abi_pass *p, struct abi_place at, const struct weir_type *t, struct abi_pair *ret);
/* store_list_into_range up to the elements: memory for `count` of them. The caller stores the pair last. */
weir_status list_target(const struct abi_pass *p, const struct weir_type *t, uint64_t count, struct abi_pair *ret);

#endif
