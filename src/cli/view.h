/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A component taken apart for showing: decoded and linked, but not compiled. The bytes must outlive the view.
 */
#ifndef CLI_VIEW_H
#define CLI_VIEW_H

#include "base/text.h"
#include "component/graph.h"

struct view {
  struct arena arena;
  const struct ast_component *ast;
  struct graph *graph; /* NULL where only view_open_shallow() was asked for */
};

/* Decodes and links. On failure the view is closed and the diag set. */
weir_status view_open(struct view *view, const uint8_t *bytes, size_t size, struct diag *d);
/* Decodes only: enough for the names of exports. */
weir_status view_open_shallow(struct view *view, const uint8_t *bytes, size_t size, struct diag *d);
void view_close(struct view *view);

/* The name of an exported instance that begins with `prefix`, or "". */
struct str view_find_instance(const struct view *view, struct str prefix);

/* All functions that can be called, one a line, as `indent` "interface#name: func(...)". */
void view_list_functions(const struct view *view, const char *indent, struct text *out);

#endif
