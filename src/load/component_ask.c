/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Questions to a component: imports and exports, functions by name, texts, modules and instances. */
#include "base/text.h"
#include "component/version.h"
#include "load/component.h"
#include "weir/extern.h"
#include "wit/wit.h"
#include "wit/world_json.h"

/* ---- imports and exports ----------------------------------------------------------------------------------------- */

size_t weir_component_import_count(const weir_component *c) {
  return c->graph->import_count;
}

const weir_extern *weir_component_import(const weir_component *c, size_t index) {
  return index < c->graph->import_count ? &c->graph->imports[index] : NULL;
}

size_t weir_component_export_count(const weir_component *c) {
  return c->graph->export_count;
}

const weir_extern *weir_component_export(const weir_component *c, size_t index) {
  return index < c->graph->export_count ? &c->graph->exports[index] : NULL;
}

/* Exported externs side by side: those of the component itself, or of one instance. */
struct siblings {
  const struct weir_extern *items;
  uint32_t count;
};

/* Among these instances and those inside them, the one that serves `want` best takes the place of `best`. */
static void choose(struct siblings s, struct str want, struct siblings *best) {
  struct str chosen = best->count ? best->items[0].interface_name : (struct str){0};
  if (s.count && version_better(want, s.items[0].interface_name, chosen))
    *best = s;
  for (uint32_t i = 0; i < s.count; i++)
    if (s.items[i].kind == WEIR_EXTERN_INSTANCE)
      choose((struct siblings){s.items[i].items, s.items[i].item_count}, want, best);
}

const weir_func *weir_component_find_func(const weir_component *component, const char *interface_name,
                                          const char *name) {
  const struct graph *g = component->graph;
  struct siblings found = {NULL, 0};
  choose((struct siblings){g->exports, g->export_count}, interface_name ? str_from(interface_name) : STR(""), &found);
  const struct weir_extern *item = graph_find(found.items, found.count, str_from(name));
  return item ? item->func : NULL;
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

weir_status weir_component_print(const weir_component *c, char **ret_text, size_t *ret_size) {
  struct text out;
  text_init(&out);
  for (uint32_t i = 0; i < c->graph->import_count; i++)
    wit_item(&out, "import", &c->graph->imports[i], 0);
  for (uint32_t i = 0; i < c->graph->export_count; i++)
    wit_item(&out, "export", &c->graph->exports[i], 0);
  *ret_text = text_take(&out, ret_size);
  return *ret_text ? WEIR_OK : WEIR_ERR_NOMEM;
}

weir_status weir_component_json(const weir_component *c, char **ret_text, size_t *ret_size, weir_error **ret_error) {
  struct diag d;
  struct text out;
  char *text = NULL;
  diag_init(&d);
  text_init(&out);
  weir_status status = world_json(&out, c->graph, &d);
  if (status == WEIR_OK && !(text = text_take(&out, ret_size)))
    status = diag_nomem(&d);
  text_done(&out);
  if (status != WEIR_OK)
    return diag_raise(&d, ret_error);
  *ret_text = text;
  return WEIR_OK;
}

/* ---- what it is made of ------------------------------------------------------------------------------------------ */

const char *weir_component_name(const weir_component *c) {
  return c->graph->name.size ? c->graph->name.data : NULL;
}

const void *weir_component_bytes(const weir_component *c, size_t *ret_size) {
  *ret_size = c->code->size;
  return c->code->bytes;
}

size_t weir_component_part_count(const weir_component *c, weir_component_part part) {
  const struct graph *g = c->graph;
  switch (part) {
    case WEIR_PART_COMPONENT_INSTANCES:
      return g->instance_count;
    case WEIR_PART_CORE_MODULES:
      return g->module_count;
    case WEIR_PART_CORE_INSTANCES:
      return g->core_instance_count;
    case WEIR_PART_LIFTED_FUNCTIONS:
      return g->lift_count;
    case WEIR_PART_BUILTINS:
      return g->trampoline_count;
    case WEIR_PART_RESOURCE_TYPES:
      return g->resource_count;
    case WEIR_PART_HOST_FUNCTIONS:
      return g->host_func_count;
    default:
      return 0;
  }
}

static const struct graph_module *module_at(const weir_component *c, size_t index) {
  return index < c->graph->module_count ? &c->graph->modules[index] : NULL;
}

const char *weir_component_module_name(const weir_component *c, size_t index) {
  const struct graph_module *m = module_at(c, index);
  return m && m->name.size ? m->name.data : NULL;
}

size_t weir_component_module_size(const weir_component *c, size_t index) {
  const struct graph_module *m = module_at(c, index);
  return m ? m->bytes.size : 0;
}

size_t weir_component_module_import_count(const weir_component *c, size_t index) {
  const struct graph_module *m = module_at(c, index);
  return m ? m->import_count : 0;
}
