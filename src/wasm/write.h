/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Writes the entries that sections.h reads, each by its own function, under other numbers (index_map.h). So a writer of
 * modules decides about the place of each entry. WEIR_ERR_MALFORMED: an index that its module does not have. Want of
 * memory is sticky in the text.
 */
#ifndef WASM_WRITE_H
#define WASM_WRITE_H

#include "wasm/sections.h"

/* The source of entries, and their new numbers. */
struct writer {
  const struct wasm_sections *s;
  const struct index_maps *maps;
  struct diag *d;
};

void write_preamble(struct text *out);
/* A recursion group. */
weir_status write_group(const struct writer *w, const struct wasm_group *group, struct text *out);
/* The type of an import behind its names. */
weir_status write_import_type(const struct writer *w, const struct wasm_import *import, struct text *out);
/* `init`: the initial value as an expression with its end; size 0: null. */
weir_status write_table(const struct writer *w, const struct wasm_table *table, struct str init, struct text *out);
void write_limits(const struct wasm_limits *limits, struct text *out);
weir_status write_tag(const struct writer *w, uint32_t type, struct text *out);
weir_status write_global(const struct writer *w, const struct wasm_global *global, struct text *out);
/* `mode` stands in place of the entry's: an active entry can be written passive. */
weir_status write_elem(const struct writer *w, const struct wasm_elem *elem, enum segment_mode mode, struct text *out);
weir_status write_data(const struct writer *w, const struct wasm_data *data, enum segment_mode mode, struct text *out);

#endif
