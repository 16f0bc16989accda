/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See plug.h: which export an import is given, by their names or by what a link says. */
#include "fuse/plug.h"

#include <string.h>

#include "component/version.h"

/* The export of a component that serves an import: of the name itself, or with `compatible` the best version. */
static const struct weir_extern *find_export(const struct plug_input *input, struct str name, bool compatible) {
  const struct weir_extern *best = NULL;
  for (uint32_t i = 0; i < input->graph->export_count; i++) {
    const struct weir_extern *export = &input->graph->exports[i];
    if (compatible ? version_better(name, export->name.name, best ? best->name.name : STR(""))
                   : str_eq(name, export->name.name))
      best = export;
  }
  return best;
}

static weir_status ambiguous(const struct plug *p, uint32_t importer, struct str name, uint32_t one, uint32_t other) {
  return diag_set(p->d, WEIR_ERR_LINK, STR_FMT " imports `" STR_FMT "`, which both " STR_FMT " and " STR_FMT " export",
                  STR_ARG(p->inputs[importer].name), STR_ARG(name), STR_ARG(p->inputs[one].name),
                  STR_ARG(p->inputs[other].name));
}

static weir_status find_provider(const struct plug *p, uint32_t importer, struct str name, bool compatible,
                                 struct plug_wire *ret) {
  for (uint32_t i = 0; i < p->count; i++) {
    const struct weir_extern *export = i == importer ? NULL : find_export(&p->inputs[i], name, compatible);
    if (export && ret->provider != GRAPH_NONE)
      return ambiguous(p, importer, name, ret->provider, i);
    if (export)
      *ret = (struct plug_wire){i, export};
  }
  return WEIR_OK;
}

/* Types by themselves are linked for the first component only: in the result its types must keep their places. */
static bool can_link(const struct weir_extern *import, const struct weir_extern *export, uint32_t importer) {
  if (import->kind != export->kind)
    return false;
  bool type = import->kind == WEIR_EXTERN_TYPE || import->kind == WEIR_EXTERN_RESOURCE;
  return import->kind == WEIR_EXTERN_INSTANCE || import->kind == WEIR_EXTERN_FUNC || (type && importer == 0);
}

static weir_status wire(const struct plug *p, uint32_t importer, const struct weir_extern *import,
                        struct plug_wire *ret) {
  if (ret->provider == GRAPH_NONE) /* no link has said it */
    WEIR_TRY(find_provider(p, importer, import->name.name, false, ret));
  if (ret->provider == GRAPH_NONE)
    WEIR_TRY(find_provider(p, importer, import->name.name, true, ret));
  if (ret->provider == GRAPH_NONE)
    return WEIR_OK;
  if (can_link(import, ret->export, importer))
    return WEIR_OK;
  return diag_set(
      p->d, WEIR_ERR_LINK, STR_FMT " imports `" STR_FMT "`, which is another thing than " STR_FMT " exports",
      STR_ARG(p->inputs[importer].name), STR_ARG(import->name.name), STR_ARG(p->inputs[ret->provider].name));
}

/* ---- links ------------------------------------------------------------------------------------------------------- */

/* "lib.my:own/ops@2.0.0" -> the component `lib`, and the name behind it. The longest name that fits is meant. */
static weir_status read_side(const struct plug *p, struct str side, uint32_t *ret_input, struct str *ret_name) {
  *ret_input = GRAPH_NONE;
  for (uint32_t i = 0; i < p->count; i++) {
    struct str stem = p->inputs[i].stem;
    bool fits = str_starts_with(side, stem) && side.size > stem.size && side.data[stem.size] == '.';
    if (!fits || (*ret_input != GRAPH_NONE && p->inputs[*ret_input].stem.size >= stem.size))
      continue;
    *ret_input = i;
    *ret_name = (struct str){side.data + stem.size + 1, side.size - stem.size - 1};
  }
  if (*ret_input != GRAPH_NONE)
    return WEIR_OK;
  return diag_set(p->d, WEIR_ERR_NOT_FOUND, "the link `" STR_FMT "` names no component", STR_ARG(side));
}

static weir_status find_items(struct plug *p, struct str left, struct str right) {
  uint32_t importer, provider;
  struct str import, export;
  WEIR_TRY(read_side(p, left, &importer, &import));
  WEIR_TRY(read_side(p, right, &provider, &export));
  const struct graph *from = p->inputs[importer].graph, *to = p->inputs[provider].graph;
  const struct weir_extern *found = graph_find(from->imports, from->import_count, import);
  const struct weir_extern *given = graph_find(to->exports, to->export_count, export);
  if (!found)
    return diag_set(p->d, WEIR_ERR_NOT_FOUND, STR_FMT " imports no `" STR_FMT "`", STR_ARG(p->inputs[importer].name),
                    STR_ARG(import));
  if (!given)
    return diag_set(p->d, WEIR_ERR_NOT_FOUND, STR_FMT " exports no `" STR_FMT "`", STR_ARG(p->inputs[provider].name),
                    STR_ARG(export));
  p->wires[importer][found - from->imports] = (struct plug_wire){provider, given};
  return WEIR_OK;
}

static weir_status read_links(struct plug *p) {
  for (size_t i = 0; i < p->link_count; i++) {
    const char *link = p->links[i], *equals = strchr(link, '=');
    if (!equals)
      return diag_set(p->d, WEIR_ERR_NOT_FOUND, "the link `%s` has no `=`", link);
    WEIR_TRY(find_items(p, (struct str){link, (size_t)(equals - link)}, str_from(equals + 1)));
  }
  return WEIR_OK;
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

static weir_status make_wires(struct plug *p) {
  p->wires = ARENA_ARRAY(p->arena, struct plug_wire *, p->count);
  if (!p->wires)
    return diag_nomem(p->d);
  for (uint32_t i = 0; i < p->count; i++) {
    uint32_t count = p->inputs[i].graph->import_count;
    p->wires[i] = ARENA_ARRAY(p->arena, struct plug_wire, count);
    if (!p->wires[i])
      return diag_nomem(p->d);
    for (uint32_t k = 0; k < count; k++)
      p->wires[i][k].provider = GRAPH_NONE;
  }
  return WEIR_OK;
}

weir_status plug_wires(struct plug *p) {
  WEIR_TRY(make_wires(p));
  WEIR_TRY(read_links(p));
  for (uint32_t i = 0; i < p->count; i++) {
    const struct graph *g = p->inputs[i].graph;
    for (uint32_t k = 0; k < g->import_count; k++)
      WEIR_TRY(wire(p, i, &g->imports[k], &p->wires[i][k]));
  }
  return WEIR_OK;
}
