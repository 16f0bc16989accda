/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Functions around those of guests and runtimes that set or ask whether an instance may leave (guard.h): each is a
 * small module of its own.
 *
 * In order: the functions to guard; guarding; ways out; names.
 */
#include "fuse/guard.h"

#include "adapter/fused.h"
#include "base/name_index.h"
#include "fuse/small.h"

/* ---- the functions to guard -------------------------------------------------------------------------------------- */

struct listing {
  struct arena *arena;
  struct diag *d;
  VEC(struct guard) guards;
  struct name_index names;
};

static weir_status add(struct listing *l, const struct core_ref *ref, uint32_t instance,
                       const struct core_signature *signature) {
  struct guard guard = {*ref, instance, *signature};
  if (ref->kind == CORE_REF_NONE)
    return WEIR_OK;
  struct str name = guard_name(l->arena, ref, instance);
  if (!name.data)
    return diag_nomem(l->d);
  if (name_index_find(&l->names, name) != INDEX_NONE)
    return WEIR_OK;
  bool added = name_index_add(&l->names, name, l->guards.count) && ARENA_PUSH(l->arena, &l->guards, guard);
  return added ? WEIR_OK : diag_nomem(l->d);
}

static weir_status add_realloc(struct listing *l, const struct graph_opts *opts, uint32_t instance) {
  static const struct core_signature sizes[2] = {
      {.params = {CORE_I32, CORE_I32, CORE_I32, CORE_I32}, .results = {CORE_I32}, .param_count = 4, .result_count = 1},
      {.params = {CORE_I64, CORE_I64, CORE_I64, CORE_I64}, .results = {CORE_I64}, .param_count = 4, .result_count = 1},
  };
  return add(l, &opts->realloc, instance, &sizes[opts->memory64]);
}

weir_status guard_list(struct arena *arena, const struct graph *g, const uint32_t *group_of, struct guard **ret,
                       uint32_t *ret_count, struct diag *d) {
  struct listing l = {.arena = arena, .d = d};
  name_index_init(&l.names, arena);
  for (uint32_t i = 0; i < g->lift_count; i++) {
    const struct graph_lift *lift = &g->lifts[i];
    struct core_signature post = {.param_count = lift->signature.result_count};
    post.params[0] = lift->signature.results[0];
    WEIR_TRY(add_realloc(&l, &lift->opts, lift->instance));
    WEIR_TRY(add(&l, &lift->opts.post_return, lift->instance, &post));
  }
  for (uint32_t i = 0; i < g->trampoline_count; i++)
    if (group_of[i] == GRAPH_NONE)
      WEIR_TRY(add_realloc(&l, &g->trampolines[i].opts, g->trampolines[i].instance));
  *ret = l.guards.data;
  *ret_count = l.guards.count;
  return WEIR_OK;
}

/* ---- guarding ---------------------------------------------------------------------------------------------------- */

static void put_flag(struct text *body, uint32_t instance, uint32_t value) {
  put_i32(body, 0);
  put_i32(body, value);
  put_access(body, OP_I32_STORE8, 0, instance);
}

/* Gives what is in the module, and releases it. */
static struct str give(struct arena *arena, struct small *m, struct text *body) {
  struct text out = {0};
  small_write(m, &out);
  struct str bytes = out.failed ? (struct str){NULL, 0} : arena_str(arena, (struct str){out.data, out.size});
  small_done(m);
  text_done(body);
  text_done(&out);
  return bytes;
}

static void put_call(struct text *body, uint32_t func, const struct core_signature *sig) {
  for (uint32_t i = 0; i < sig->param_count; i++)
    put_op_u32(body, OP_LOCAL_GET, i);
  put_op_u32(body, OP_CALL, func);
}

struct str guard_module(struct arena *arena, const struct guard *guard) {
  struct small m;
  struct text body = {0};
  small_init(&m);
  uint32_t func = small_import_func(&m, STR(""), STR(""), &guard->signature);
  small_import_memory(&m, STR(""), STR(""));
  put_u32(&body, 0);
  put_flag(&body, guard->instance, 0);
  put_call(&body, func, &guard->signature);
  put_flag(&body, guard->instance, 1);
  put_op(&body, OP_END);
  small_export_func(&m, STR("guard"), small_func(&m, small_type(&m, &guard->signature), &body));
  return give(arena, &m, &body);
}

/* ---- ways out ---------------------------------------------------------------------------------------------------- */

struct str guard_flags_module(struct arena *arena) {
  struct small m;
  struct text none = {0};
  small_init(&m);
  m.memory = true;
  small_export_memory(&m, STR(FUSED_FLAGS));
  return give(arena, &m, &none);
}

bool *guard_staying(struct arena *arena, const struct graph *g, const uint32_t *group_of) {
  bool *ret = ARENA_ARRAY(arena, bool, g->instance_count);
  for (uint32_t i = 0; ret && i < g->trampoline_count; i++) {
    const struct graph_trampoline *t = &g->trampolines[i];
    if (group_of[i] == GRAPH_NONE)
      continue;
    const struct graph_lift *l = &g->lifts[t->callee.index];
    ret[t->instance] |= t->opts.realloc.kind != CORE_REF_NONE;
    ret[l->instance] |= l->opts.realloc.kind != CORE_REF_NONE || l->opts.post_return.kind != CORE_REF_NONE;
  }
  return ret;
}

struct str guard_gate_module(struct arena *arena, const struct graph_trampoline *t) {
  static const struct core_signature nothing = {.param_count = 0};
  struct small m;
  struct text body = {0};
  small_init(&m);
  uint32_t func = small_import_func(&m, STR(""), STR(""), &t->signature);
  small_import_memory(&m, STR(""), STR(""));
  put_u32(&body, 0);
  put_op(&body, OP_UNREACHABLE);
  put_op(&body, OP_END);
  uint32_t trap = small_func(&m, small_type(&m, &nothing), &body);
  small_name_func(&m, trap, str_from(adapter_trap_words(ADAPTER_TRAP_LEAVE)));
  put_u32(&body, 0);
  put_i32(&body, 0);
  put_access(&body, OP_I32_LOAD8_U, 0, t->instance);
  put_op(&body, OP_I32_EQZ);
  put_op_u32(&body, OP_IF, TYPE_NOTHING);
  put_op_u32(&body, OP_CALL, trap);
  put_op(&body, OP_END);
  put_call(&body, func, &t->signature);
  put_op(&body, OP_END);
  small_export_func(&m, STR("f"), small_func(&m, small_type(&m, &t->signature), &body));
  return give(arena, &m, &body);
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

struct str guard_name(struct arena *arena, const struct core_ref *ref, uint32_t instance) {
  struct str name = fused_export_name(arena, ref);
  return name.data ? arena_printf(arena, "guard/%u/" STR_FMT, (unsigned)instance, STR_ARG(name)) : name;
}
