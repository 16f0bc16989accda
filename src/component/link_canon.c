/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Canonical definitions: `lift` makes a component function, all others make a core function, a trampoline. Options and
 * operands are resolved here, once, and each definition becomes one step. A definition that canon.def calls blocking
 * marks its component instance. Origin: CanonicalABI.md#canonical-definitions.
 */
#include "component/link_env.h"

static weir_status canon_opts(struct linking *l, const struct link_env *env, const struct ast_canon_opts *opts,
                              struct graph_opts *ret) {
  if (opts->gc || opts->core_type != AST_NONE)
    return link_unsupported(l, "the garbage-collected canonical ABI is");
  ret->encoding = opts->encoding;
  ret->async = opts->async;
  WEIR_TRY(env_get_core(l, env, LINK_CORE_MEMORY, opts->memory, &ret->memory));
  WEIR_TRY(env_get_core(l, env, LINK_CORE_FUNC, opts->realloc, &ret->realloc));
  WEIR_TRY(env_get_core(l, env, LINK_CORE_FUNC, opts->post_return, &ret->post_return));
  WEIR_TRY(env_get_core(l, env, LINK_CORE_FUNC, opts->callback, &ret->callback));
  ret->memory64 = core_memory64(l, &ret->memory);
  return WEIR_OK;
}

static weir_status canon_lift(struct linking *l, struct link_env *env, const struct ast_canon *canon) {
  struct link_entity type;
  struct graph_lift lift = {.instance = env->instance, .name = STR("")};
  WEIR_TRY(env_get_kind(l, env, LINK_FUNC_TYPE, canon->type, &type));
  WEIR_TRY(env_get_core(l, env, LINK_CORE_FUNC, canon->index, &lift.callee));
  if (lift.callee.kind == CORE_REF_NONE)
    return link_invalid(l, "unknown core function");
  WEIR_TRY(canon_opts(l, env, &canon->opts, &lift.opts));
  lift.type = type.of.func_type;
  flatten_lift(lift.type, lift.opts.async, lift.opts.callback.kind != CORE_REF_NONE, lift.opts.memory64,
               &lift.signature);
  struct link_func *func = link_alloc(l, sizeof(*func));
  if (!func)
    return WEIR_ERR_NOMEM;
  func->ref = (struct func_ref){.kind = FUNC_REF_LIFT, .index = l->lifts.count};
  func->type = lift.type;
  WEIR_TRY(link_spend(l, 8));
  WEIR_TRY(LINK_PUSH(l, l->lifts, lift));
  WEIR_TRY(link_step(l, STEP_LIFT, func->ref.index));
  return env_push(l, env, (struct link_entity){.kind = LINK_FUNC, .of.func = func});
}

/* ---- operands of the others -------------------------------------------------------------------------------------- */

static weir_status operand_lower(struct linking *l, const struct link_env *env, const struct ast_canon *canon,
                                 struct graph_trampoline *t) {
  struct link_entity func;
  WEIR_TRY(env_get_kind(l, env, LINK_FUNC, canon->index, &func));
  t->type = func.of.func->type;
  t->callee = func.of.func->ref;
  return canon_opts(l, env, &canon->opts, &t->opts);
}

static weir_status operand_resource(struct linking *l, const struct link_env *env, const struct ast_canon *canon,
                                    struct graph_trampoline *t) {
  struct link_entity type;
  WEIR_TRY(env_get_kind(l, env, LINK_RESOURCE, canon->index, &type));
  t->resource = type.of.resource;
  bool local = !t->resource->imported && t->resource->instance == env->instance;
  if (t->kind != CANON_RESOURCE_DROP && !local)
    return link_invalid(l, "not a local resource");
  return WEIR_OK;
}

static weir_status operand_channel(struct linking *l, const struct link_env *env, const struct ast_canon *canon,
                                   struct graph_trampoline *t) {
  struct link_entity type;
  bool stream = canon_info(t->kind)->class == CANON_CLASS_STREAM;
  WEIR_TRY(env_get_kind(l, env, LINK_VALUE_TYPE, canon->index, &type));
  if (type.of.value_type->kind != (stream ? TYPE_STREAM : TYPE_FUTURE))
    return link_invalid(l, stream ? "expected a stream type" : "expected a future type");
  t->value_type = type.of.value_type;
  return WEIR_OK;
}

/* The class says what a type index must name. */
static weir_status operand_type(struct linking *l, const struct link_env *env, const struct ast_canon *canon,
                                struct graph_trampoline *t) {
  bool resource = canon_info(t->kind)->class == CANON_CLASS_RESOURCE;
  return resource ? operand_resource(l, env, canon, t) : operand_channel(l, env, canon, t);
}

static weir_status operand_thread(struct linking *l, const struct link_env *env, const struct ast_canon *canon,
                                  struct graph_trampoline *t) {
  struct link_entity type;
  WEIR_TRY(env_get_kind(l, env, LINK_CORE_TYPE, canon->index, &type));
  const struct ast_core_type *core = type.of.core_type;
  if (!core->is_plain_func || core->func.param_count != 1 || core->func.result_count != 0 ||
      core->func.params[0] > CORE_I64)
    return link_invalid(l, "a thread's function must take a single i32 or i64");
  t->is64 = core->func.params[0] == CORE_I64;
  return env_get_core(l, env, LINK_CORE_TABLE, canon->type, &t->table);
}

static weir_status operand_memory(struct linking *l, const struct link_env *env, const struct ast_canon *canon,
                                  struct graph_trampoline *t) {
  WEIR_TRY(env_get_core(l, env, LINK_CORE_MEMORY, canon->index, &t->memory));
  if (t->memory.kind == CORE_REF_NONE)
    return link_invalid(l, "unknown memory");
  t->opts.memory = t->memory;
  t->opts.memory64 = core_memory64(l, &t->memory);
  return WEIR_OK;
}

static weir_status canon_operands(struct linking *l, const struct link_env *env, const struct ast_canon *canon,
                                  struct graph_trampoline *t) {
  const struct canon_info *info = canon_info(t->kind);
  if (info->class == CANON_CLASS_PARALLEL)
    return link_unsupported(l, "parallel threads are");
  switch (info->operands) {
    case CANON_OPERANDS_LOWER:
      return operand_lower(l, env, canon, t);
    case CANON_OPERANDS_TYPE:
    case CANON_OPERANDS_TYPE_ASYNC:
      return operand_type(l, env, canon, t);
    case CANON_OPERANDS_TYPE_OPTS:
      WEIR_TRY(operand_type(l, env, canon, t));
      return canon_opts(l, env, &canon->opts, &t->opts);
    case CANON_OPERANDS_RESULT_OPTS:
      WEIR_TRY(link_value_type(l, env, &canon->result, &t->value_type));
      return canon_opts(l, env, &canon->opts, &t->opts);
    case CANON_OPERANDS_OPTS:
      return canon_opts(l, env, &canon->opts, &t->opts);
    case CANON_OPERANDS_CANCEL_MEMORY:
      return operand_memory(l, env, canon, t);
    case CANON_OPERANDS_THREAD_NEW:
      return operand_thread(l, env, canon, t);
    default:
      return WEIR_OK;
  }
}

static bool trampoline_blocks(const struct graph_trampoline *t) {
  switch (canon_info(t->kind)->blocks) {
    case CANON_BLOCKS_ALWAYS:
      return true;
    case CANON_BLOCKS_SYNC:
      return !t->async && !t->opts.async && (t->kind != CANON_LOWER || t->type->async);
    default:
      return false;
  }
}

static weir_status canon_trampoline(struct linking *l, struct link_env *env, const struct ast_canon *canon) {
  struct graph_trampoline t = {.kind = canon->kind,
                               .instance = env->instance,
                               .slot = canon->slot,
                               .async = canon->async,
                               .cancellable = canon->cancellable,
                               .is64 = canon->is64};
  WEIR_TRY(canon_operands(l, env, canon, &t));
  if (t.resource)
    t.is64 = l->resources.data[t.resource->index]->rep == CORE_I64;
  WEIR_TRY(link_signature(l, &t));
  if (trampoline_blocks(&t))
    l->instances.data[env->instance].can_block = true;
  struct core_ref *core = link_alloc(l, sizeof(*core));
  if (!core)
    return WEIR_ERR_NOMEM;
  *core = (struct core_ref){.kind = CORE_REF_TRAMPOLINE, .index = l->trampolines.count, .name = STR("")};
  WEIR_TRY(link_spend(l, 8));
  WEIR_TRY(LINK_PUSH(l, l->trampolines, t));
  WEIR_TRY(link_step(l, STEP_TRAMPOLINE, core->index));
  return env_push(l, env, (struct link_entity){.kind = LINK_CORE_FUNC, .of.core = core});
}

weir_status link_canon(struct linking *l, struct link_env *env, const struct ast_canon *canon) {
  if ((unsigned)canon->kind >= CANON_KIND_COUNT)
    return link_invalid(l, "unknown canonical definition");
  /* Only the end of the component tells whether there are children as well. */
  if (canon->kind == CANON_LIFT || canon->kind == CANON_LOWER)
    l->instances.data[env->instance].donut = true;
  return canon->kind == CANON_LIFT ? canon_lift(l, env, canon) : canon_trampoline(l, env, canon);
}
