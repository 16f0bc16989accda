/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A whole core module, section by section, as typed entries. Nothing is interpreted: code and expressions stay bytes of
 * the input (a span). In each index space the imported items come first. Reading checks that everything lies in the
 * input and that sections stand in their order; reading does not validate: users of an index check it (index_map.h).
 * Work and memory are linear in the input. Origin: the core specification, binary format, modules.
 */
#ifndef WASM_SECTIONS_H
#define WASM_SECTIONS_H

#include "base/vec.h"
#include "wasm/cursor.h"
#include "wasm/opcode.h"
#include "wasm/subtype.h"
#include "wasm/valtype.h"

/* Bytes of the format, for the reader and the writer. */
enum { IMPORT_FUNC_EXACT = 0x20, TABLE_WITH_INIT = 0x40 };
enum { ELEM_NOT_ACTIVE = 1, ELEM_HAS_TABLE = 2, ELEM_DECLARED = 2, ELEM_EXPRS = 4, ELEM_FLAGS = 7 };
enum { DATA_WITH_MEMORY = 2 };

struct wasm_span { /* of the module's bytes */
  uint32_t at, size;
};

struct wasm_limits {
  uint8_t flags; /* LIMITS_* */
  uint8_t page_log2;
  uint64_t min, max; /* max with LIMITS_MAX */
};
enum { LIMITS_MAX = 1, LIMITS_SHARED = 2, LIMITS_64 = 4, LIMITS_PAGE = 8 };

/* The size of a memory's page, as the exponent of a power of two. */
static inline uint32_t limits_page_log2(const struct wasm_limits *memory) {
  return (memory->flags & LIMITS_PAGE) != 0 ? memory->page_log2 : 16;
}

/* A recursion group: types that are defined together. */
struct wasm_group {
  uint32_t first, count;
  struct wasm_span types; /* the definitions, one after another */
};

struct wasm_import {
  struct str module, name;
  uint8_t space; /* enum wasm_space, below SPACE_EXTERNS */
  bool exact;    /* a function of exactly its type */
  uint32_t index;
};

struct wasm_table {
  struct wasm_valtype type;
  struct wasm_limits limits;
  struct wasm_span init; /* size 0: null */
};

struct wasm_global {
  struct wasm_valtype type;
  uint8_t flags;         /* GLOBAL_* */
  struct wasm_span init; /* size 0: imported */
};
enum { GLOBAL_MUTABLE = 1, GLOBAL_SHARED = 2 };

struct wasm_export {
  struct str name;
  uint8_t space;
  uint32_t index;
};

enum segment_mode { SEGMENT_ACTIVE, SEGMENT_PASSIVE, SEGMENT_DECLARED };

struct wasm_elem {
  uint8_t mode; /* enum segment_mode */
  bool exprs;   /* the items are expressions; otherwise indices of functions */
  uint32_t table;
  struct wasm_span offset;  /* an expression; where active */
  struct wasm_valtype type; /* of the items */
  uint32_t count;
  struct wasm_span items;
};

struct wasm_data {
  uint8_t mode;
  uint32_t memory;
  struct wasm_span offset; /* where active */
  struct wasm_span bytes;
};

struct wasm_custom {
  struct str name;
  struct wasm_span bytes; /* behind the name */
};

struct wasm_sections {
  const uint8_t *data;
  size_t size;
  struct wasm_group *groups;
  struct wasm_import *imports;
  uint32_t *funcs; /* each function's type */
  struct wasm_table *tables;
  struct wasm_limits *memories;
  struct wasm_global *globals;
  uint32_t *tags; /* each tag's type */
  struct wasm_export *exports;
  struct wasm_elem *elems;
  struct wasm_data *datas;
  struct wasm_span *bodies; /* of the functions that are not imported: locals and code */
  VEC(struct wasm_custom) customs;
  uint32_t count[SPACE_COUNT];      /* of all items in each space */
  uint32_t imported[SPACE_EXTERNS]; /* the number of imported ones, which come first */
  uint32_t group_count, import_count, export_count;
  bool has_start, has_data_count;
  uint32_t start;
};

/* The bytes of a span; offsets in errors are those in the module. */
static inline struct cursor sections_cursor(const struct wasm_sections *s, struct wasm_span span, struct diag *d) {
  return (struct cursor){.data = s->data + span.at, .size = span.size, .base = span.at, .diag = d};
}

#endif
