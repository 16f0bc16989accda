/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Value types and heap types of core modules, shared, exact and packed ones included, read and written. The format has
 * two ways to write a nullable reference to an abstract heap type: both read to the same value, and the writer takes
 * the short one. Origin: the core specification, binary format, types.
 */
#ifndef WASM_VALTYPE_H
#define WASM_VALTYPE_H

#include "base/text.h"
#include "wasm/cursor.h"
#include "wasm/index_map.h"

enum {
  VALTYPE_I32 = 0x7f,
  VALTYPE_I64 = 0x7e,
  VALTYPE_F32 = 0x7d,
  VALTYPE_F64 = 0x7c,
  VALTYPE_V128 = 0x7b,
  VALTYPE_I8 = 0x78,  /* in fields only */
  VALTYPE_I16 = 0x77, /* in fields only */
  VALTYPE_REF = 0x64,
  VALTYPE_REF_NULL = 0x63
};

enum { PREFIX_SHARED = 0x65, PREFIX_EXACT = 0x62 }; /* of heap types; the first one of definitions too */

enum {
  HEAP_TYPE = 0, /* not in the format: the type `index` of the module */
  HEAP_NOCONT = 0x75,
  HEAP_NOEXN = 0x74,
  HEAP_NOFUNC = 0x73,
  HEAP_NOEXTERN = 0x72,
  HEAP_NONE = 0x71,
  HEAP_FUNC = 0x70,
  HEAP_EXTERN = 0x6f,
  HEAP_ANY = 0x6e,
  HEAP_EQ = 0x6d,
  HEAP_I31 = 0x6c,
  HEAP_STRUCT = 0x6b,
  HEAP_ARRAY = 0x6a,
  HEAP_EXN = 0x69,
  HEAP_CONT = 0x68
};

struct wasm_heaptype {
  uint8_t code;       /* HEAP_* */
  bool shared, exact; /* exact with HEAP_TYPE only */
  uint32_t index;     /* with HEAP_TYPE */
};

struct wasm_valtype {
  uint8_t code;              /* VALTYPE_* */
  struct wasm_heaptype heap; /* with VALTYPE_REF and VALTYPE_REF_NULL */
};

static inline bool valtype_is_ref(const struct wasm_valtype *t) {
  return t->code == VALTYPE_REF || t->code == VALTYPE_REF_NULL;
}

/* Whether the heap type is a type of the module. */
static inline bool valtype_has_index(const struct wasm_valtype *t) {
  return valtype_is_ref(t) && t->heap.code == HEAP_TYPE;
}

weir_status heaptype_read(struct cursor *c, struct wasm_heaptype *ret);
weir_status valtype_read(struct cursor *c, struct wasm_valtype *ret);
/* A reference type alone; a value type, or i8 or i16. */
weir_status valtype_read_ref(struct cursor *c, struct wasm_valtype *ret);
weir_status valtype_read_storage(struct cursor *c, struct wasm_valtype *ret);

void heaptype_put(struct text *t, const struct wasm_heaptype *type);
void valtype_put(struct text *t, const struct wasm_valtype *type);

/* The type under other numbers; `at` is its offset in the input. WEIR_ERR_MALFORMED. */
weir_status heaptype_map(struct wasm_heaptype *type, const struct index_maps *maps, size_t at, struct diag *d);
weir_status valtype_map(struct wasm_valtype *type, const struct index_maps *maps, size_t at, struct diag *d);

bool heaptype_equal(const struct wasm_heaptype *a, const struct wasm_heaptype *b);
bool valtype_equal(const struct wasm_valtype *a, const struct wasm_valtype *b);

#endif
