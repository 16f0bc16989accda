/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Writes a component around all of them, in which they stand beside each other, as instances that call each other must.
 * First come the imports of the first component, and what takes their place (plug_import.c): another component and an
 * instance of it stand in front of the first alias of what it exports. Then come the first component itself, its
 * instance, and its exports.
 *
 * In order: exports; all of it.
 */
#include "fuse/plug.h"

#include "fuse/plug_import.h"
#include "wasm/put.h"

enum { PREAMBLE = 8, NO_TYPE = 0, HAS_TYPE = 1 };

/* ---- exports ------------------------------------------------------------------------ */

/* The type of an exported function: see plug_type.h. */
static weir_status put_ascription(struct writing *w, const struct weir_extern *item, struct text *body) {
  uint32_t type;
  if (item->kind != WEIR_EXTERN_FUNC) {
    put_byte(body, NO_TYPE);
    return WEIR_OK;
  }
  WEIR_TRY(plug_types_put(&w->parts[0].types, item->func->type, &type));
  put_byte(body, HAS_TYPE);
  plug_put_sort(body, AST_SORT_FUNC);
  put_u32(body, type);
  return WEIR_OK;
}

static weir_status put_export_of(struct writing *w, const struct weir_extern *item, enum ast_sort sort,
                                 struct text *body) {
  uint32_t index = plug_put_alias(w, sort, w->made[0], item->name.name);
  put_u32(body, 1);
  put_byte(body, 0);
  put_name(body, item->name.name);
  plug_put_sort(body, sort);
  put_u32(body, index);
  WEIR_TRY(put_ascription(w, item, body));
  plug_put_part(w->out, PART_EXPORT, body);
  index = plug_count(w, sort); /* an export is one more definition */
  plug_types_name(&w->parts[0].types, item, index);
  return WEIR_OK;
}

static weir_status put_export(struct writing *w, const struct ast_export *export) {
  const struct graph *g = w->p->inputs[0].graph;
  const struct weir_extern *item = graph_find(g->exports, g->export_count, export->name.name);
  struct text body = {0};
  if (!item)
    return diag_set(w->d, WEIR_ERR_INVALID, "an export was read differently");
  weir_status status = put_export_of(w, item, export->what.sort, &body);
  text_done(&body);
  return status;
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
