/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A component's code from its bytes: modules compiled or taken from a source of compiled ones, adapters, signatures of
 * trampolines; then the ways of making (compile, inspect, assemble), and the count of holders. A code is published only
 * when it is whole; a half-made code is freed like any other.
 */
#include "load/code.h"

#include <string.h>

#include "adapter/plan.h"
#include "base/mem.h"
#include "load/bytes.h"
#include "load/code_fused.h"

/* ---- modules ----------------------------------------------------------------------------------------------------- */

struct compiler {
  struct code_source source;
  struct eng *eng;
};

static weir_status compile_module(struct code_source *source, struct str bytes, uint32_t index, struct eng_module **ret,
                                  struct diag *d) {
  struct compiler *c = (struct compiler *)source;
  (void)index;
  return eng_module_compile(c->eng, (const uint8_t *)bytes.data, bytes.size, ret, d);
}

static weir_status make_modules(weir_code *c, struct code_source *source, struct diag *d) {
  const struct graph *g = c->graph;
  c->own = ARENA_ARRAY(&c->arena, uint32_t, g->module_count);
  if (!c->own)
    return diag_nomem(d);
  for (uint32_t i = 0; i < g->module_count; i++) {
    if (g->modules[i].imported)
      continue;
    WEIR_TRY(source->module(source, g->modules[i].bytes, c->own_count, &c->modules[i], d));
    c->own[c->own_count++] = i;
    if (eng_module_import_count(c->modules[i]) != g->modules[i].import_count)
      return diag_set(d, WEIR_ERR_INVALID, "core module %u: its imports were read differently", i);
  }
  return WEIR_OK;
}

/* ---- adapters ---------------------------------------------------------------------------------------------------- */

static weir_status make_helper_signatures(weir_code *c, struct diag *d) {
  for (uint32_t i = 0; i < ADAPTER_HELPER_COUNT; i++) {
    const struct core_signature *sig = adapter_helper_signature((enum adapter_helper)i);
    c->helper_signatures[i] = eng_signature_new(sig->params, sig->param_count, sig->results, sig->result_count);
    if (!c->helper_signatures[i])
      return diag_nomem(d);
  }
  return WEIR_OK;
}

static weir_status plan_adapters(weir_code *c, bool fused, struct diag *d) {
  uint32_t how = c->engine->readings & WEIR_READING_REENTRANCE ? ADAPTER_REENTRANCE : 0;
  if (!fused)
    how |= ADAPTER_LATE;
  return adapter_plan_make(&c->arena, c->graph, how, &c->adapters, d);
}

/* Only the guest's own instructions count: with fuel, calls go through the runtime. */
static weir_status make_adapters(weir_code *c, struct code_source *source, struct diag *d) {
  if (c->engine->fuel || c->engine->no_adapters)
    return WEIR_OK;
  WEIR_TRY(plan_adapters(c, false, d));
  uint32_t count = c->adapters->group_count;
  c->adapter_modules = ARENA_ARRAY(&c->arena, struct eng_module *, count);
  if (!c->adapter_modules)
    return diag_nomem(d);
  for (uint32_t i = 0; i < count; i++)
    WEIR_TRY(source->module(source, c->adapters->groups[i].bytes, c->own_count + i, &c->adapter_modules[i], d));
  return count > 0 ? make_helper_signatures(c, d) : WEIR_OK;
}

/* One module that has the adapters in it; the plan says what they are. */
static weir_status make_fused(weir_code *c, struct code_source *source, struct diag *d) {
  WEIR_TRY(plan_adapters(c, true, d));
  const struct code_fused_input input = {{(const char *)c->bytes, c->size}, c->graph, c->adapters};
  WEIR_TRY(code_fused_read(&c->arena, &input, &c->fused, d));
  WEIR_TRY(source->module(source, input.bytes, 0, &c->fused_module, d));
  return make_helper_signatures(c, d);
}

uint32_t code_module_count(const weir_code *c) {
  if (c->fused)
    return 1;
  return c->own_count + (c->adapters ? c->adapters->group_count : 0);
}

struct eng_module *code_module(const weir_code *c, uint32_t index) {
  if (c->fused)
    return c->fused_module;
  return index < c->own_count ? c->modules[c->own[index]] : c->adapter_modules[index - c->own_count];
}

struct str code_module_bytes(const weir_code *c, uint32_t index) {
  if (c->fused)
    return (struct str){(const char *)c->bytes, c->size};
  return index < c->own_count ? c->graph->modules[c->own[index]].bytes
                              : c->adapters->groups[index - c->own_count].bytes;
}

weir_status code_check_whole(const weir_code *c, struct diag *d) {
  if (!c->stripped)
    return WEIR_OK;
  return diag_set(d, WEIR_ERR_MISUSE, "compiled code does not carry the component: load the component itself");
}

void code_digest(const weir_code *c, uint8_t ret[SHA256_SIZE]) {
  if (c->stripped)
    memcpy(ret, c->digest, SHA256_SIZE);
  else
    sha256_of(c->bytes, c->size, ret);
}

/* ---- signatures -------------------------------------------------------------------------------------------------- */

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

static weir_status make_signatures(weir_code *c, struct diag *d) {
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

/* ---- making ------------------------------------------------------------------------------------------------------ */

/* The later text has no `cancellable`: WEIR_READING_NO_CANCELLABLE. */
static weir_status check_cancellable(const weir_code *c, struct diag *d) {
  if (!(c->engine->readings & WEIR_READING_NO_CANCELLABLE))
    return WEIR_OK;
  for (uint32_t i = 0; i < c->graph->trampoline_count; i++)
    if (c->graph->trampolines[i].cancellable)
      return diag_set(d, WEIR_ERR_INVALID, "`%s cancellable`: this engine takes no cancellable built-ins",
                      canon_info(c->graph->trampolines[i].kind)->name);
  return WEIR_OK;
}

/* The decoder bounds the depth, so recursion ends. */
static uint32_t nesting_of(const struct ast_component *component) {
  uint32_t deepest = 0;
  for (uint32_t i = 0; i < component->def_count; i++) {
    if (component->defs[i].kind != AST_DEF_COMPONENT)
      continue;
    uint32_t depth = nesting_of(component->defs[i].of.component);
    deepest = depth > deepest ? depth : deepest;
  }
  return deepest + 1;
}

static weir_status check_nesting(const weir_code *c, const struct ast_component *ast, struct diag *d) {
  uint32_t nesting = nesting_of(ast);
  if (nesting <= c->engine->max_nesting)
    return WEIR_OK;
  return diag_set(d, WEIR_ERR_LIMIT, "components nested %u deep, where %u are allowed (weir_engine_config.max_nesting)",
                  nesting, c->engine->max_nesting);
}

static weir_status check_types(const weir_code *c, struct diag *d) {
  uint32_t types = type_table_count(c->graph->types);
  if (types <= c->engine->max_types)
    return WEIR_OK;
  return diag_set(d, WEIR_ERR_LIMIT, "%u types, where %u are allowed (weir_engine_config.max_types)", types,
                  c->engine->max_types);
}

static weir_status make_all(weir_code *c, bool fused, struct code_source *source, struct diag *d) {
  c->modules = ARENA_ARRAY(&c->arena, struct eng_module *, c->graph->module_count);
  if (!c->modules)
    return diag_nomem(d);
  if (fused) {
    WEIR_TRY(make_fused(c, source, d));
  } else {
    WEIR_TRY(make_modules(c, source, d));
    WEIR_TRY(make_adapters(c, source, d));
  }
  return make_signatures(c, d);
}

/* `source` NULL: the component is only inspected. */
static weir_status finish(weir_code *c, bool fused, struct code_source *source, struct diag *d) {
  WEIR_TRY(check_nesting(c, c->ast, d));
  WEIR_TRY(graph_link(&c->arena, c->ast, &c->graph, d));
  WEIR_TRY(check_types(c, d));
  WEIR_TRY(check_cancellable(c, d));
  return source ? make_all(c, fused, source, d) : WEIR_OK;
}

static weir_status take_bytes(weir_code *c, const uint8_t *bytes, size_t size, struct diag *d) {
  uint8_t *converted = NULL;
  WEIR_TRY(bytes_to_binary(c->engine, bytes, size, &converted, &c->size, d));
  if (converted)
    bytes = converted;
  uint8_t *copy = arena_alloc(&c->arena, c->size ? c->size : 1);
  if (copy && c->size)
    memcpy(copy, bytes, c->size);
  if (converted)
    eng_bytes_free(converted, c->size);
  c->bytes = copy;
  return copy ? WEIR_OK : diag_nomem(d);
}

/* Finds the component to link: the bytes themselves, or the component in the section of a fused module. */
static weir_status find_component(const weir_code *c, bool *ret_fused, struct str *ret, struct diag *d) {
  *ret_fused = false;
  *ret = (struct str){(const char *)c->bytes, c->size};
  if (weir_bytes_kind_of(c->bytes, c->size) != WEIR_BYTES_MODULE)
    return WEIR_OK;
  return code_fused_find(c->bytes, c->size, ret_fused, ret, d);
}

static weir_status from_bytes(weir_code *c, const uint8_t *bytes, size_t size, struct code_source *source,
                              struct diag *d) {
  struct str component;
  bool fused;
  WEIR_TRY(take_bytes(c, bytes, size, d));
  WEIR_TRY(find_component(c, &fused, &component, d));
  if (fused)
    WEIR_TRY(eng_validate(c->bytes, c->size, c->engine->features, d));
  else
    WEIR_TRY(bytes_check_component(c->bytes, c->size, d));
  WEIR_TRY(bytes_decode(&c->arena, (const uint8_t *)component.data, component.size, c->engine->features, &c->ast, d));
  return finish(c, fused, source, d);
}

static weir_status from_binary(weir_code *c, const uint8_t *bytes, size_t size, struct code_source *source,
                               struct diag *d) {
  struct str component;
  bool fused;
  WEIR_TRY(take_bytes(c, bytes, size, d));
  WEIR_TRY(find_component(c, &fused, &component, d));
  if (!fused && weir_bytes_kind_of(bytes, size) != WEIR_BYTES_COMPONENT)
    return diag_set(d, WEIR_ERR_MALFORMED, "the code is of no component");
  WEIR_TRY(ast_decode(&c->arena, (const uint8_t *)component.data, component.size, &c->ast, d));
  return finish(c, fused, source, d);
}

typedef weir_status make_fn(weir_code *c, const uint8_t *bytes, size_t size, struct code_source *source,
                            struct diag *d);

static weir_status code_make(weir_engine *engine, make_fn *make, struct str bytes, struct code_source *source,
                             weir_code **ret, struct diag *d) {
  weir_code *c = mem_zalloc(&engine->alloc, sizeof(*c));
  if (!c)
    return diag_nomem(d);
  c->engine = weir_engine_ref(engine);
  atomic_init(&c->holders, 1);
  arena_init(&c->arena, &engine->alloc);
  weir_status status = make(c, (const uint8_t *)bytes.data, bytes.size, source, d);
  if (status == WEIR_OK)
    *ret = c;
  else
    weir_code_free(c);
  return status;
}

weir_status code_compile(weir_engine *engine, const uint8_t *bytes, size_t size, weir_code **ret, struct diag *d) {
  struct compiler compiler = {{compile_module}, engine->eng};
  return code_make(engine, from_bytes, (struct str){(const char *)bytes, size}, &compiler.source, ret, d);
}

weir_status code_inspect(weir_engine *engine, const uint8_t *bytes, size_t size, weir_code **ret, struct diag *d) {
  return code_make(engine, from_bytes, (struct str){(const char *)bytes, size}, NULL, ret, d);
}

weir_status code_assemble(weir_engine *engine, const uint8_t *bytes, size_t size, struct code_source *source,
                          weir_code **ret, struct diag *d) {
  return code_make(engine, from_binary, (struct str){(const char *)bytes, size}, source, ret, d);
}

bool code_is_compiled(const weir_code *c) {
  return c->modules;
}

/* ---- holding ----------------------------------------------------------------------------------------------------- */

weir_code *weir_code_ref(const weir_code *code) {
  weir_code *c = (weir_code *)code;
  atomic_fetch_add_explicit(&c->holders, 1, memory_order_relaxed);
  return c;
}

void weir_code_free(weir_code *c) {
  if (!c || atomic_fetch_sub_explicit(&c->holders, 1, memory_order_acq_rel) != 1)
    return;
  weir_engine *engine = c->engine;
  for (uint32_t i = 0; c->modules && i < c->graph->module_count; i++)
    if (c->modules[i])
      eng_module_unref(c->modules[i]);
  if (c->fused_module)
    eng_module_unref(c->fused_module);
  for (uint32_t i = 0; c->adapter_modules && i < c->adapters->group_count; i++)
    eng_module_unref(c->adapter_modules[i]);
  for (uint32_t i = 0; i < ADAPTER_HELPER_COUNT; i++)
    eng_signature_free(c->helper_signatures[i]);
  for (uint32_t i = 0; i < c->made_count; i++)
    eng_signature_free(c->made[i]);
  arena_done(&c->arena);
  mem_free(&engine->alloc, c, sizeof(*c));
  weir_engine_free(engine);
}

size_t weir_code_size(const weir_code *c) {
  size_t size = sizeof(*c) + c->arena.total;
  for (uint32_t i = 0; i < code_module_count(c); i++)
    size += eng_module_size(code_module(c, i));
  return size;
}
