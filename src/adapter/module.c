/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A module of adapters: what it imports, and writing it. Functions are numbered: imports, adapters, functions for
 * strings. So everything that adapters import is listed before the first adapter is written (module_sections.c).
 * In order: imports; the functions and what each imports; writing, twice.
 */
#include "adapter/module.h"

#include <string.h>

#include "adapter/emit.h"
#include "adapter/inside.h"
#include "adapter/module_writer.h"

static const struct core_signature realloc_signature = {{CORE_I32, CORE_I32, CORE_I32, CORE_I32}, {CORE_I32}, 4, 1};

/* ---- imports ----------------------------------------------------------------------------------------------------- */

static bool same_ref(const struct core_ref *a, const struct core_ref *b) {
  return a->kind == b->kind && a->index == b->index && str_eq(a->name, b->name);
}

/* The number of an import among those of its kind; known ones are used again. */
static uint32_t import(struct module_writer *w, enum adapter_import_kind kind, const struct core_ref *ref,
                       uint32_t type) {
  struct adapter_module *m = w->m;
  uint32_t *count = kind == ADAPTER_IMPORT_MEMORY ? &m->memory_count : &m->func_count, number = 0;
  if (ref->kind == CORE_REF_NONE)
    return GRAPH_NONE;
  for (uint32_t i = 0; i < m->import_count; i++) {
    const struct adapter_import *x = &m->imports[i];
    if (x->kind == kind && same_ref(&x->ref, ref))
      return number;
    number += module_import_is_memory(x->kind) == module_import_is_memory(kind);
  }
  m->imports[m->import_count] = (struct adapter_import){.kind = kind, .ref = *ref};
  w->import_types[m->import_count++] = type;
  return (*count)++;
}

static void import_helpers(struct module_writer *w, const bool *wanted) {
  struct adapter_module *m = w->m;
  for (uint32_t i = 0; i < ADAPTER_HELPER_COUNT; i++) {
    if (!wanted[i])
      continue;
    m->imports[m->import_count] =
        (struct adapter_import){.kind = ADAPTER_IMPORT_HELPER, .helper = (enum adapter_helper)i};
    w->import_types[m->import_count++] = module_writer_type(w, adapter_helper_signature((enum adapter_helper)i));
    m->helpers[i] = m->func_count++;
  }
}

static void mark_side(const struct module_writer *w, uint32_t instance, struct adapter_side *ret) {
  ret->flag = w->source->flagged[instance] ? instance : GRAPH_NONE;
  ret->throws = w->source->throws[instance];
  ret->gate = standin_gate_at(&w->m->layout, instance);
  ret->context = w->source->context[instance];
  const struct adapter_plan *plan = w->source->plan;
  ret->standin =
      plan->standin_of[instance] == GRAPH_NONE ? GRAPH_NONE : standin_at(&w->m->layout, plan->standin_of[instance]);
}

static void import_side(struct module_writer *w, const struct graph_opts *opts, uint32_t instance,
                        struct adapter_side *ret) {
  mark_side(w, instance, ret);
  ret->encoding = opts->encoding;
  ret->memory = import(w, ADAPTER_IMPORT_MEMORY, &opts->memory, 0);
  ret->realloc = import(w, ADAPTER_IMPORT_FUNC, &opts->realloc, module_writer_type(w, &realloc_signature));
}

/* The parameters of a post-return are the callee's results. */
static weir_status post_return_type(struct module_writer *w, const struct core_signature *callee, uint32_t *ret,
                                    struct diag *d) {
  struct core_signature *sig = ARENA_NEW(&w->scratch, struct core_signature);
  if (!sig)
    return diag_nomem(d);
  sig->param_count = callee->result_count;
  sig->params[0] = callee->results[0];
  *ret = module_writer_type(w, sig);
  return WEIR_OK;
}

/* The gates of the instances that a call enters. */
static weir_status list_gates(struct module_writer *w, const struct graph_trampoline *t, uint32_t callee,
                              struct adapter_func *f, struct diag *d) {
  const struct graph *g = w->source->g;
  for (uint32_t i = callee; i != GRAPH_NONE; i = next_entered(g, i, t->instance))
    f->gate_count++;
  uint32_t *gates = ARENA_ARRAY(&w->scratch, uint32_t, f->gate_count), count = 0;
  if (!gates)
    return diag_nomem(d);
  for (uint32_t i = callee; i != GRAPH_NONE; i = next_entered(g, i, t->instance))
    gates[count++] = standin_gate_at(&w->m->layout, i);
  f->gates = gates;
  return WEIR_OK;
}

static bool same_memory(const struct core_ref *given, const struct core_ref *lift) {
  return given->kind == CORE_REF_NONE || same_ref(given, lift);
}

/* The state of a stand-in of a call: which emitted task.return fits (builtin_task_return() asks the same). */
static uint32_t find_return(const struct module_writer *w, const struct graph_lift *l) {
  for (uint32_t i = 0; i < w->source->member_count; i++) {
    uint32_t index = w->source->members[i];
    const struct graph_trampoline *t = &w->source->g->trampolines[index];
    if (t->kind == CANON_TASK_RETURN && t->instance == l->instance && t->value_type == l->type->result &&
        t->opts.encoding == l->opts.encoding && same_memory(&t->opts.memory, &l->opts.memory))
      return STANDIN_RETURNS + index;
  }
  return STANDIN_STARTED;
}

static weir_status add_call(struct module_writer *w, const struct graph_trampoline *t, struct adapter_func *f,
                            struct diag *d) {
  const struct graph_lift *l = &w->source->g->lifts[t->callee.index];
  uint32_t post_type;
  f->type = l->type;
  f->callee = &l->signature;
  f->async_caller = t->opts.async;
  f->callback = l->opts.async;
  f->enters = w->source->plan->standin_of[l->instance] != GRAPH_NONE && w->source->plan->enters[f->trampoline];
  f->returned = f->callback ? find_return(w, l) : (uint32_t)STANDIN_STARTED;
  WEIR_TRY(post_return_type(w, f->callee, &post_type, d));
  f->callee_func = import(w, ADAPTER_IMPORT_FUNC, &l->callee, module_writer_type(w, f->callee));
  f->post_return = import(w, ADAPTER_IMPORT_FUNC, &l->opts.post_return, post_type);
  import_side(w, &t->opts, t->instance, &f->sides[0]);
  import_side(w, &l->opts, l->instance, &f->sides[1]);
  return f->enters ? list_gates(w, t, l->instance, f, d) : WEIR_OK;
}

static weir_status add_func(struct module_writer *w, uint32_t trampoline, struct diag *d) {
  const struct graph_trampoline *t = &w->source->g->trampolines[trampoline];
  struct adapter_func *f = &w->m->funcs[w->m->count++];
  *f = (struct adapter_func){.trampoline = trampoline,
                             .caller = &t->signature,
                             .value = t->value_type,
                             .slot = t->slot,
                             .is64 = t->is64,
                             .always_outside = w->source->outside};
  module_writer_type(w, f->caller);
  mark_side(w, t->instance, &f->sides[0]);
  if (t->kind == CANON_LOWER)
    WEIR_TRY(add_call(w, t, f, d));
  else
    f->kind = t->kind == CANON_TASK_RETURN ? ADAPTER_FUNC_RETURN : ADAPTER_FUNC_CONTEXT;
  bool needs_way = w->source->outside || f->enters || f->kind != ADAPTER_FUNC_CALL;
  const struct core_ref way = {.kind = CORE_REF_TRAMPOLINE, .index = trampoline};
  f->outside = needs_way ? import(w, ADAPTER_IMPORT_OUTSIDE, &way, module_writer_type(w, f->caller)) : GRAPH_NONE;
  return WEIR_OK;
}

/* The memory of flags, if a function of this module needs it: imported, or its own, which comes last. */
static void add_flags(struct module_writer *w, struct adapter_group *group) {
  struct adapter_module *m = w->m;
  bool wanted = w->source->outside;
  for (uint32_t i = 0; i < m->count; i++)
    wanted |= m->funcs[i].enters || m->funcs[i].kind != ADAPTER_FUNC_CALL || m->funcs[i].sides[0].flag != GRAPH_NONE ||
              m->funcs[i].sides[1].flag != GRAPH_NONE;
  group->makes_flags = wanted && !w->source->flags_exist;
  m->flags = m->memory_count;
  if (!wanted || group->makes_flags)
    return;
  m->imports[m->import_count++] = (struct adapter_import){.kind = ADAPTER_IMPORT_FLAGS};
  m->memory_count++;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static weir_status writer_init(struct module_writer *w, uint32_t count, struct diag *d) {
  enum { IMPORTS_EACH = 7, IMPORTS_MORE = ADAPTER_HELPER_COUNT + 1, TYPES_EACH = 4 };
  enum { TYPES_MORE = ADAPTER_HELPER_COUNT + 2 };
  struct arena *arena = &w->scratch;
  w->m = ARENA_NEW(arena, struct adapter_module);
  w->types = ARENA_ARRAY(arena, const struct core_signature *, (size_t)count *TYPES_EACH + TYPES_MORE);
  w->import_types = ARENA_ARRAY(arena, uint32_t, (size_t)count * IMPORTS_EACH + IMPORTS_MORE);
  if (!w->m || !w->types || !w->import_types)
    return diag_nomem(d);
  w->m->layout = standin_layout(w->source->g->instance_count, w->source->plan->standin_count);
  w->m->imports = ARENA_ARRAY(arena, struct adapter_import, (size_t)count * IMPORTS_EACH + IMPORTS_MORE);
  w->m->funcs = ARENA_ARRAY(arena, struct adapter_func, count);
  return w->m->imports && w->m->funcs ? WEIR_OK : diag_nomem(d);
}

/* Writes the module once, with these helpers. */
static weir_status write_with(struct module_writer *w, struct adapter_group *group, const bool *helpers,
                              struct text *out, struct diag *d) {
  WEIR_TRY(writer_init(w, group->count, d));
  w->type_count = 0;
  module_writer_type(w, &module_string_signature);
  import_helpers(w, helpers);
  for (uint32_t i = 0; i < group->count; i++)
    WEIR_TRY(add_func(w, group->trampolines[i], d));
  add_flags(w, group);
  out->size = 0;
  module_sections_write(w, group->makes_flags ? standin_pages(&w->m->layout, w->source->plan->standin_count) : 0, out);
  return out->failed ? diag_nomem(d) : WEIR_OK;
}

static weir_status keep(const struct module_writer *w, struct arena *arena, const struct text *out,
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

/* Writes twice: the first time shows which helpers are called. Each helper costs every store a little. */
weir_status adapter_group_write(struct arena *arena, const struct adapter_source *source, struct adapter_group *group,
                                struct diag *d) {
  bool used[ADAPTER_HELPER_COUNT];
  struct module_writer w = {.source = source};
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
