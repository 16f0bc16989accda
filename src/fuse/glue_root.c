/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Exports of the root (glue.h): the runtime inside makes a task for the call, and has the last word about what a
 * callback returns. Destructors of resources go into its table.
 *
 * In order: exports; destructors.
 */
#include "fuse/glue_emit.h"

struct root {
  struct making_glue n;
  struct adapter_module *m;
  const struct graph_lift *l;
  uint32_t lift, callee;
  struct adapter_side sides[2]; /* both are the callee's: only the second is used */
};

/* ---- exports ----------------------------------------------------------------------------------------------------- */

static void emit_root(struct root *x) {
  const struct core_signature *sig = &x->l->signature;
  struct emit e;
  emit_init(&e, x->m, sig->params, sig->param_count);
  uint32_t task = emit_local(&e, CORE_I32), result = GRAPH_NONE;
  bool drives = glue_lift_of(x->l) == LIFT_CALLBACK;
  glue_push_call(x->n.k, &e.code, NULL, x->lift, x->n.k->roots[x->lift]);
  glue_call(&x->n, &e.code, RT_ROOT);
  emit_set(&e, task);
  emit_guard_begin(&e, &x->sides[1], sig->result_count, sig->results[0]);
  for (uint32_t i = 0; i < sig->param_count; i++)
    emit_get(&e, i);
  put_op_u32(&e.code, OP_CALL, x->callee);
  emit_guard_end(&e, &x->sides[1]);
  if (sig->result_count > 0) {
    result = emit_local(&e, (enum core_type)sig->results[0]);
    emit_set(&e, result);
  }
  emit_get(&e, task);
  if (drives) {
    emit_get(&e, result);
    glue_call(&x->n, &e.code, RT_ROOT_DRIVE);
  } else {
    glue_call(&x->n, &e.code, RT_ROOT_END);
    if (result != GRAPH_NONE)
      emit_get(&e, result);
  }
  small_export_func(&x->n.m, STR("f"), glue_close_func(&x->n, &e, sig));
}

/* The outer runtime calls back the runtime inside, and that one the guest. */
static void emit_event(struct root *x) {
  struct emit e;
  emit_init(&e, x->m, glue_callback_signature.params, glue_callback_signature.param_count);
  for (uint32_t i = 0; i < glue_callback_signature.param_count; i++)
    emit_get(&e, i);
  glue_call(&x->n, &e.code, RT_ROOT_EVENT);
  small_export_func(&x->n.m, STR("callback"), glue_close_func(&x->n, &e, &glue_callback_signature));
}

static weir_status make_root(struct root *x) {
  struct making_glue *n = &x->n;
  uint32_t callback = 0;
  bool calls_back = x->l->opts.callback.kind != CORE_REF_NONE;
  glue_import_rt(n, RT_ROOT);
  glue_import_rt(n, RT_ROOT_END);
  glue_import_rt(n, RT_ROOT_DRIVE);
  glue_import_rt(n, RT_ROOT_EVENT);
  glue_import_rt(n, RT_HANDLE);
  glue_import_memory(n);
  glue_import_table(n);
  x->sides[0] = x->sides[1] = glue_bare_side(n->k, x->l->instance);
  x->callee = glue_import_ref(n, &x->l->callee, &x->l->signature);
  if (calls_back)
    callback = glue_import_ref(n, &x->l->opts.callback, &glue_callback_signature);
  WEIR_TRY(glue_open_emitter(n, x->sides, 0, calls_back ? 2 : 1, &x->m));
  emit_root(x);
  if (!calls_back)
    return WEIR_OK;
  emit_event(x);
  small_elem(&n->m, n->k->roots[x->lift] + PLACE_CALLBACK, callback);
  return WEIR_OK;
}

weir_status glue_root(struct glue *k, uint32_t lift, struct glue_module *ret) {
  struct root x = {.l = &k->g->lifts[lift], .lift = lift};
  glue_begin(&x.n, k);
  return glue_finish(&x.n, make_root(&x), ret);
}

/* ---- destructors ------------------------------------------------------------------------------------------------- */

weir_status glue_dtor(struct glue *k, uint32_t resource, struct glue_module *ret) {
  static const struct core_signature sig = {.params = {CORE_I32}, .param_count = 1};
  struct making_glue n;
  glue_begin(&n, k);
  glue_import_table(&n);
  small_elem(&n.m, k->dtors[resource], glue_import_ref(&n, &k->g->resources[resource].dtor, &sig));
  return glue_end(&n, ret);
}
