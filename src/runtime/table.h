/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Handle tables: CanonicalABI.md#table-state. Index 0 is never valid, freed indices are used again last first, at most
 * 2^28-1 entries. Entries move when the table grows: never keep a pointer over an addition.
 */
#ifndef RUNTIME_TABLE_H
#define RUNTIME_TABLE_H

#include "runtime/state.h"

void rt_table_done(struct rt_table *t, const struct weir_alloc *a);

/* Takes the next index; *ret points to the entry, whose kind the caller sets. Traps at the limit. */
weir_status rt_table_add(struct rt_store *s, struct rt_table *t, enum rt_handle_kind kind, struct rt_handle **ret,
                         uint32_t *ret_index);

/* Adds an object that is not a resource. */
weir_status rt_table_add_object(struct rt_store *s, struct rt_table *t, enum rt_handle_kind kind, void *object,
                                uint32_t *ret_index);

/* The trap for an index that is unknown, or of another kind than `kind`. */
weir_status rt_table_trap(struct rt_store *s, const struct rt_table *t, uint32_t index, enum rt_handle_kind kind);

/* The entry of an index, whatever its kind; traps "unknown handle index". Inline, since each built-in looks one up. */
static inline weir_status rt_table_get(struct rt_store *s, struct rt_table *t, uint32_t index, struct rt_handle **ret) {
  if (index >= t->count || t->entries[index].kind == RT_FREE) {
    *ret = NULL; /* the compiler does not see that a trap is never WEIR_OK */
    return rt_table_trap(s, t, index, RT_FREE);
  }
  *ret = &t->entries[index];
  return WEIR_OK;
}

/* The object of an entry of that kind; traps where the index is unknown or of another kind. */
static inline weir_status rt_table_object(struct rt_store *s, struct rt_table *t, uint32_t index,
                                          enum rt_handle_kind kind, void **ret) {
  if (index >= t->count || t->entries[index].kind != kind) {
    *ret = NULL;
    return rt_table_trap(s, t, index, kind);
  }
  *ret = t->entries[index].of.object;
  return WEIR_OK;
}

/* Frees an index that is in use. */
void rt_table_remove(struct rt_table *t, uint32_t index);

/* The word for a kind in messages. */
const char *rt_handle_kind_name(enum rt_handle_kind kind);

#endif
