/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Shared by the files that read sections (sections.h): helpers, and a reader for each section. */
#ifndef WASM_SECTIONS_PARTS_H
#define WASM_SECTIONS_PARTS_H

#include "base/arena.h"
#include "wasm/sections.h"

struct sections_reader {
  struct arena *arena;
  struct wasm_sections *s;
};

/*
 * The number of entries that follow. Each takes `least` bytes or more, so a count that the section cannot hold is
 * refused.
 */
weir_status read_count(struct cursor *c, uint32_t least, uint32_t *ret);

/* The bytes from `at` (a position of the cursor) to here. */
struct wasm_span span_since(const struct cursor *c, size_t at);

/* An array of `have + more` entries with the first `have` of `old` in it. NULL: out of memory. */
void *array_extend(struct arena *arena, const void *old, uint32_t have, uint32_t more, size_t size);

weir_status read_limits(struct cursor *c, struct wasm_limits *ret);
weir_status read_global_type(struct cursor *c, struct wasm_global *ret);
weir_status read_tag_type(struct cursor *c, uint32_t *ret);
weir_status read_expr(struct cursor *c, struct wasm_span *ret);

weir_status read_types(struct sections_reader *r, struct cursor *c);
weir_status read_imports(struct sections_reader *r, struct cursor *c);
weir_status read_funcs(struct sections_reader *r, struct cursor *c);
weir_status read_tables(struct sections_reader *r, struct cursor *c);
weir_status read_memories(struct sections_reader *r, struct cursor *c);
weir_status read_tags(struct sections_reader *r, struct cursor *c);
weir_status read_globals(struct sections_reader *r, struct cursor *c);
weir_status read_exports(struct sections_reader *r, struct cursor *c);
weir_status read_start(struct sections_reader *r, struct cursor *c);
weir_status read_elems(struct sections_reader *r, struct cursor *c);
weir_status read_data_count(struct sections_reader *r, struct cursor *c);
weir_status read_code(struct sections_reader *r, struct cursor *c);
weir_status read_datas(struct sections_reader *r, struct cursor *c);

#endif
