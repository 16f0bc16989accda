/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See root.h. Here: making and freeing the tables of a root. The steps are in root_steps.c. */
#include "runtime/root.h"

#include "base/mem.h"
#include "runtime/late.h"
#include "runtime/lend.h"
#include "runtime/queue.h"
#include "runtime/root_steps.h"
#include "runtime/standin.h"
#include "runtime/subtask.h"
#include "runtime/table.h"
#include "runtime/trap.h"

static void instance_init(struct rt_root *root, uint32_t i) {
  const struct graph_instance *decl = &root->graph->instances[i];
  struct rt_instance *inst = &root->instances[i];
  inst->store = root->store;
  inst->root = root;
  inst->decl = decl;
  inst->parent = decl->parent == GRAPH_NONE ? NULL : &root->instances[decl->parent];
  inst->depth = inst->parent ? inst->parent->depth + 1 : 0;
  inst->may_enter = true;
  inst->leaves = 1;
  inst->may_leave = &inst->leaves;
  queue_instance_init(inst);
}

/* Thread indices can be observed only through thread.* built-ins. */
static void find_thread_users(struct rt_root *root) {
  for (uint32_t i = 0; i < root->graph->trampoline_count; i++) {
    const struct graph_trampoline *t = &root->graph->trampolines[i];
    if (canon_info(t->kind)->class == CANON_CLASS_THREAD)
      root->instances[t->instance].indexes_seen = true;
  }
}

/*
 * These may run while a synchronous task of an instance waits: its explicit threads, a thread that another switches to
 * by its index, and the implicit threads of stackful async functions. An instance that can have none of these never has
 * a thread ready that canon_lift's loop may choose. The other implicit threads are those of tasks that need the
 * exclusive lock, which the loop leaves alone, and of other synchronous tasks, of which the same can be said.
 */
static void find_company(struct rt_root *root) {
  for (uint32_t i = 0; i < root->graph->lift_count; i++) {
    const struct graph_lift *l = &root->graph->lifts[i];
    if (l->opts.async && l->opts.callback.kind == CORE_REF_NONE)
      root->instances[l->instance].company = true;
  }
  for (uint32_t i = 0; i < root->graph->instance_count; i++)
    root->instances[i].company |= root->instances[i].indexes_seen;
}

static void resource_init(struct rt_root *root, const struct root_binding *b, uint32_t i) {
  const struct weir_resource_type *decl = &root->graph->resources[i].decl;
  struct rt_resource_type *r = &root->resources[i];
  r->decl = decl;
  if (!decl->imported) {
    r->impl = &root->instances[decl->instance];
  } else if (b->resources) {
    r->host_drop = b->resources[i].drop;
    r->host_data = b->resources[i].data;
    r->host_type = b->resources[i].type;
  }
}

static weir_status allocate(struct rt_root *root) {
  const struct graph *g = root->graph;
  root->instances = ARENA_ARRAY(&root->arena, struct rt_instance, g->instance_count);
  root->lifts = ARENA_ARRAY(&root->arena, struct rt_lift, g->lift_count);
  root->trampolines = ARENA_ARRAY(&root->arena, struct rt_trampoline, g->trampoline_count);
  root->resources = ARENA_ARRAY(&root->arena, struct rt_resource_type, g->resource_count);
  root->core_instances = ARENA_ARRAY(&root->arena, struct eng_instance, g->core_instance_count);
  if (!root->instances || !root->lifts || !root->trampolines || !root->resources || !root->core_instances)
    return diag_nomem(&root->store->failure);
  return WEIR_OK;
}

weir_status root_instantiate(struct rt_store *s, const struct root_binding *binding, struct rt_root **ret) {
  struct rt_root *root = mem_zalloc(s->alloc, sizeof(*root));
  if (!root)
    return rt_fail(s, diag_nomem(&s->failure));
  root->store = s;
  root->graph = binding->graph;
  root->host_funcs = (struct rt_host_func **)binding->host_funcs;
  root->owner = binding->owner;
  arena_init(&root->arena, s->alloc);
  list_append(&s->roots, &root->all);
  WEIR_TRY(rt_fail(s, allocate(root)));
  for (uint32_t i = 0; i < root->graph->instance_count; i++)
    instance_init(root, i);
  standin_init(root);
  find_thread_users(root);
  find_company(root);
  for (uint32_t i = 0; i < root->graph->resource_count; i++)
    resource_init(root, binding, i);
  *ret = root; /* host functions that start functions call may look at it */
  s->starting = true;
  if (s->slices)
    eng_store_set_slice(s->eng, 0); /* start functions run to their end */
  weir_status status = rt_fail(s, root_run_steps(root, binding));
  s->starting = false;
  if (status == WEIR_OK && root->late && binding->adapters_at_once)
    late_make(root);
  if (s->slices)
    eng_store_set_slice(s->eng, s->slice);
  return status;
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static void free_handle(struct rt_store *s, struct rt_handle *h) {
  if (h->kind == RT_SUBTASK) {
    subtask_done(h->of.object);
  } else if (h->kind == RT_ERROR_CONTEXT) {
    struct rt_error_context *e = h->of.object;
    if (--e->refs == 0)
      mem_free(s->alloc, e, sizeof(*e));
  } else if (h->kind == RT_RESOURCE && h->own && !h->of.resource.type->impl && h->of.resource.type->host_drop) {
    h->of.resource.type->host_drop(h->of.resource.type->host_data, h->of.resource.rep);
  }
}

void root_free(struct rt_root *root) {
  struct rt_store *s = root->store;
  for (uint32_t i = 0; root->instances && i < root->graph->instance_count; i++) {
    struct rt_instance *inst = &root->instances[i];
    for (uint32_t k = 1; k < inst->handles.count; k++)
      free_handle(s, &inst->handles.entries[k]);
    lend_done(inst);
    rt_table_done(&inst->handles, s->alloc);
    rt_table_done(&inst->threads, s->alloc);
  }
  list_remove(&root->all);
  arena_done(&root->arena);
  mem_free(s->alloc, root, sizeof(*root));
}
