/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls between instances (glue.h). Of a call three functions are emitted:
 *
 *   f       has the type of the lowered function: puts the arguments into a subtask, and has the runtime do the call
 *   start   (subtask) -> what the callee returns: lifts and lowers the arguments, calls; of a callee that is lifted
 *           synchronously it does the same with the result
 *   finish  (subtask, arguments of task.return): lifts and lowers the result
 *
 * In order: arguments and results; the three functions; the module of a call.
 */
#include "fuse/glue_edge.h"

#include "fuse/glue_emit.h"

struct edge {
  struct making_glue n;
  struct adapter_module *m;
  const struct graph_trampoline *t;
  const struct graph_lift *l;
  uint32_t trampoline;
  struct adapter_side sides[2]; /* the caller's, the callee's */
  uint32_t callee, post_return; /* functions */
};

static const struct core_signature start_signature = {{CORE_I32}, {CORE_I32}, 1, 1};
static const struct core_signature finish_signature = {{CORE_I32, CORE_I32}, {0}, 2, 0};

/* ---- arguments and results --------------------------------------------------------------------------------------- */

/* A core value of 64 bits in the runtime's memory, at a local's address, into a new local. */
static uint32_t load_slot(const struct edge *x, struct emit *e, uint32_t address, uint32_t offset,
                          enum core_type type) {
  uint32_t local = emit_local(e, type);
  emit_get(e, address);
  put_access(&e->code, OP_I64_LOAD, x->n.memory - 1, offset);
  glue_narrow(&e->code, type);
  emit_set(e, local);
  return local;
}

static uint32_t load_flat(const struct edge *x, struct emit *e, uint32_t address, uint32_t offset,
                          const struct weir_type *t) {
  uint32_t first = e->param_count + (uint32_t)e->locals.size;
  for (uint32_t i = 0; i < t->flat_count[0]; i++)
    load_slot(x, e, address, offset + 8 * i, (enum core_type)t->flat[0][i]);
  return first;
}

/* Where a value of the source is: in slots, or behind a pointer in the first of them. */
static struct emit_place from_slots(const struct edge *x, struct emit *e, uint32_t address, uint32_t offset,
                                    const struct weir_type *t, uint32_t max_flat) {
  if (t->flat_count[0] <= max_flat)
    return (struct emit_place){.flat = true, .local = load_flat(x, e, address, offset, t)};
  uint32_t pointer = load_slot(x, e, address, offset, CORE_I32);
  emit_check_range(e, e->src, pointer, t->layout[0].size, GRAPH_NONE, t->layout[0].align, ADAPTER_TRAP_POINTER);
  return (struct emit_place){.local = pointer};
}

static uint32_t flat_locals(struct emit *e, const struct weir_type *t) {
  uint32_t first = e->param_count + (uint32_t)e->locals.size;
  for (uint32_t i = 0; i < t->flat_count[0]; i++)
    emit_local(e, (enum core_type)t->flat[0][i]);
  return first;
}

/* Lifts and lowers the arguments; the first of the locals with the core arguments of the callee. */
static uint32_t pass_params(const struct edge *x, struct emit *e) {
  const struct weir_type *t = x->l->type->params;
  uint32_t max_flat = x->t->opts.async ? MAX_FLAT_ASYNC_PARAMS : MAX_FLAT_PARAMS;
  struct emit_place from = from_slots(x, e, 0, RT_ARGS, t, max_flat),
                    to = {.flat = t->flat_count[0] <= MAX_FLAT_PARAMS};
  if (to.flat)
    to.local = flat_locals(e, t);
  else
    to.local = emit_allocate(e, t->layout[0].size, GRAPH_NONE, t->layout[0].align, ADAPTER_TRAP_POINTER);
  emit_copy(e, from, to, t);
  return to.local;
}

/* Lowers a result into its slot of the subtask, or where the caller's last argument points to. */
static void pass_result(const struct edge *x, struct emit *e, struct emit_place from) {
  const struct weir_type *t = x->l->type->result;
  struct emit_place to = {.flat = !x->t->opts.async && t->flat_count[0] <= MAX_FLAT_RESULTS};
  if (to.flat) {
    to.local = flat_locals(e, t);
    emit_copy(e, from, to, t);
    if (t->flat_count[0] == 0)
      return;
    emit_get(e, 0);
    emit_get(e, to.local);
    glue_widen(&e->code, (enum core_type)t->flat[0][0]);
    put_access(&e->code, OP_I64_STORE, x->n.memory - 1, RT_RESULT);
    return;
  }
  to.local = load_slot(x, e, 0, RT_ARGS + 8 * (x->t->signature.param_count - 1u), CORE_I32);
  emit_check_range(e, e->dst, to.local, t->layout[0].size, GRAPH_NONE, t->layout[0].align, ADAPTER_TRAP_POINTER);
  emit_copy(e, from, to, t);
}

/* ---- the three functions ----------------------------------------------------------------------------------------- */

static uint32_t emit_call(struct edge *x) {
  const struct core_signature *sig = &x->t->signature;
  struct emit e;
  emit_init(&e, x->m, sig->params, sig->param_count);
  uint32_t subtask = emit_local(&e, CORE_I32);
  glue_push_call(x->n.k, &e.code, x->t, x->t->callee.index, x->n.k->edges[x->trampoline]);
  glue_call(&x->n, &e.code, RT_BEGIN);
  emit_set(&e, subtask);
  for (uint32_t i = 0; i < sig->param_count; i++) {
    emit_get(&e, subtask);
    emit_get(&e, i);
    glue_widen(&e.code, (enum core_type)sig->params[i]);
    put_access(&e.code, OP_I64_STORE, x->n.memory - 1, RT_ARGS + 8 * i);
  }
  emit_get(&e, subtask);
  glue_call(&x->n, &e.code, RT_INVOKE);
  if (!x->t->opts.async) {
    uint32_t result = GRAPH_NONE;
    put_op(&e.code, OP_DROP);
    if (sig->result_count > 0)
      result = load_slot(x, &e, subtask, RT_RESULT, (enum core_type)sig->results[0]);
    emit_get(&e, subtask);
    glue_call(&x->n, &e.code, RT_END);
    if (result != GRAPH_NONE)
      emit_get(&e, result);
  }
  return glue_close_func(&x->n, &e, sig);
}

static void call_post_return(struct edge *x, struct emit *e, uint32_t result) {
  const struct adapter_side *side = &x->sides[1];
  if (x->post_return == GRAPH_NONE)
    return;
  put_i32(&e->code, 1);
  glue_call(&x->n, &e->code, RT_POST_RETURN);
  emit_leaves(e, side, false);
  emit_guard_begin(e, side, 0, 0);
  if (x->l->signature.result_count > 0)
    emit_get(e, result);
  put_op_u32(&e->code, OP_CALL, x->post_return);
  emit_guard_end(e, side);
  emit_leaves(e, side, true);
  put_i32(&e->code, 0);
  glue_call(&x->n, &e->code, RT_POST_RETURN);
}

static void return_sync(struct edge *x, struct emit *e, uint32_t result) {
  const struct weir_type *t = x->l->type->result;
  emit_get(e, 0);
  glue_call(&x->n, &e->code, RT_BACKWARD);
  e->src = &x->sides[1];
  e->dst = &x->sides[0];
  e->site = x->trampoline * 2 + 1;
  if (t) {
    struct emit_place from = {.flat = t->flat_count[0] <= MAX_FLAT_RESULTS, .local = result};
    if (!from.flat)
      emit_check_range(e, e->src, result, t->layout[0].size, GRAPH_NONE, t->layout[0].align, ADAPTER_TRAP_POINTER);
    pass_result(x, e, from);
  }
  emit_get(e, 0);
  glue_call(&x->n, &e->code, RT_RETURNED);
  call_post_return(x, e, result);
}

static uint32_t emit_start(struct edge *x) {
  const struct core_signature *sig = &x->l->signature;
  struct emit e;
  uint32_t result = 0;
  emit_init(&e, x->m, start_signature.params, start_signature.param_count);
  e.src = &x->sides[0];
  e.dst = &x->sides[1];
  e.site = x->trampoline * 2;
  uint32_t args = pass_params(x, &e);
  emit_guard_begin(&e, e.dst, sig->result_count, sig->results[0]);
  for (uint32_t i = 0; i < sig->param_count; i++)
    emit_get(&e, args + i);
  put_op_u32(&e.code, OP_CALL, x->callee);
  emit_guard_end(&e, e.dst);
  if (sig->result_count > 0) {
    result = emit_local(&e, (enum core_type)sig->results[0]);
    emit_set(&e, result);
  }
  if (!x->l->opts.async)
    return_sync(x, &e, result);
  if (glue_lift_of(x->l) == LIFT_CALLBACK)
    emit_get(&e, result);
  else
    put_i32(&e.code, 0);
  return glue_close_func(&x->n, &e, &start_signature);
}

static uint32_t emit_finish(struct edge *x) {
  const struct weir_type *t = x->l->type->result;
  struct emit e;
  emit_init(&e, x->m, finish_signature.params, finish_signature.param_count);
  e.src = &x->sides[1];
  e.dst = &x->sides[0];
  e.site = x->trampoline * 2 + 1;
  if (t && x->l->opts.async)
    pass_result(x, &e, from_slots(x, &e, 1, 0, t, MAX_FLAT_PARAMS));
  return glue_close_func(&x->n, &e, &finish_signature);
}

/* ---- the module of a call ---------------------------------------------------------------------------------------- */

static weir_status check_values(struct glue *k, const struct func_type *type) {
  uint32_t left = GLUE_PARTS_MAX;
  if (glue_spend(type->params, &left) && (!type->result || glue_spend(type->result, &left)))
    return WEIR_OK;
  return diag_set(k->d, WEIR_ERR_UNSUPPORTED, "the types of a call unfold to too much, or have error contexts");
}

static void import_edge(struct edge *x) {
  static const enum glue_rt used[] = {RT_BEGIN, RT_RETURNED, RT_BACKWARD, RT_POST_RETURN, RT_INVOKE, RT_END, RT_HANDLE};
  struct making_glue *n = &x->n;
  const struct core_signature post = glue_post_return_signature(x->l);
  for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++)
    glue_import_rt(n, used[i]);
  glue_import_memory(n);
  glue_import_table(n);
  glue_import_side(n, &x->t->opts, x->t->instance, &x->sides[0]);
  glue_import_side(n, &x->l->opts, x->l->instance, &x->sides[1]);
  x->callee = glue_import_ref(n, &x->l->callee, &x->l->signature);
  x->post_return =
      x->l->opts.post_return.kind != CORE_REF_NONE ? glue_import_ref(n, &x->l->opts.post_return, &post) : GRAPH_NONE;
}

static weir_status make_edge(struct edge *x) {
  struct making_glue *n = &x->n;
  uint32_t place = n->k->edges[x->trampoline], callback = 0;
  WEIR_TRY(check_values(n->k, x->l->type));
  import_edge(x);
  if (x->l->opts.callback.kind != CORE_REF_NONE)
    callback = glue_import_ref(n, &x->l->opts.callback, &glue_callback_signature);
  WEIR_TRY(glue_open_emitter(n, x->sides, x->trampoline, 3, &x->m));
  small_export_func(&n->m, STR("f"), emit_call(x));
  small_elem(&n->m, place + PLACE_START, emit_start(x));
  small_elem(&n->m, place + PLACE_FINISH, emit_finish(x));
  if (x->l->opts.callback.kind != CORE_REF_NONE)
    small_elem(&n->m, place + PLACE_CALLBACK, callback);
  return glue_close_emitter(n, x->m);
}

weir_status glue_edge(struct glue *k, uint32_t trampoline, struct glue_module *ret) {
  const struct graph_trampoline *t = &k->g->trampolines[trampoline];
  struct edge x = {.t = t, .l = &k->g->lifts[t->callee.index], .trampoline = trampoline};
  glue_begin(&x.n, k);
  return glue_finish(&x.n, make_edge(&x), ret);
}
