/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See component.h. */
#include "load/component.h"

#include "base/mem.h"
#include "base/text.h"
#include "component/version.h"
#include "wit/wit.h"

/* ---- making and holding ------------------------------------------------------------------------------------------- */

/* Takes over the hold of `take_code`, also where it fails. */
static weir_status component_wrap(weir_code *take_code, weir_component **ret, struct diag *d) {
  weir_component *c = mem_zalloc(&take_code->engine->alloc, sizeof *c);
  if (!c) {
    weir_code_free(take_code);
    return diag_nomem(d);
  }
  atomic_init(&c->holders, 1);
  c->engine = take_code->engine;
  c->code = take_code;
  c->graph = take_code->graph;
  c->modules = take_code->modules;
  c->signatures = take_code->signatures;
  *ret = c;
  return WEIR_OK;
}

weir_status component_from_code(weir_engine *engine, const weir_code *code, weir_component **ret, struct diag *d) {
  if (code->engine != engine)
    return diag_set(d, WEIR_ERR_MISUSE,
                    "the code was compiled by another engine: wrap it with that one, or compile the component again");
  return component_wrap(weir_code_ref(code), ret, d);
}

weir_status weir_component_new(weir_engine *engine, const void *bytes, size_t size, weir_component **ret,
                               weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_code *code = NULL;
  weir_status status = code_compile(engine, bytes, size, &code, &d);
  if (status == WEIR_OK)
    status = component_wrap(code, ret, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}

weir_code *weir_component_code(const weir_component *c) {
  return weir_code_ref(c->code);
}

weir_status weir_component_from_code(weir_engine *engine, const weir_code *code, weir_component **ret,
                                     weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = component_from_code(engine, code, ret, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}

const weir_component *component_ref(const weir_component *c) {
  atomic_fetch_add_explicit(&((weir_component *)c)->holders, 1, memory_order_relaxed);
  return c;
}

void weir_component_free(weir_component *c) {
  if (!c || atomic_fetch_sub_explicit(&c->holders, 1, memory_order_acq_rel) != 1)
    return;
  weir_code *code = c->code;
  mem_free(&c->engine->alloc, c, sizeof *c);
  weir_code_free(code);
}

/* ---- asking ------------------------------------------------------------------------------------------------------------- */

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

/* The instance that serves `want` best, of these and what is in them, takes the place of `best`. */
static void choose(struct siblings s, struct str want, struct siblings *best) {
  struct str chosen = best->count ? best->items[0].interface_name : (struct str){0};
  if (s.count && version_better(want, s.items[0].interface_name, chosen))
    *best = s;
  for (uint32_t i = 0; i < s.count; i++)
    if (s.items[i].kind == WEIR_EXTERN_INSTANCE)
      choose((struct siblings){s.items[i].items, s.items[i].item_count}, want, best);
}

const weir_func *weir_component_func(const weir_component *component, const char *interface_name, const char *name) {
  const struct graph *g = component->graph;
  struct siblings found = {NULL, 0};
  choose((struct siblings){g->exports, g->export_count}, interface_name ? str_from(interface_name) : STR(""), &found);
  const struct weir_extern *item = graph_find(found.items, found.count, str_from(name));
  return item ? item->func : NULL;
}

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
