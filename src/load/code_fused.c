/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reads a fused module. In a component the validator sees to it that the definitions which a graph names are of the
 * right types. In a fused module the component is one thing and the code another: so each definition that the graph
 * names is compared here with the one that the module exports in its place.
 *
 * In order: the section; types of exports; imports; which adapters there are; all of it.
 */
#include "load/code_fused.h"

#include "component/graph_refs.h"
#include "wasm/put.h"
#include "wasm/sections_read.h"

enum { PREAMBLE = 8 };

/* A module with what is looked up in it. */
struct side {
  struct wasm_sections s;
  struct name_index exports; /* name -> position in s.exports */
  uint32_t *types;           /* where each type's definition begins */
};

struct reading {
  const struct code_fused_input *input;
  const struct graph *graph;
  struct arena *arena; /* of the result */
  struct fused *ret;
  struct arena scratch;
  struct side fused;
  struct side **worlds; /* by graph.modules: the module before it was fused; NULL: not asked for yet */
  bool *made;           /* ret->made */
  struct diag *d;
};

/* ---- the section ------------------------------------------------------------------------------------------------- */

static weir_status read_section(struct cursor *c, bool *ret_found, struct str *ret) {
  struct str name;
  uint32_t version;
  WEIR_TRY(cursor_name(c, &name));
  if (!str_eq(name, STR(FUSED_SECTION)))
    return WEIR_OK;
  WEIR_TRY(cursor_u32_leb(c, &version));
  if (version != FUSED_VERSION)
    return diag_set(c->diag, WEIR_ERR_UNSUPPORTED, "a fused module of version %u; this is version %u",
                    (unsigned)version, (unsigned)FUSED_VERSION);
  *ret = (struct str){(const char *)c->data + c->pos, cursor_left(c)};
  *ret_found = true;
  return WEIR_OK;
}

weir_status code_fused_find(const uint8_t *bytes, size_t size, bool *ret_found, struct str *ret, struct diag *d) {
  struct cursor c = {.data = bytes, .size = size, .pos = PREAMBLE, .diag = d};
  *ret_found = false;
  while (cursor_left(&c) > 0 && !*ret_found) {
    uint8_t id;
    uint32_t length;
    struct cursor section;
    WEIR_TRY(cursor_u8(&c, &id));
    WEIR_TRY(cursor_u32_leb(&c, &length));
    WEIR_TRY(cursor_sub(&c, length, &section));
    if (id == SECTION_CUSTOM)
      WEIR_TRY(read_section(&section, ret_found, ret));
  }
  return WEIR_OK;
}

/* ---- modules ----------------------------------------------------------------------------------------------------- */

static weir_status index_types(struct reading *r, struct side *side) {
  side->types = ARENA_ARRAY(&r->scratch, uint32_t, side->s.count[SPACE_TYPE]);
  if (!side->types)
    return diag_nomem(r->d);
  for (uint32_t i = 0; i < side->s.group_count; i++) {
    const struct wasm_group *group = &side->s.groups[i];
    struct cursor c = sections_cursor(&side->s, group->types, r->d);
    for (uint32_t k = 0; k < group->count; k++) {
      struct wasm_subtype subtype;
      side->types[group->first + k] = group->types.at + (uint32_t)c.pos;
      WEIR_TRY(subtype_copy(&c, NULL, NULL, &subtype));
    }
  }
  return WEIR_OK;
}

static weir_status read_side(struct reading *r, struct str bytes, struct side *side) {
  WEIR_TRY(sections_read(&r->scratch, (const uint8_t *)bytes.data, bytes.size, &side->s, r->d));
  WEIR_TRY(index_types(r, side));
  name_index_init(&side->exports, &r->scratch);
  for (uint32_t i = 0; i < side->s.export_count; i++)
    if (!name_index_add(&side->exports, side->s.exports[i].name, i))
      return diag_nomem(r->d);
  return WEIR_OK;
}

static weir_status find_world(struct reading *r, uint32_t module, const struct side **ret) {
  struct side **slot = &r->worlds[module];
  if (!*slot) {
    *slot = ARENA_NEW(&r->scratch, struct side);
    if (!*slot)
      return diag_nomem(r->d);
    WEIR_TRY(read_side(r, r->graph->modules[module].bytes, *slot));
  }
  *ret = *slot;
  return WEIR_OK;
}

static const struct wasm_export *find_export(const struct side *side, struct str name) {
  uint32_t position = name_index_find(&side->exports, name);
  return position == INDEX_NONE ? NULL : &side->s.exports[position];
}

/* ---- types ------------------------------------------------------------------------------------------------------- */

/* A function's type in its one form. */
static weir_status put_func_type(const struct side *side, uint32_t func, struct text *out, struct diag *d) {
  struct wasm_subtype subtype;
  if (func >= side->s.count[SPACE_FUNC] || side->s.funcs[func] >= side->s.count[SPACE_TYPE])
    return diag_set(d, WEIR_ERR_INVALID, "unknown function");
  struct cursor c = {.data = side->s.data, .size = side->s.size, .pos = side->types[side->s.funcs[func]], .diag = d};
  return subtype_copy(&c, NULL, out, &subtype);
}

/* Both are functions of numbers, which the validator has seen of the one: so there are no indices in their types. */
static weir_status same_func(const struct side *a, uint32_t x, const struct side *b, uint32_t y, bool *ret,
                             struct diag *d) {
  struct text left = {0}, right = {0};
  weir_status status = put_func_type(a, x, &left, d);
  if (status == WEIR_OK)
    status = put_func_type(b, y, &right, d);
  if (status == WEIR_OK && (left.failed || right.failed))
    status = diag_nomem(d);
  *ret = status == WEIR_OK && str_eq((struct str){left.data, left.size}, (struct str){right.data, right.size});
  text_done(&left);
  text_done(&right);
  return status;
}

/* Compares the limits that code relies on; users ask for the size at every use. */
static bool same_limits(const struct wasm_limits *a, const struct wasm_limits *b) {
  uint8_t flags = LIMITS_SHARED | LIMITS_64;
  return (a->flags & flags) == (b->flags & flags) && limits_page_log2(a) == limits_page_log2(b);
}

static bool same_table(const struct wasm_table *a, const struct wasm_table *b) {
  return same_limits(&a->limits, &b->limits) && valtype_equal(&a->type, &b->type);
}

static weir_status same_type(struct reading *r, const struct side *world, const struct wasm_export *was,
                             const struct wasm_export *is, bool *ret) {
  const struct wasm_sections *a = &world->s, *b = &r->fused.s;
  *ret = false;
  if (was->space != is->space || was->index >= a->count[was->space] || is->index >= b->count[is->space])
    return WEIR_OK;
  if (was->space == SPACE_FUNC)
    return same_func(world, was->index, &r->fused, is->index, ret, r->d);
  if (was->space == SPACE_MEMORY)
    *ret = same_limits(&a->memories[was->index], &b->memories[is->index]);
  else if (was->space == SPACE_TABLE)
    *ret = same_table(&a->tables[was->index], &b->tables[is->index]);
  return WEIR_OK;
}

/* The adapter of a trampoline that is lifted again, or is somebody's realloc. */
static weir_status check_adapter(struct reading *r, const struct wasm_export *is, uint32_t trampoline, bool *ret) {
  const struct core_signature *want = &r->graph->trampolines[trampoline].signature;
  struct text type = {0}, wanted = {0};
  *ret = false;
  if (is->space != SPACE_FUNC)
    return WEIR_OK;
  put_byte(&wanted, TYPE_FUNC);
  put_u32(&wanted, want->param_count);
  for (uint32_t i = 0; i < want->param_count; i++)
    put_valtype(&wanted, want->params[i]);
  put_u32(&wanted, want->result_count);
  for (uint32_t i = 0; i < want->result_count; i++)
    put_valtype(&wanted, want->results[i]);
  weir_status status = put_func_type(&r->fused, is->index, &type, r->d);
  if (status == WEIR_OK && (type.failed || wanted.failed))
    status = diag_nomem(r->d);
  *ret = status == WEIR_OK && str_eq((struct str){type.data, type.size}, (struct str){wanted.data, wanted.size});
  text_done(&type);
  text_done(&wanted);
  return status;
}

static weir_status check_ref(void *data, const struct core_ref *ref, enum graph_use use) {
  struct reading *r = data;
  const struct graph *g = r->graph;
  bool same = false;
  (void)use;
  if (ref->kind == CORE_REF_TRAMPOLINE && r->made[ref->index])
    return WEIR_OK;
  struct str name = fused_export_name(&r->scratch, ref);
  if (!name.data)
    return diag_nomem(r->d);
  const struct wasm_export *is = find_export(&r->fused, name), *was;
  if (ref->kind == CORE_REF_TRAMPOLINE) {
    WEIR_TRY(is ? check_adapter(r, is, ref->index, &same) : WEIR_OK);
  } else {
    const struct side *world;
    WEIR_TRY(find_world(r, g->core_instances[ref->index].module, &world));
    was = find_export(world, ref->name);
    if (is && was)
      WEIR_TRY(same_type(r, world, was, is, &same));
  }
  if (same)
    return WEIR_OK;
  return diag_set(r->d, WEIR_ERR_INVALID, "a fused module: its export \"" STR_FMT "\" is missing, or of another type",
                  STR_ARG(name));
}

/* ---- starts and flags -------------------------------------------------------------------------------------------- */

/* Functions without parameters and results. */
static weir_status check_starts(struct reading *r) {
  static const struct str wanted = {"\x60\0\0", 3};
  for (uint32_t i = 0; i < r->graph->core_instance_count; i++) {
    struct str name = fused_start_name(&r->scratch, i);
    if (!name.data)
      return diag_nomem(r->d);
    const struct wasm_export *start = find_export(&r->fused, name);
    struct text type = {0};
    weir_status status = WEIR_OK;
    if (start && start->space == SPACE_FUNC)
      status = put_func_type(&r->fused, start->index, &type, r->d);
    bool fits = !start || str_eq((struct str){type.data, type.size}, wanted);
    text_done(&type);
    WEIR_TRY(status);
    if (!fits)
      return diag_set(r->d, WEIR_ERR_INVALID, "a fused module: its export \"" STR_FMT "\" is no start function",
                      STR_ARG(name));
  }
  return WEIR_OK;
}

/* The runtime keeps an address of it, so it may not grow. */
static weir_status check_flags(struct reading *r) {
  const struct wasm_sections *s = &r->fused.s;
  const struct wasm_export *flags = find_export(&r->fused, STR(FUSED_FLAGS));
  if (!flags)
    return WEIR_OK;
  if (flags->space == SPACE_MEMORY && flags->index >= s->imported[SPACE_MEMORY] &&
      flags->index < s->count[SPACE_MEMORY]) {
    const struct wasm_limits *limits = &s->memories[flags->index];
    if (limits->flags == LIMITS_MAX && limits->min == limits->max)
      return WEIR_OK;
  }
  return diag_set(r->d, WEIR_ERR_INVALID, "a fused module: the memory of flags is no memory of one fixed size");
}

/* ---- imports ----------------------------------------------------------------------------------------------------- */

static weir_status read_imports(struct reading *r) {
  const struct wasm_sections *s = &r->fused.s;
  struct fused_import *imports = ARENA_ARRAY(r->arena, struct fused_import, s->import_count);
  r->made = ARENA_ARRAY(r->arena, bool, r->graph->trampoline_count);
  if (!imports || !r->made)
    return diag_nomem(r->d);
  for (uint32_t i = 0; i < s->import_count; i++) {
    const struct wasm_import *import = &s->imports[i];
    if (import->space != SPACE_FUNC || !fused_import_read(r->graph, import->module, import->name, &imports[i]))
      return diag_set(r->d, WEIR_ERR_INVALID,
                      "a fused module: its import \"" STR_FMT "\" \"" STR_FMT "\" is none that its component needs",
                      STR_ARG(import->module), STR_ARG(import->name));
    if (!imports[i].helper)
      r->made[imports[i].index] = true;
  }
  r->ret->imports = imports;
  r->ret->import_count = s->import_count;
  r->ret->made = r->made;
  return WEIR_OK;
}

/* ---- adapters ---------------------------------------------------------------------------------------------------- */

/* A call that the runtime does not make must be one that the module, by this engine's judgement, may have inside. */
static weir_status judge(struct reading *r, const struct core_ref *ref) {
  if (ref->kind != CORE_REF_TRAMPOLINE || r->made[ref->index])
    return WEIR_OK;
  r->ret->has_adapters = true;
  if (r->input->adapters->group_of[ref->index] != GRAPH_NONE)
    return WEIR_OK;
  return diag_set(r->d, WEIR_ERR_UNSUPPORTED,
                  "a fused module has the call %u inside, which this engine would not: its readings differ from those "
                  "that the module was fused with, or it is another version of weir",
                  (unsigned)ref->index);
}

/*
 * For a function that the graph names and no core instance imports: the module exports its adapter, or the runtime has
 * to make it.
 */
static weir_status judge_ref(void *data, const struct core_ref *ref, enum graph_use use) {
  struct reading *r = data;
  (void)use;
  if (ref->kind == CORE_REF_TRAMPOLINE) {
    struct str name = fused_export_name(&r->scratch, ref);
    if (!name.data)
      return diag_nomem(r->d);
    if (!find_export(&r->fused, name))
      r->made[ref->index] = true;
  }
  return judge(r, ref);
}

static weir_status judge_adapters(struct reading *r) {
  const struct graph *g = r->graph;
  for (uint32_t i = 0; i < g->core_instance_count; i++)
    for (uint32_t k = 0; k < g->core_instances[i].import_count; k++)
      WEIR_TRY(judge(r, &g->core_instances[i].imports[k]));
  return graph_each_ref(g, judge_ref, r);
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static weir_status read_all(struct reading *r) {
  const struct graph *g = r->graph;
  r->ret = ARENA_NEW(r->arena, struct fused);
  r->worlds = ARENA_ARRAY(&r->scratch, struct side *, g->module_count);
  if (!r->ret || !r->worlds)
    return diag_nomem(r->d);
  for (uint32_t i = 0; i < g->module_count; i++)
    if (g->modules[i].imported)
      return diag_set(r->d, WEIR_ERR_UNSUPPORTED, "a component that imports core modules cannot be fused");
  WEIR_TRY(read_side(r, r->input->bytes, &r->fused));
  if (r->fused.s.has_start)
    return diag_set(r->d, WEIR_ERR_INVALID, "a fused module has no start function");
  WEIR_TRY(read_imports(r));
  WEIR_TRY(judge_adapters(r));
  WEIR_TRY(check_starts(r));
  WEIR_TRY(check_flags(r));
  return graph_each_ref(g, check_ref, r);
}

weir_status code_fused_read(struct arena *arena, const struct code_fused_input *input, struct fused **ret,
                            struct diag *d) {
  struct reading r = {.input = input, .graph = input->graph, .arena = arena, .d = d};
  arena_init(&r.scratch, arena->alloc);
  weir_status status = read_all(&r);
  if (status == WEIR_OK)
    *ret = r.ret;
  arena_done(&r.scratch);
  return status;
}
