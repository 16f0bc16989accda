/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Writes a component around all of them, in which they stand beside each other, as instances that call each other must.
 * First come imports, and what takes the place of imports (plug_import.c): another component and its instance stand in
 * front of the first alias of what that exports. Then come the first component itself, its instance, and its exports.
 *
 * In order: exports; all of it.
 */
#include "fuse/plug.h"

#include "fuse/plug_import.h"
#include "wasm/put.h"

enum { PREAMBLE = 8 };

/* ---- exports ----------------------------------------------------------------------------------------------------- */

static weir_status put_export(struct writing *w, const struct ast_export *export) {
  const struct graph *g = w->p->inputs[0].graph;
  const struct weir_extern *item = graph_find(g->exports, g->export_count, export->name.name);
  enum ast_sort sort = export->what.sort;
  uint32_t type = 0;
  if (!item)
    return diag_set(w->d, WEIR_ERR_INVALID, "an export was read differently");
  uint32_t index = plug_put_alias(w, sort, w->made[0], item->name.name);
  if (item->kind == WEIR_EXTERN_FUNC) /* see plug_type.h */
    WEIR_TRY(plug_types_put(&w->parts[0].types, item->func->type, &type));
  part_put_export(w->out, item->name.name, sort, index, type);
  plug_types_name(&w->parts[0].types, item, plug_count(w, sort)); /* an export is one more definition */
  return WEIR_OK;
}

static weir_status put_exports(struct writing *w) {
  w->parts[0].types.name = NULL; /* exports name exports, and imports by themselves */
  const struct ast_component *first = w->p->inputs[0].ast;
  for (uint32_t i = 0; i < first->def_count; i++)
    if (first->defs[i].kind == AST_DEF_EXPORT)
      WEIR_TRY(put_export(w, first->defs[i].of.export));
  return WEIR_OK;
}

static weir_status check_unused(const struct writing *w) {
  for (uint32_t i = 1; i < w->p->count; i++)
    if (w->states[i] == NOT_MADE)
      return diag_set(w->d, WEIR_ERR_LINK, "nobody needs " STR_FMT ": nothing that it exports is imported",
                      STR_ARG(w->p->inputs[i].name));
  return WEIR_OK;
}

/* The first component's instance is made last: all that it needs comes before. */
weir_status plug_write(struct plug *p, struct text *out) {
  struct writing w = {.p = p, .out = out, .d = p->d};
  WEIR_TRY(plug_parts_init(&w));
  text_add(out, (struct str){p->inputs[0].bytes.data, PREAMBLE});
  WEIR_TRY(plug_make_instance(&w, 0));
  WEIR_TRY(check_unused(&w));
  WEIR_TRY(put_exports(&w));
  return out->failed ? diag_nomem(p->d) : WEIR_OK;
}
