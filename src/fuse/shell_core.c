/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The merged module in its component. Most of what it imports names one of its own memories or functions, and so can
 * only be defined behind it: in the place of those definitions the module is given stubs, which call through a table.
 * A last module puts the definitions into the table, marks all component instances as free to leave, and runs the
 * start functions.
 *
 *   stubs -> what names no export -> the merged module -> resources -> what names exports -> the last module
 *
 * In order: core instances; the stubs; the module; behind it; all of it.
 */
#include "adapter/fused.h"
#include "fuse/core.h"
#include "fuse/outer.h"
#include "fuse/shell.h"
#include "fuse/small.h"
#include "wasm/put.h"

enum { INSTANTIATE = 0, INLINE_EXPORTS = 1, SORT_INSTANCE = 0x12 };

/* ---- core instances ---------------------------------------------------------------------------------------------- */

static void put_module(struct shell *s, struct str bytes, uint32_t *ret) {
  put_byte(s->out, PART_CORE_MODULE);
  put_u32(s->out, (uint32_t)bytes.size);
  text_add(s->out, bytes);
  *ret = s->core_modules++;
}

static void put_small(struct shell *s, struct small *m, uint32_t *ret) {
  struct text bytes = {0};
  small_write(m, &bytes);
  put_module(s, (struct str){bytes.data, bytes.size}, ret);
  s->out->failed |= bytes.failed;
  text_done(&bytes);
}

/* `args`: a name and an instance each. */
static uint32_t put_instance_of(struct shell *s, uint32_t module, const struct text *args, uint32_t count) {
  struct text body = {0};
  put_u32(&body, 1);
  put_byte(&body, INSTANTIATE);
  put_u32(&body, module);
  put_u32(&body, count);
  text_add(&body, (struct str){args->data, args->size});
  body.failed |= args->failed;
  part_put(s->out, PART_CORE_INSTANCE, &body);
  text_done(&body);
  return s->core_instances++;
}

static void add_arg(struct text *args, struct str name, uint32_t instance) {
  put_name(args, name);
  put_byte(args, SORT_INSTANCE);
  put_u32(args, instance);
}

/* `exports`: a name, a sort and an index each. */
static uint32_t put_inline(struct shell *s, const struct text *exports, uint32_t count) {
  struct text body = {0};
  put_u32(&body, 1);
  put_byte(&body, INLINE_EXPORTS);
  put_u32(&body, count);
  text_add(&body, (struct str){exports->data, exports->size});
  body.failed |= exports->failed;
  part_put(s->out, PART_CORE_INSTANCE, &body);
  text_done(&body);
  return s->core_instances++;
}

static void add_func(struct text *exports, struct str name, uint32_t func) {
  put_name(exports, name);
  put_byte(exports, (uint8_t)AST_SORT_CORE_FUNC);
  put_u32(exports, func);
}

/* ---- the stubs --------------------------------------------------------------------------------------------------- */

static weir_status stub_name(struct shell *s, uint32_t late, struct str *ret) {
  *ret = arena_printf(s->arena, "%u", (unsigned)late);
  return ret->data ? WEIR_OK : diag_nomem(s->d);
}

static void put_stub(struct small *m, const struct core_signature *sig, uint32_t late, struct str name) {
  struct text body = {0};
  uint32_t type = small_type(m, sig);
  put_u32(&body, 0);
  for (uint32_t i = 0; i < sig->param_count; i++)
    put_op_u32(&body, OP_LOCAL_GET, i);
  put_i32(&body, late);
  put_op_u32(&body, OP_CALL_INDIRECT, type);
  put_u32(&body, 0);
  put_op(&body, OP_END);
  small_export_func(m, name, small_func(m, type, &body));
  text_done(&body);
}

static const struct core_signature *signature_of(const struct shell *s, const struct shell_import *import) {
  if (import->trampoline == GRAPH_NONE)
    return &outer_builtins[import->outer].signature;
  return &s->g->trampolines[import->trampoline].signature;
}

static weir_status put_stubs(struct shell *s) {
  struct small m;
  struct text none = {0};
  uint32_t module;
  weir_status status = WEIR_OK;
  small_init(&m);
  m.table = s->late_count;
  small_export_table(&m, STR("table"));
  for (uint32_t i = 0; i < s->import_count && status == WEIR_OK; i++) {
    const struct shell_import *import = &s->imports[i];
    struct str name;
    if (import->late == GRAPH_NONE)
      continue;
    status = stub_name(s, import->late, &name);
    if (status == WEIR_OK)
      put_stub(&m, signature_of(s, import), import->late, name);
  }
  put_small(s, &m, &module);
  s->stubs = put_instance_of(s, module, &none, 0);
  small_done(&m);
  return status;
}

static weir_status put_definition(struct shell *s, const struct shell_import *import, uint32_t *ret) {
  if (import->trampoline == GRAPH_NONE)
    return shell_put_outer(s, import->outer, ret);
  return shell_put_canon(s, import->trampoline, ret);
}

/* What each import of the module is given. */
static weir_status provide(struct shell *s) {
  if (s->late_count > 0)
    WEIR_TRY(put_stubs(s));
  for (uint32_t i = 0; i < s->import_count; i++) {
    struct shell_import *import = &s->imports[i];
    struct str name;
    if (import->late == GRAPH_NONE) {
      WEIR_TRY(put_definition(s, import, &import->func));
      continue;
    }
    WEIR_TRY(stub_name(s, import->late, &name));
    import->func = shell_put_core_alias(s, s->stubs, name, AST_SORT_CORE_FUNC);
  }
  return WEIR_OK;
}

/* ---- the module -------------------------------------------------------------------------------------------------- */

/* Imports from one module are a chain, in their order. */
struct given {
  struct name_index modules; /* the first import of each */
  uint32_t *last;            /* by first import */
  uint32_t *next;            /* by import, or GRAPH_NONE */
};

static weir_status chain_imports(struct shell *s, struct given *g) {
  const struct wasm_import *imports = s->sections.imports;
  name_index_init(&g->modules, s->arena);
  g->last = ARENA_ARRAY(s->arena, uint32_t, s->import_count);
  g->next = ARENA_ARRAY(s->arena, uint32_t, s->import_count);
  if (!g->last || !g->next)
    return diag_nomem(s->d);
  for (uint32_t i = 0; i < s->import_count; i++) {
    uint32_t first = name_index_find(&g->modules, imports[i].module);
    g->next[i] = GRAPH_NONE;
    if (first != INDEX_NONE)
      g->next[g->last[first]] = i;
    else if (!name_index_add(&g->modules, imports[i].module, first = i))
      return diag_nomem(s->d);
    g->last[first] = i;
  }
  return WEIR_OK;
}

/* An instance of what the module imports from one module. */
static uint32_t put_given(struct shell *s, const struct given *g, uint32_t first) {
  struct text exports = {0};
  uint32_t count = 0;
  for (uint32_t i = first; i != GRAPH_NONE; i = g->next[i]) {
    add_func(&exports, s->sections.imports[i].name, s->imports[i].func);
    count++;
  }
  uint32_t instance = put_inline(s, &exports, count);
  text_done(&exports);
  return instance;
}

static weir_status put_merged(struct shell *s) {
  struct text args = {0};
  struct given given;
  uint32_t module;
  WEIR_TRY(chain_imports(s, &given));
  for (uint32_t i = 0; i < given.modules.entries.count; i++) {
    const struct name_index_entry *from = &given.modules.entries.data[i];
    add_arg(&args, from->name, put_given(s, &given, from->position));
  }
  put_module(s, s->module, &module);
  s->instance = put_instance_of(s, module, &args, given.modules.entries.count);
  text_done(&args);
  return WEIR_OK;
}

/* ---- behind the module ------------------------------------------------------------------------------------------- */

static weir_status put_resources(struct shell *s) {
  enum { FORM_RESOURCE = 0x3f, REP_I32 = 0x7f };
  for (uint32_t i = 0; i < s->g->resource_count; i++) {
    const struct graph_resource *r = &s->g->resources[i];
    struct text body = {0};
    uint32_t dtor = 0;
    if (r->decl.imported || s->inside)
      continue;
    if (r->dtor.kind != CORE_REF_NONE)
      WEIR_TRY(shell_put_core_ref(s, &r->dtor, AST_SORT_CORE_FUNC, &dtor));
    put_u32(&body, 1);
    put_byte(&body, FORM_RESOURCE);
    put_byte(&body, REP_I32);
    put_byte(&body, r->dtor.kind != CORE_REF_NONE);
    if (r->dtor.kind != CORE_REF_NONE)
      put_u32(&body, dtor);
    part_put(s->out, PART_TYPE, &body);
    text_done(&body);
    s->plain.resources[i] = s->types++;
  }
  return WEIR_OK;
}

/* The start function of the last module. */
static void put_begin(struct shell *s, struct small *m, uint32_t start, bool flags) {
  static const struct core_signature nothing = {.param_count = 0};
  struct text body = {0};
  put_u32(&body, 0);
  if (flags) {
    put_i32(&body, 0);
    put_i32(&body, 1);
    put_i32(&body, s->g->instance_count);
    put_op_u32(&body, OP_MEMORY_FILL, 0);
  }
  put_op_u32(&body, OP_CALL, start);
  put_op(&body, OP_END);
  small_func(m, small_type(m, &nothing), &body);
  m->starts = true;
  text_done(&body);
}

/* Imports and elements of the late definitions; `exports` is given them. */
static weir_status fill_table(struct shell *s, struct small *m, struct text *exports) {
  small_import_table(m, STR("stubs"), STR("table"), s->late_count);
  for (uint32_t i = 0; i < s->import_count; i++) {
    const struct shell_import *import = &s->imports[i];
    struct str name;
    uint32_t func;
    if (import->late == GRAPH_NONE)
      continue;
    WEIR_TRY(put_definition(s, import, &func));
    WEIR_TRY(stub_name(s, import->late, &name));
    add_func(exports, name, func);
    small_elem(m, import->late, small_import_func(m, STR("late"), name, signature_of(s, import)));
  }
  return WEIR_OK;
}

static weir_status fill_last(struct shell *s, struct small *m, struct text *args, struct text *late) {
  static const struct core_signature nothing = {.param_count = 0};
  uint32_t count = 1, module;
  bool flags = shell_has_export(s, STR(FUSED_FLAGS));
  if (s->late_count > 0) {
    WEIR_TRY(fill_table(s, m, late));
    add_arg(args, STR("late"), put_inline(s, late, s->late_count));
    add_arg(args, STR("stubs"), s->stubs);
    count += 2;
  }
  if (flags)
    small_import_memory(m, STR("merged"), STR(FUSED_FLAGS));
  uint32_t start = small_import_func(m, STR("merged"), STR(FUSE_SHELL_START), &nothing);
  add_arg(args, STR("merged"), s->instance);
  put_begin(s, m, start, flags);
  put_small(s, m, &module);
  put_instance_of(s, module, args, count);
  return WEIR_OK;
}

static weir_status put_last(struct shell *s) {
  struct small m;
  struct text args = {0}, late = {0};
  small_init(&m);
  weir_status status = fill_last(s, &m, &args, &late);
  small_done(&m);
  text_done(&args);
  text_done(&late);
  return status;
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static weir_status read_import(struct shell *s, const struct wasm_import *from, struct shell_import *ret) {
  struct fused_import import;
  *ret = (struct shell_import){.trampoline = GRAPH_NONE, .outer = outer_find(from->name), .late = GRAPH_NONE};
  if (str_eq(from->module, STR(OUTER_MODULE)) && ret->outer < OUTER_COUNT) {
    if (outer_builtins[ret->outer].kind == CANON_WAITABLE_SET_WAIT)
      ret->late = s->late_count++;
    return WEIR_OK;
  }
  if (!fused_import_read(s->g, from->module, from->name, &import) || import.helper)
    return diag_set(s->d, WEIR_ERR_UNSUPPORTED, "`" STR_FMT "` has no form outside of weir", STR_ARG(from->name));
  ret->trampoline = import.index;
  ret->late = shell_is_late(&s->g->trampolines[import.index]) ? s->late_count++ : GRAPH_NONE;
  return WEIR_OK;
}

static weir_status read_imports(struct shell *s) {
  s->import_count = s->sections.import_count;
  s->imports = ARENA_ARRAY(s->arena, struct shell_import, s->import_count);
  if (!s->imports)
    return diag_nomem(s->d);
  for (uint32_t i = 0; i < s->import_count; i++)
    WEIR_TRY(read_import(s, &s->sections.imports[i], &s->imports[i]));
  return WEIR_OK;
}

weir_status shell_put_core(struct shell *s) {
  WEIR_TRY(read_imports(s));
  WEIR_TRY(provide(s));
  WEIR_TRY(put_merged(s));
  WEIR_TRY(put_resources(s));
  return put_last(s);
}
