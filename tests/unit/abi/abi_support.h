/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A guest for the translator's tests: a memory on the heap in its exact size, a realloc that logs its calls, always
 * moves, and moves the whole memory too (so that a base kept across it is found by ASan), and a table of handles.
 */
#ifndef TEST_ABI_SUPPORT_H
#define TEST_ABI_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi/abi.h"
#include "abi/value.h"
#include "base/handle.h"
#include "base/mem.h"

struct realloc_call {
  uint64_t old, old_size;
  uint32_t align;
  uint64_t size;
};

enum { GUEST_CALLS = 16, GUEST_HEAP = 64, GUEST_HANDLES = 16 };

struct guest {
  struct abi_cx cx; /* first: ops get back to the guest by it */
  struct diag diag;
  uint64_t next;
  struct realloc_call calls[GUEST_CALLS];
  size_t call_count;
  bool forced; /* realloc returns this */
  uint64_t forced_address;
  weir_status realloc_status, handle_status;
  union abi_handle handles[GUEST_HANDLES]; /* by index */
  uint32_t handle_count;
};

/* Moves the memory to a new place of `size` bytes. */
static inline void guest_move(struct guest *g, size_t size) {
  uint8_t *base = calloc(1, size == 0 ? 1 : size);
  assert_non_null(base);
  if (g->cx.base)
    memcpy(base, g->cx.base, size < g->cx.size ? size : g->cx.size);
  free(g->cx.base);
  g->cx.base = base;
  g->cx.size = size;
}

static inline weir_status guest_reallocate(struct abi_cx *cx, uint64_t old, uint64_t old_size, uint32_t align,
                                           uint64_t size, uint64_t *ret) {
  struct guest *g = (struct guest *)cx;
  if (g->call_count < GUEST_CALLS)
    g->calls[g->call_count] = (struct realloc_call){old, old_size, align, size};
  g->call_count++;
  if (g->realloc_status != WEIR_OK)
    return g->realloc_status;
  if (g->forced) {
    *ret = g->forced_address;
    return WEIR_OK;
  }
  *ret = g->next;
  g->next += (size + 7) & ~UINT64_C(7);
  guest_move(g, g->next > cx->size ? g->next + 64 : cx->size);
  uint64_t kept = old_size < size ? old_size : size;
  if (kept != 0)
    memmove(cx->base + *ret, cx->base + old, kept);
  return WEIR_OK;
}

static inline weir_status guest_lift_handle(struct abi_cx *cx, const struct weir_type *t, uint32_t index,
                                            union abi_handle *ret) {
  struct guest *g = (struct guest *)cx;
  (void)t;
  if (index == 0 || index > g->handle_count)
    return abi_trap(cx, "unknown handle index");
  *ret = g->handles[index - 1];
  return WEIR_OK;
}

static inline weir_status guest_lower_handle(struct abi_cx *cx, const struct weir_type *t, union abi_handle handle,
                                             uint32_t *ret) {
  struct guest *g = (struct guest *)cx;
  (void)t;
  if (g->handle_status != WEIR_OK)
    return g->handle_status;
  assert_true(g->handle_count < GUEST_HANDLES);
  g->handles[g->handle_count++] = handle;
  *ret = g->handle_count;
  return WEIR_OK;
}

/* A host's handle: counts how often it was let go. */
struct host_handle {
  struct handled base;
  int drops;
  struct handle_cell cells[2];
};

static inline void host_handle_drop(void *self) {
  ((struct host_handle *)self)->drops++;
}

static const struct handle_ops host_handle_ops = {.end = host_handle_drop};

static inline void *host_handle_good(struct host_handle *h, enum handle_kind kind) {
  struct handle_cell *cell = &h->cells[kind == HANDLE_END];
  cell->object = &h->base;
  cell->good = (uintptr_t)cell | kind;
  return (void *)cell->good;
}

static inline weir_status guest_handle_to_value(struct abi_cx *cx, const struct weir_type *t, union abi_handle handle,
                                                weir_value *ret) {
  (void)cx;
  *ret = (weir_value){.kind = t->kind == TYPE_STREAM   ? WEIR_VALUE_STREAM
                              : t->kind == TYPE_FUTURE ? WEIR_VALUE_FUTURE
                              : t->kind == TYPE_OWN    ? WEIR_VALUE_RESOURCE
                              : t->kind == TYPE_BORROW ? WEIR_VALUE_RESOURCE
                                                       : WEIR_VALUE_ERROR_CONTEXT};
  ret->of.resource = handle.shared;
  return WEIR_OK;
}

static inline weir_status guest_handle_from_value(struct abi_cx *cx, const struct weir_type *t, weir_value *value,
                                                  union abi_handle *ret) {
  (void)cx;
  ret->shared = value->of.resource;
  if (t->kind != TYPE_BORROW)
    *value = (weir_value){.kind = WEIR_VALUE_NONE};
  return WEIR_OK;
}

static const struct abi_ops guest_ops = {guest_reallocate, guest_lift_handle, guest_lower_handle, guest_handle_to_value,
                                         guest_handle_from_value};

static inline void guest_init(struct guest *g, enum ast_encoding encoding, bool memory64, size_t size) {
  *g = (struct guest){.next = GUEST_HEAP};
  diag_init(&g->diag);
  g->cx = (struct abi_cx){
      .ops = &guest_ops, .has_realloc = true, .memory64 = memory64, .encoding = encoding, .diag = &g->diag};
  guest_move(g, size);
}

static inline void guest_done(struct guest *g) {
  free(g->cx.base);
  diag_done(&g->diag);
}

static inline void assert_message(const struct diag *d, weir_status status, const char *words) {
  if (d->status != status || !strstr(diag_message(d), words))
    fail_msg("status %d, '%s' instead of '%s'", d->status, diag_message(d), words);
}

/* `status` is a trap whose words contain `words`. */
static inline void assert_trap(struct guest *g, weir_status status, const char *words) {
  assert_int_equal(status, WEIR_ERR_TRAP);
  assert_message(&g->diag, WEIR_ERR_TRAP, words);
  diag_done(&g->diag);
}

/* ---- types ------------------------------------------------------------------------------------------------------- */

struct types {
  struct arena arena;
  struct type_table *table;
  struct diag diag;
};

static inline void types_init(struct types *t) {
  arena_init(&t->arena, &mem_system);
  diag_init(&t->diag);
  t->table = type_table_new(&t->arena);
  assert_non_null(t->table);
}

static inline void types_done(struct types *t) {
  arena_done(&t->arena);
  diag_done(&t->diag);
}

static inline const struct weir_type *prim(struct types *t, enum type_kind kind) {
  return type_primitive(t->table, kind, &t->diag);
}

static inline const struct weir_type *list_of(struct types *t, const struct weir_type *elem) {
  return type_list(t->table, elem, &t->diag);
}

/* A compound type of up to 32 parts with labels "a", "b" ...; labels are left out of tuples. */
static inline const struct weir_type *compound(struct types *t, enum type_kind kind, uint32_t count,
                                               const struct weir_type *const *parts) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEF";
  struct type_field fields[32];
  assert_true(count <= 32);
  for (uint32_t i = 0; i < count; i++) {
    struct str label = {letters + i, kind == TYPE_TUPLE ? 0 : 1};
    fields[i] = (struct type_field){.label = label, .type = parts ? parts[i] : NULL};
  }
  const struct weir_type *made = type_fields(t->table, kind, fields, count, &t->diag);
  if (!made)
    fail_msg("%s", diag_message(&t->diag));
  return made;
}

#define PARTS(...)                    \
  (const struct weir_type *const[]) { \
    __VA_ARGS__                       \
  }

/* A tuple of `count` times one type. */
static inline const struct weir_type *repeated(struct types *t, const struct weir_type *part, uint32_t count) {
  const struct weir_type *parts[32];
  assert_true(count <= 32);
  for (uint32_t i = 0; i < count; i++)
    parts[i] = part;
  return compound(t, TYPE_TUPLE, count, parts);
}

static inline struct abi_place in_memory(uint64_t address) {
  return (struct abi_place){NULL, address};
}

static inline struct abi_place in_flat(union eng_val *vals) {
  return (struct abi_place){vals, 0};
}

static inline void put32(struct guest *g, uint64_t address, uint32_t v) {
  assert_true(address + 4 <= g->cx.size);
  memcpy(g->cx.base + address, &v, 4);
}

static inline uint32_t get32(const struct guest *g, uint64_t address) {
  uint32_t v;
  assert_true(address + 4 <= g->cx.size);
  memcpy(&v, g->cx.base + address, 4);
  return v;
}

#endif
