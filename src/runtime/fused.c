/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * See fused.h. In order: core functions of trampolines; the beginning; what the steps need.
 */
#include "runtime/fused.h"

#include "base/text.h"
#include "runtime/adapted.h"
#include "runtime/builtin.h"
#include "runtime/fused_check.h"
#include "runtime/standin.h"
#include "runtime/trap.h"

/* ---- core functions ---------------------------------------------------------------------------------------------- */

/* Before the step of the trampoline: only a start function can call it, and none that is in its turn. */
static struct wasm_trap_t *not_yet(struct eng_host *host, union eng_val *vals) {
  struct rt_trampoline *t = (struct rt_trampoline *)(void *)host;
  (void)vals;
  rt_trap(t->inst->store, "wasm trap: a fused module calls what is not there yet");
  return rt_raise(t->inst->store);
}

/* Who may not leave is told so, as unfused. Quiet built-ins leave stand-ins as they are (entry.h). */
static struct wasm_trap_t *call_out_quiet(struct eng_host *host, union eng_val *vals) {
  struct rt_trampoline *t = (struct rt_trampoline *)(void *)host;
  struct rt_store *s = t->inst->store;
  if (rt_may_leave(t->inst) == WEIR_OK && fused_check_runs(t->inst) == WEIR_OK)
    return t->entry(host, vals);
  return rt_raise(s);
}

static struct wasm_trap_t *call_out(struct eng_host *host, union eng_val *vals) {
  struct rt_trampoline *t = (struct rt_trampoline *)(void *)host;
  if (standin_replace(t->inst->root) == WEIR_OK)
    return call_out_quiet(host, vals);
  return rt_raise(t->inst->store);
}

weir_status fused_bind(struct rt_root *root, uint32_t trampoline) {
  struct rt_trampoline *t = &root->trampolines[trampoline];
  bool made = root->fused->made[trampoline];
  if (!made && root->adapters->group_of[trampoline] != GRAPH_NONE)
    return WEIR_OK;
  WEIR_TRY(builtin_bind(t, &root->store->failure));
  if (canon_info(t->decl->kind)->leaves == CANON_STAYS)
    return WEIR_OK;
  t->entry = t->host.fn;
  t->host.fn = canon_info(t->decl->kind)->asks == CANON_QUIET ? call_out_quiet : call_out;
  return WEIR_OK;
}

static void make_functions(struct rt_root *root, const struct root_binding *b) {
  for (uint32_t i = 0; i < root->graph->trampoline_count; i++) {
    struct rt_trampoline *t = &root->trampolines[i];
    if (!root->fused->made[i])
      continue;
    t->inst = &root->instances[root->graph->trampolines[i].instance];
    t->host.fn = not_yet;
    eng_host_func(root->store->eng, b->signatures[i], &t->host, &t->core);
  }
}

/* ---- the beginning ----------------------------------------------------------------------------------------------- */

static struct eng_extern import_of(struct rt_root *root, const struct root_binding *b,
                                   const struct fused_import *import) {
  if (import->helper)
    return adapted_helper(root, b, (enum adapter_helper)import->index);
  return root->trampolines[import->index].core;
}

weir_status fused_begin(struct rt_root *root, const struct root_binding *b) {
  struct rt_store *s = root->store;
  const struct fused *f = b->fused;
  root->fused = f;
  root->adapters = b->adapters;
  struct eng_extern *imports = ARENA_ARRAY(&root->arena, struct eng_extern, f->import_count);
  if (!imports)
    return diag_nomem(&s->failure);
  make_functions(root, b);
  for (uint32_t i = 0; i < f->import_count; i++)
    imports[i] = import_of(root, b, &f->imports[i]);
  WEIR_TRY(eng_instantiate(s->eng, b->fused_module, imports, f->import_count, &root->fused_instance, &s->failure));
  if (!eng_instance_export(s->eng, &root->fused_instance, STR(FUSED_FLAGS), &root->flags))
    return WEIR_OK;
  return adapted_take_flags(root, b->adapters, b->outside);
}

/* ---- what the steps need ----------------------------------------------------------------------------------------- */

weir_status fused_find(struct rt_root *root, const struct core_ref *ref, bool *ret_found, struct eng_extern *ret) {
  struct arena arena;
  *ret_found = ref->kind == CORE_REF_TRAMPOLINE && root->fused->made[ref->index];
  if (*ret_found) {
    *ret = root->trampolines[ref->index].core;
    return WEIR_OK;
  }
  arena_init(&arena, root->store->alloc);
  struct str name = fused_export_name(&arena, ref);
  weir_status status = name.data ? WEIR_OK : diag_nomem(&root->store->failure);
  *ret_found = name.data && eng_instance_export(root->store->eng, &root->fused_instance, name, ret);
  arena_done(&arena);
  return status;
}

weir_status fused_start(struct rt_root *root, uint32_t core_instance, bool *ret_any, struct eng_func *ret) {
  struct eng_extern x;
  struct arena arena;
  arena_init(&arena, root->store->alloc);
  struct str name = fused_start_name(&arena, core_instance);
  *ret_any = name.data && eng_instance_export(root->store->eng, &root->fused_instance, name, &x);
  if (*ret_any)
    *ret = eng_extern_func(&x);
  weir_status status = name.data ? WEIR_OK : diag_nomem(&root->store->failure);
  arena_done(&arena);
  return status;
}
