/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * See module.h. Functions are numbered: what is imported, the adapters, the functions for strings. So everything that
 * adapters import is listed before the first is written.
 */
#include "adapter/module.h"

#include <string.h>

#include "adapter/emit.h"

struct writer {
  struct arena scratch;
  struct adapter_module *m; /* large, so in the arena */
  const struct adapter_source *source;
  const struct core_signature **types; /* distinct ones */
  uint32_t type_count;
  uint32_t *import_types; /* by import */
};

static const struct core_signature realloc_signature = {{CORE_I32, CORE_I32, CORE_I32, CORE_I32}, {CORE_I32}, 4, 1};
static const struct core_signature string_signature = {{CORE_I32, CORE_I32, CORE_I32}, {CORE_I32}, 3, 1};

/* ---- types and imports ------------------------------------------------------------------------------------------- */

static bool same_signature(const struct core_signature *a, const struct core_signature *b) {
  return a->param_count == b->param_count && a->result_count == b->result_count &&
         memcmp(a->params, b->params, a->param_count) == 0 && memcmp(a->results, b->results, a->result_count) == 0;
}

static uint32_t type_of(struct writer *w, const struct core_signature *sig) {
  for (uint32_t i = 0; i < w->type_count; i++)
    if (same_signature(w->types[i], sig))
      return i;
  w->types[w->type_count] = sig;
  return w->type_count++;
}

static bool same_ref(const struct core_ref *a, const struct core_ref *b) {
  return a->kind == b->kind && a->index == b->index && str_eq(a->name, b->name);
}

static bool is_memory(enum adapter_import_kind kind) {
  return kind == ADAPTER_IMPORT_MEMORY || kind == ADAPTER_IMPORT_FLAGS;
}

/* The number of an import among those of its kind; known ones are used again. */
static uint32_t import(struct writer *w, enum adapter_import_kind kind, const struct core_ref *ref, uint32_t type) {
  struct adapter_module *m = w->m;
  uint32_t *count = kind == ADAPTER_IMPORT_MEMORY ? &m->memory_count : &m->func_count, number = 0;
  if (ref->kind == CORE_REF_NONE)
    return GRAPH_NONE;
  for (uint32_t i = 0; i < m->import_count; i++) {
    const struct adapter_import *x = &m->imports[i];
    if (x->kind == kind && same_ref(&x->ref, ref))
      return number;
    number += is_memory(x->kind) == is_memory(kind);
  }
  m->imports[m->import_count] = (struct adapter_import){.kind = kind, .ref = *ref};
  w->import_types[m->import_count++] = type;
  return (*count)++;
}

static void import_helpers(struct writer *w, const bool *wanted) {
  struct adapter_module *m = w->m;
  for (uint32_t i = 0; i < ADAPTER_HELPER_COUNT; i++) {
    if (!wanted[i])
      continue;
    m->imports[m->import_count] =
        (struct adapter_import){.kind = ADAPTER_IMPORT_HELPER, .helper = (enum adapter_helper)i};
    w->import_types[m->import_count++] = type_of(w, adapter_helper_signature((enum adapter_helper)i));
    m->helpers[i] = m->func_count++;
  }
}

static void import_side(struct writer *w, const struct graph_opts *opts, uint32_t instance, struct adapter_side *ret) {
  ret->encoding = opts->encoding;
  ret->flag = w->source->flagged[instance] ? instance : GRAPH_NONE;
  ret->throws = w->source->throws[instance];
  ret->memory = import(w, ADAPTER_IMPORT_MEMORY, &opts->memory, 0);
  ret->realloc = import(w, ADAPTER_IMPORT_FUNC, &opts->realloc, type_of(w, &realloc_signature));
}

/* The signature of a post-return takes what the callee gives. */
static weir_status post_return_type(struct writer *w, const struct core_signature *callee, uint32_t *ret,
                                    struct diag *d) {
  struct core_signature *sig = ARENA_NEW(&w->scratch, struct core_signature);
  if (!sig)
    return diag_nomem(d);
  sig->param_count = callee->result_count;
  sig->params[0] = callee->results[0];
  *ret = type_of(w, sig);
  return WEIR_OK;
}

static weir_status add_func(struct writer *w, uint32_t trampoline, struct diag *d) {
  const struct graph_trampoline *t = &w->source->g->trampolines[trampoline];
  const struct graph_lift *l = &w->source->g->lifts[t->callee.index];
  struct adapter_func *f = &w->m->funcs[w->m->count++];
  uint32_t post_type;
  *f = (struct adapter_func){
      .trampoline = trampoline, .type = l->type, .caller = &t->signature, .callee = &l->signature};
  f->enters = w->source->enters[trampoline];
  type_of(w, f->caller);
  WEIR_TRY(post_return_type(w, f->callee, &post_type, d));
  f->callee_func = import(w, ADAPTER_IMPORT_FUNC, &l->callee, type_of(w, f->callee));
  f->post_return = import(w, ADAPTER_IMPORT_FUNC, &l->opts.post_return, post_type);
  import_side(w, &t->opts, t->instance, &f->sides[0]);
  import_side(w, &l->opts, l->instance, &f->sides[1]);
  return WEIR_OK;
}

/* The memory of flags, if a function of this module needs it: imported, or its own, which comes last. */
static void add_flags(struct writer *w, struct adapter_group *group) {
  struct adapter_module *m = w->m;
  bool wanted = false;
  for (uint32_t i = 0; i < m->count; i++)
    wanted |= m->funcs[i].sides[0].flag != GRAPH_NONE || m->funcs[i].sides[1].flag != GRAPH_NONE;
  group->makes_flags = wanted && !w->source->flags_exist;
  m->flags = m->memory_count;
  if (!wanted || group->makes_flags)
    return;
  m->imports[m->import_count++] = (struct adapter_import){.kind = ADAPTER_IMPORT_FLAGS};
  m->memory_count++;
}

/* ---- sections ---------------------------------------------------------------------------------------------------- */

static void write_types(const struct writer *w, struct text *out, struct text *body) {
  enum { FUNC_TYPE = 0x60 };
  put_u32(body, w->type_count);
  for (uint32_t i = 0; i < w->type_count; i++) {
    const struct core_signature *sig = w->types[i];
    put_byte(body, FUNC_TYPE);
    put_u32(body, sig->param_count);
    for (uint32_t k = 0; k < sig->param_count; k++)
      put_valtype(body, sig->params[k]);
    put_u32(body, sig->result_count);
    for (uint32_t k = 0; k < sig->result_count; k++)
      put_valtype(body, sig->results[k]);
  }
  put_section(out, SECTION_TYPE, body);
}

/* Imports are found by their position, so they have no names. A memory may have any size. */
static void write_imports(const struct writer *w, struct text *out, struct text *body) {
  enum { IMPORT_FUNC = 0, IMPORT_MEMORY = 2 };
  put_u32(body, w->m->import_count);
  for (uint32_t i = 0; i < w->m->import_count; i++) {
    put_name(body, STR(""));
    put_name(body, STR(""));
    if (is_memory(w->m->imports[i].kind)) {
      put_byte(body, IMPORT_MEMORY);
      put_u32(body, 0);
      put_u32(body, 0);
    } else {
      put_byte(body, IMPORT_FUNC);
      put_u32(body, w->import_types[i]);
    }
  }
  put_section(out, SECTION_IMPORT, body);
}

static void write_functions(struct writer *w, struct text *out, struct text *body) {
  put_u32(body, w->m->count + w->m->string_count);
  for (uint32_t i = 0; i < w->m->count; i++)
    put_u32(body, type_of(w, w->m->funcs[i].caller));
  for (uint32_t i = 0; i < w->m->string_count; i++)
    put_u32(body, type_of(w, &string_signature));
  put_section(out, SECTION_FUNCTION, body);
}

/* One page, no more and no less: so it stays where it is. */
static void write_memories(bool makes_flags, struct text *out, struct text *body) {
  enum { HAS_MAX = 1 };
  if (!makes_flags)
    return;
  put_u32(body, 1);
  put_byte(body, HAS_MAX);
  put_u32(body, 1);
  put_u32(body, 1);
  put_section(out, SECTION_MEMORY, body);
}

static void write_exports(const struct writer *w, bool makes_flags, struct text *out, struct text *body) {
  enum { EXPORT_FUNC = 0, EXPORT_MEMORY = 2 };
  struct text name;
  text_init(&name);
  put_u32(body, w->m->count + makes_flags);
  if (makes_flags) {
    put_name(body, STR("flags"));
    put_byte(body, EXPORT_MEMORY);
    put_u32(body, w->m->flags);
  }
  for (uint32_t i = 0; i < w->m->count; i++) {
    name.size = 0;
    text_printf(&name, "%u", i);
    put_name(body, (struct str){name.data, name.size});
    put_byte(body, EXPORT_FUNC);
    put_u32(body, w->m->func_count + i);
  }
  body->failed |= name.failed;
  text_done(&name);
  put_section(out, SECTION_EXPORT, body);
}

static void write_bodies(struct writer *w, struct text *code) {
  struct emit e;
  for (uint32_t i = 0; i < w->m->count; i++) {
    const struct adapter_func *f = &w->m->funcs[i];
    emit_init(&e, w->m, f->caller->params, f->caller->param_count);
    emit_adapter(&e, f);
    emit_body(&e, code);
    emit_done(&e);
  }
  for (uint32_t i = 0; i < w->m->string_count; i++) {
    emit_init(&e, w->m, string_signature.params, string_signature.param_count);
    emit_string_function(&e, &w->m->strings[i]);
    emit_body(&e, code);
    emit_done(&e);
  }
}

/* What a backtrace calls the module. */
static void write_name(struct text *out, struct text *body) {
  enum { MODULE_NAME = 0 };
  static const struct str name = {"adapter", 7};
  put_name(body, STR("name"));
  put_byte(body, MODULE_NAME);
  put_u32(body, (uint32_t)name.size + 1);
  put_name(body, name);
  put_section(out, SECTION_CUSTOM, body);
}

static void write_module(struct writer *w, bool makes_flags, struct text *out) {
  static const struct str preamble = {"\0asm\1\0\0", 8};
  struct text code, body;
  text_init(&code);
  text_init(&body);
  write_bodies(w, &code);
  text_add(out, preamble);
  write_types(w, out, &body);
  write_imports(w, out, &body);
  write_functions(w, out, &body);
  write_memories(makes_flags, out, &body);
  write_exports(w, makes_flags, out, &body);
  put_u32(&body, w->m->count + w->m->string_count);
  text_add(&body, (struct str){code.data, code.size});
  body.failed |= code.failed;
  put_section(out, SECTION_CODE, &body);
  write_name(out, &body);
  text_done(&code);
  text_done(&body);
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static weir_status writer_init(struct writer *w, uint32_t count, struct diag *d) {
  enum { IMPORTS_EACH = 6, IMPORTS_MORE = ADAPTER_HELPER_COUNT + 1, TYPES_EACH = 4 };
  enum { TYPES_MORE = ADAPTER_HELPER_COUNT + 2 };
  struct arena *arena = &w->scratch;
  w->m = ARENA_NEW(arena, struct adapter_module);
  w->types = ARENA_ARRAY(arena, const struct core_signature *, (size_t)count *TYPES_EACH + TYPES_MORE);
  w->import_types = ARENA_ARRAY(arena, uint32_t, (size_t)count * IMPORTS_EACH + IMPORTS_MORE);
  if (!w->m || !w->types || !w->import_types)
    return diag_nomem(d);
  w->m->imports = ARENA_ARRAY(arena, struct adapter_import, (size_t)count * IMPORTS_EACH + IMPORTS_MORE);
  w->m->funcs = ARENA_ARRAY(arena, struct adapter_func, count);
  return w->m->imports && w->m->funcs ? WEIR_OK : diag_nomem(d);
}

/* Writes the module once, with these helpers. */
static weir_status write_with(struct writer *w, struct adapter_group *group, const bool *helpers, struct text *out,
                              struct diag *d) {
  WEIR_TRY(writer_init(w, group->count, d));
  w->type_count = 0;
  type_of(w, &string_signature);
  import_helpers(w, helpers);
  for (uint32_t i = 0; i < group->count; i++)
    WEIR_TRY(add_func(w, group->trampolines[i], d));
  add_flags(w, group);
  out->size = 0;
  write_module(w, group->makes_flags, out);
  return out->failed ? diag_nomem(d) : WEIR_OK;
}

static weir_status keep(const struct writer *w, struct arena *arena, const struct text *out,
                        struct adapter_group *group, struct diag *d) {
  struct adapter_import *imports = ARENA_ARRAY(arena, struct adapter_import, w->m->import_count);
  group->bytes = arena_str(arena, (struct str){out->data, out->size});
  if (!imports || !group->bytes.data)
    return diag_nomem(d);
  memcpy(imports, w->m->imports, w->m->import_count * sizeof(*imports));
  group->imports = imports;
  group->import_count = w->m->import_count;
  return WEIR_OK;
}

/* Twice: the first time tells which helpers are called, and each of them costs every store a little. */
weir_status adapter_group_write(struct arena *arena, const struct adapter_source *source, struct adapter_group *group,
                                struct diag *d) {
  bool used[ADAPTER_HELPER_COUNT];
  struct writer w = {.source = source};
  struct text out;
  memset(used, true, sizeof(used));
  text_init(&out);
  arena_init(&w.scratch, arena->alloc);
  weir_status status = write_with(&w, group, used, &out, d);
  if (status == WEIR_OK) {
    memcpy(used, w.m->used, sizeof(used));
    status = write_with(&w, group, used, &out, d);
  }
  if (status == WEIR_OK)
    status = keep(&w, arena, &out, group, d);
  arena_done(&w.scratch);
  text_done(&out);
  return status;
}
