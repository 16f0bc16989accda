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

/* The exported interface that a name stands for; no data: there is none. Functions of one follow each other. */
static struct str interface_meant(const weir_code *c, struct str name) {
  struct str best = {0};
  for (uint32_t i = 0; i < c->func_count; i++)
    if (version_better(name, c->funcs[i].interface_name, best))
      best = c->funcs[i].interface_name;
  return best;
}

const weir_func *weir_component_func(const weir_component *component, const char *interface_name, const char *name) {
  const weir_code *c = component->code;
  struct str in = interface_meant(c, interface_name ? str_from(interface_name) : STR(""));
  struct str want = str_from(name);
  for (uint32_t i = 0; in.data && i < c->func_count; i++)
    if (str_eq(c->funcs[i].interface_name, in) && str_eq(c->funcs[i].name, want))
      return &c->funcs[i];
  return NULL;
}

size_t weir_func_param_count(const weir_func *func) {
  return func->type->params->field_count;
}

const weir_type *weir_func_param_type(const weir_func *func, size_t index) {
  const weir_type *params = func->type->params;
  return index < params->field_count ? params->fields[index].type : NULL;
}

const char *weir_func_param_name(const weir_func *func, size_t index) {
  const weir_type *params = func->type->params;
  return index < params->field_count ? params->fields[index].label.data : NULL;
}

const weir_type *weir_func_result_type(const weir_func *func) {
  return func->type->result;
}

bool weir_func_is_async(const weir_func *func) {
  return func->type->async;
}

weir_status weir_component_print(const weir_component *c, char **ret_text) {
  struct text out;
  text_init(&out);
  for (uint32_t i = 0; i < c->graph->import_count; i++)
    wit_item(&out, "import", &c->graph->imports[i], 0);
  for (uint32_t i = 0; i < c->graph->export_count; i++)
    wit_item(&out, "export", &c->graph->exports[i], 0);
  *ret_text = text_take(&out, NULL);
  return *ret_text ? WEIR_OK : WEIR_ERR_NOMEM;
}
