/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Looking into a component through src/component, for `weir inspect` and for messages that list what there is. */
#include "cli/view.h"

#include "base/mem.h"
#include "wit/wit.h"

weir_status view_open_shallow(struct view *view, const uint8_t *bytes, size_t size, struct diag *d) {
  arena_init(&view->arena, &mem_system);
  view->graph = NULL;
  weir_status status = ast_decode(&view->arena, bytes, size, &view->ast, d);
  if (status != WEIR_OK)
    view_close(view);
  return status;
}

weir_status view_open(struct view *view, const uint8_t *bytes, size_t size, struct diag *d) {
  WEIR_TRY(view_open_shallow(view, bytes, size, d));
  weir_status status = graph_link(&view->arena, view->ast, &view->graph, d);
  if (status != WEIR_OK)
    view_close(view);
  return status;
}

void view_close(struct view *view) {
  arena_done(&view->arena);
  view->ast = NULL;
  view->graph = NULL;
}

struct str view_find_instance(const struct view *view, struct str prefix) {
  for (uint32_t i = 0; i < view->ast->def_count; i++) {
    const struct ast_def *def = &view->ast->defs[i];
    if (def->kind != AST_DEF_EXPORT || def->of.export->what.sort != AST_SORT_INSTANCE)
      continue;
    if (str_starts_with(def->of.export->name.name, prefix))
      return def->of.export->name.name;
  }
  return (struct str){"", 0};
}

static void list_function(const struct weir_extern *item, struct str interface_name, const char *indent,
                          struct text *out) {
  if (item->kind != WEIR_EXTERN_FUNC)
    return;
  text_add(out, str_from(indent));
  if (interface_name.size > 0)
    text_printf(out, STR_FMT "#", STR_ARG(interface_name));
  text_printf(out, STR_FMT ": ", STR_ARG(item->name.name));
  wit_func(out, item->func->type);
  text_char(out, '\n');
}

void view_list_functions(const struct view *view, const char *indent, struct text *out) {
  const struct graph *g = view->graph;
  for (uint32_t i = 0; g != NULL && i < g->export_count; i++) {
    const struct weir_extern *item = &g->exports[i];
    list_function(item, (struct str){"", 0}, indent, out);
    for (uint32_t k = 0; item->kind == WEIR_EXTERN_INSTANCE && k < item->item_count; k++)
      list_function(&item->items[k], item->name.name, indent, out);
  }
}
