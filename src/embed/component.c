/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See component.h: bytes -> validate -> decode -> link -> compile. */
#include "embed/component.h"

#include <string.h>

#include "base/mem.h"
#include "component/wit.h"

/* ---- making ------------------------------------------------------------------------------------------------------ */

static bool is_text(const uint8_t *bytes, size_t size) {
  return size > 0 && bytes[0] != 0 && ast_layer(bytes, size) == AST_LAYER_OTHER;
}

static weir_status take_bytes(weir_component *c, const uint8_t *bytes, size_t size, struct diag *d) {
  uint8_t *converted = NULL;
  if (is_text(bytes, size)) {
    WEIR_TRY(eng_text_to_binary(bytes, size, &converted, &c->size, d));
    bytes = converted;
  } else {
    c->size = size;
  }
  uint8_t *copy = arena_alloc(&c->arena, c->size ? c->size : 1);
  if (copy && c->size)
    memcpy(copy, bytes, c->size);
  if (converted)
    eng_bytes_free(converted, c->size);
  c->bytes = copy;
  return copy ? WEIR_OK : diag_nomem(d);
}

static weir_status check_layer(const weir_component *c, struct diag *d) {
  if (c->size == 0)
    return diag_set(d, WEIR_ERR_MALFORMED, "empty input: not a component");
  if (ast_layer(c->bytes, c->size) == AST_LAYER_CORE_MODULE)
    return diag_set(d, WEIR_ERR_MALFORMED,
                    "this is a core module, not a component; make one of it with `wasm-tools component new`");
  return WEIR_OK;
}

static weir_status compile_modules(weir_component *c, struct diag *d) {
  const struct graph *g = c->graph;
  c->modules = ARENA_ARRAY(&c->arena, struct eng_module *, g->module_count);
  if (!c->modules)
    return diag_nomem(d);
  for (uint32_t i = 0; i < g->module_count; i++) {
    const struct str *bytes = &g->modules[i].bytes;
    WEIR_TRY(eng_module_compile(c->engine->eng, (const uint8_t *)bytes->data, bytes->size, &c->modules[i], d));
    if (eng_module_import_count(c->modules[i]) != g->modules[i].import_count)
      return diag_set(d, WEIR_ERR_INVALID, "core module %u: its imports were read differently", i);
  }
  return WEIR_OK;
}

static bool same_signature(const struct core_signature *a, const struct core_signature *b) {
  return a->param_count == b->param_count && a->result_count == b->result_count &&
         memcmp(a->params, b->params, a->param_count) == 0 && memcmp(a->results, b->results, a->result_count) == 0;
}

static uint32_t find_same(const struct graph *g, uint32_t index) {
  for (uint32_t i = 0; i < index; i++)
    if (same_signature(&g->trampolines[i].signature, &g->trampolines[index].signature))
      return i;
  return index;
}

static weir_status make_signatures(weir_component *c, struct diag *d) {
  const struct graph *g = c->graph;
  c->signatures = ARENA_ARRAY(&c->arena, struct eng_signature *, g->trampoline_count);
  c->made = ARENA_ARRAY(&c->arena, struct eng_signature *, g->trampoline_count);
  if (!c->signatures || !c->made)
    return diag_nomem(d);
  for (uint32_t i = 0; i < g->trampoline_count; i++) {
    const struct core_signature *sig = &g->trampolines[i].signature;
    uint32_t same = find_same(g, i);
    if (same == i) {
      c->made[c->made_count] = eng_signature_new(sig->params, sig->param_count, sig->results, sig->result_count);
      if (!c->made[c->made_count])
        return diag_nomem(d);
      c->signatures[i] = c->made[c->made_count++];
    } else {
      c->signatures[i] = c->signatures[same];
    }
  }
  return WEIR_OK;
}

/* ---- exported functions ---------------------------------------------------------------------------------------------- */

static uint32_t count_funcs(const struct graph_item *items, uint32_t count) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < count; i++)
    n += items[i].kind == ITEM_FUNC;
  return n;
}

static void collect(weir_component *c, struct str interface, const struct graph_item *items, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    if (items[i].kind != ITEM_FUNC)
      continue;
    c->funcs[c->func_count++] = (struct weir_func){
        .component = c,
        .interface = interface,
        .name = items[i].name.name,
        .ref = items[i].func_ref,
        .type = items[i].func,
    };
  }
}

/* Functions exported by themselves, and those of exported instances. */
static weir_status list_funcs(weir_component *c, struct diag *d) {
  const struct graph *g = c->graph;
  uint32_t n = count_funcs(g->exports, g->export_count);
  for (uint32_t i = 0; i < g->export_count; i++)
    if (g->exports[i].kind == ITEM_INSTANCE)
      n += count_funcs(g->exports[i].items, g->exports[i].item_count);
  c->funcs = ARENA_ARRAY(&c->arena, struct weir_func, n);
  if (!c->funcs)
    return diag_nomem(d);
  collect(c, STR(""), g->exports, g->export_count);
  for (uint32_t i = 0; i < g->export_count; i++)
    if (g->exports[i].kind == ITEM_INSTANCE)
      collect(c, g->exports[i].name.name, g->exports[i].items, g->exports[i].item_count);
  return WEIR_OK;
}

static weir_status component_make(weir_component *c, const uint8_t *bytes, size_t size, struct diag *d) {
  const struct ast_component *ast = NULL;
  WEIR_TRY(take_bytes(c, bytes, size, d));
  WEIR_TRY(check_layer(c, d));
  WEIR_TRY(eng_validate(c->bytes, c->size, c->engine->features, d));
  WEIR_TRY(ast_decode(&c->arena, c->bytes, c->size, &ast, d));
  WEIR_TRY(graph_link(&c->arena, ast, &c->graph, d));
  WEIR_TRY(compile_modules(c, d));
  WEIR_TRY(make_signatures(c, d));
  return list_funcs(c, d);
}

weir_status weir_component_new(weir_engine *engine, const void *bytes, size_t size, weir_component **ret,
                               weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_component *c = mem_zalloc(&engine->alloc, sizeof *c);
  weir_status status = c ? WEIR_OK : diag_nomem(&d);
  if (c) {
    c->engine = engine_ref(engine);
    atomic_init(&c->holders, 1);
    arena_init(&c->arena, &engine->alloc);
    status = component_make(c, bytes, size, &d);
  }
  if (status == WEIR_OK) {
    *ret = c;
  } else {
    weir_component_free(c);
    diag_raise(&d, ret_error);
  }
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
  weir_engine *engine = c->engine;
  for (uint32_t i = 0; c->modules && i < c->graph->module_count; i++)
    if (c->modules[i])
      eng_module_unref(c->modules[i]);
  for (uint32_t i = 0; i < c->made_count; i++)
    eng_signature_free(c->made[i]);
  arena_done(&c->arena);
  mem_free(&engine->alloc, c, sizeof *c);
  weir_engine_free(engine);
}

/* ---- asking ------------------------------------------------------------------------------------------------------------- */

const weir_func *weir_component_func(const weir_component *c, const char *interface, const char *name) {
  struct str want_interface = interface ? str_from(interface) : STR("");
  struct str want = str_from(name);
  for (uint32_t i = 0; i < c->func_count; i++)
    if (str_eq(c->funcs[i].interface, want_interface) && str_eq(c->funcs[i].name, want))
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
