/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Host values beyond weir/value.h: the type check, and how values are made. */
#ifndef ABI_VALUE_H
#define ABI_VALUE_H

#include "base/diag.h"
#include "component/types.h"
#include "weir/value.h"

/* The number in a value's tag, without what is said of its memory. */
static inline uint32_t value_tag(const weir_value *v) {
  return v->tag & ~WEIR_VALUE_LENT;
}

/* Whether it has text, items, elements or a payload, which may be somebody else's memory. */
static inline bool value_has_content(const weir_value *v) {
  return (v->kind >= WEIR_VALUE_STRING && v->kind <= WEIR_VALUE_VARIANT) || v->kind == WEIR_VALUE_BYTES ||
         v->kind == WEIR_VALUE_PACKED;
}

/* Whether it is. */
static inline bool value_lends(const weir_value *v) {
  return (v->tag & WEIR_VALUE_LENT) && value_has_content(v);
}

/*
 * Whether a value has type `t` (t == NULL: must be WEIR_VALUE_NONE): kinds, counts, case numbers, flag bits, valid
 * UTF-8 and scalar values. Resources, streams and futures are only checked for their kind; the runtime checks the rest.
 * WEIR_ERR_TYPE with a message that names the path and both sides ("argument 2, field `x`: expected u32, found
 * string").
 */
weir_status value_check(const struct weir_type *t, const weir_value *value, struct diag *d);

/* Whether lowering a value of type `t` (NULL: none) asks the guest for memory: a text or list is in it. */
bool value_needs_memory(const struct weir_type *t, const weir_value *value);

/*
 * The one allocator of memory that values own; release with free(). NULL: out of memory; `size` is not 0. Every maker
 * of values reports that as WEIR_ERR_NOMEM and leaves nothing behind.
 */
void *value_alloc(size_t size);

/*
 * A copy whose handles are those of `value`: the caller sees to it that one of the two is forgotten, not cleared, with
 * value_forget_handles(). WEIR_ERR_NOMEM leaves `*ret` empty.
 */
weir_status value_copy_with_handles(const weir_value *value, weir_value *ret);
void value_forget_handles(weir_value *value);

/*
 * Copies what a value of a good type lends (WEIR_VALUE_LENT), itself or below, so that the value needs the memory no
 * longer. `plain`: the copy lends nowhere, and has the handles of what was lent; else values below may lend from the
 * copy, and there are no handles. WEIR_ERR_NOMEM leaves parts that still lend.
 */
weir_status value_keep(weir_value *value, bool plain);

/* An integer of type `kind` (TYPE_S8 to TYPE_U64); bits beyond it do not count. */
weir_value value_integer(enum type_kind kind, uint64_t bits);

/* The word for a value's kind in messages, such as "string". */
const char *value_kind_name(weir_value_kind kind);

#endif
