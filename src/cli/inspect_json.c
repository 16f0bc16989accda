/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The tree of imports and exports as JSON. Types are strings in WIT syntax. */
#include "cli/inspect_json.h"

#include <stdlib.h>

#include "wit/wit.h"

/* `"key": "value"` where there is a value, with a comma before it. */
static void add_member(struct text *out, const char *key, struct str value) {
  if (value.size == 0)
    return;
  text_printf(out, ", \"%s\": ", key);
  text_json_string(out, value);
}

static void add_type(struct text *out, const struct weir_extern *item) {
  struct text wit;
  text_init(&wit);
  if (item->kind == WEIR_EXTERN_FUNC)
    wit_func(&wit, item->func->type);
  else if (item->type != NULL)
    wit_type(&wit, item->type, true);
  else if (item->func_type != NULL)
    wit_func(&wit, item->func_type);
  out->failed = out->failed || wit.failed;
  add_member(out, "type", (struct str){wit.data, wit.size});
  text_done(&wit);
}

/* Instances nest only as far as the graph's limit, 100. */
static void add_items(struct text *out, const struct weir_extern *items, uint32_t count) {
  text_char(out, '[');
  for (uint32_t i = 0; i < count; i++) {
    const struct weir_extern *item = &items[i];
    text_add(out, i == 0 ? STR("{\"name\": ") : STR(", {\"name\": "));
    text_json_string(out, item->name.name);
    add_member(out, "kind", str_from(weir_extern_kind_name(item->kind)));
    add_member(out, "implements", item->name.implements);
    add_member(out, "external-id", item->name.external_id);
    add_type(out, item);
    if (item->kind == WEIR_EXTERN_FUNC)
      text_printf(out, ", \"async\": %s", item->func->type->async ? "true" : "false");
    if (item->kind == WEIR_EXTERN_INSTANCE) {
      text_add(out, STR(", \"items\": "));
      add_items(out, item->items, item->item_count);
    }
    text_char(out, '}');
  }
  text_char(out, ']');
}

static void add_modules(struct text *out, const struct graph *g) {
  text_add(out, STR(", \"core_modules\": ["));
  for (uint32_t i = 0; i < g->module_count; i++) {
    text_printf(out, "%s{\"size\": %zu, \"imports\": %u", i == 0 ? "" : ", ", g->modules[i].bytes.size,
                g->modules[i].import_count);
    add_member(out, "name", g->modules[i].name);
    text_char(out, '}');
  }
  text_char(out, ']');
}

void inspect_json(struct text *out, const char *path, size_t file_size, const struct view *view) {
  const struct graph *g = view->graph;
  text_add(out, STR("{\"file\": "));
  text_json_string(out, str_from(path));
  add_member(out, "name", view->ast->name);
  text_printf(out, ", \"size\": %zu, \"imports\": ", file_size);
  add_items(out, g->imports, g->import_count);
  text_add(out, STR(", \"exports\": "));
  add_items(out, g->exports, g->export_count);
  add_modules(out, g);
  text_printf(out, ", \"component_instances\": %u, \"core_instances\": %u", g->instance_count, g->core_instance_count);
  text_printf(out, ", \"lifted_functions\": %u, \"builtins\": %u, \"resources\": %u, \"host_functions\": %u}\n",
              g->lift_count, g->trampoline_count, g->resource_count, g->host_func_count);
}
