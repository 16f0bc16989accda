/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The steps of an instantiation, in the order of the graph. Every step resolves what its definition names among the
 * core instances that exist by then (root_find.h).
 *
 * In order: lifts, trampolines and resources; core instances, whose start functions run as
 * synchronous tasks; root_run_steps().
 */
#include "runtime/root_steps.h"

#include <string.h>

#include "runtime/adapted.h"
#include "runtime/builtin.h"
#include "runtime/direct.h"
#include "runtime/enter.h"
#include "runtime/fused.h"
#include "runtime/fused_check.h"
#include "runtime/late.h"
#include "runtime/lift.h"
#include "runtime/root_find.h"
#include "runtime/task.h"
#include "runtime/thread.h"
#include "runtime/trap.h"

/* ---- lifts, trampolines, resources ------------------------------------------------------------------------------- */

/* A synchronous task waits only where another thread of its instance may become ready meanwhile (canon_lift). */
static bool needs_stack(const struct rt_lift *l) {
  return l->inst->decl->can_block && (l->type->async || l->inst->company);
}

static weir_status step_lift(struct rt_root *root, uint32_t index) {
  const struct graph_lift *decl = &root->graph->lifts[index];
  struct rt_lift *l = &root->lifts[index];
  l->inst = &root->instances[decl->instance];
  l->type = decl->type;
  l->param_count = decl->signature.param_count;
  l->result_count = decl->signature.result_count;
  l->name = decl->name;
  WEIR_TRY(root_find_opts(root, &decl->opts, &l->opts));
  WEIR_TRY(root_find_func(root, &decl->callee, &l->callee));
  l->needs_exclusive = l->type->async && (!l->opts.async || l->opts.has_callback);
  l->needs_stack = needs_stack(l);
  l->ready = true;
  return WEIR_OK;
}

static bool is_plain_scalar(const struct weir_type *t) {
  return t->numeric && t->layout[0].size >= 4;
}

static bool has_flat_scalars(const struct func_type *type, bool async) {
  const struct weir_type *params = type->params;
  if (params->flat_count[0] > (async ? MAX_FLAT_ASYNC_PARAMS : MAX_FLAT_PARAMS))
    return false;
  for (uint32_t i = 0; i < params->field_count; i++)
    if (!is_plain_scalar(params->fields[i].type))
      return false;
  return true;
}

/* Without the rule of reentrance a call enters nothing: no instance is asked, and none is marked. */
static void bind_entering(struct rt_trampoline *t, bool reentrance) {
  if (reentrance)
    return;
  t->enter_levels = enter_count_levels(t->callee->inst, t->inst);
  t->never_enters = enter_is_related(t->callee->inst, t->inst);
}

static weir_status bind_lower(struct rt_root *root, const struct root_binding *b, struct rt_trampoline *t) {
  const struct graph_trampoline *decl = t->decl;
  t->param_count = decl->signature.param_count;
  t->result_count = decl->signature.result_count;
  t->flat_scalars = has_flat_scalars(decl->type, decl->opts.async);
  if (decl->callee.kind == FUNC_REF_HOST) {
    t->host_callee = root->host_funcs[decl->callee.index];
    return WEIR_OK;
  }
  t->callee = &root->lifts[decl->callee.index];
  bind_entering(t, b->reentrance);
  t->direct = direct_possible(t);
  if (t->callee->ready)
    return WEIR_OK;
  return diag_set(&root->store->failure, WEIR_ERR_INVALID, "a function is lowered before it is lifted");
}

static weir_status step_trampoline(struct rt_root *root, const struct root_binding *b, uint32_t index) {
  struct rt_store *s = root->store;
  struct rt_trampoline *t = &root->trampolines[index];
  const struct graph_trampoline *decl = &root->graph->trampolines[index];
  t->decl = decl;
  t->inst = &root->instances[decl->instance];
  WEIR_TRY(root_find_opts(root, &decl->opts, &t->opts));
  if (decl->kind == CANON_LOWER)
    WEIR_TRY(bind_lower(root, b, t));
  if (decl->slot >= RT_CONTEXT_SLOTS)
    return diag_set(&s->failure, WEIR_ERR_INVALID, "there is no context slot %u", decl->slot);
  if (decl->resource)
    t->resource = &root->resources[decl->resource->index];
  if (decl->memory.kind != CORE_REF_NONE)
    WEIR_TRY(root_find_memory(root, &decl->memory, &t->memory));
  if (decl->table.kind != CORE_REF_NONE) {
    struct eng_extern x;
    WEIR_TRY(root_find(root, &decl->table, ENG_TABLE, &x));
    t->table = eng_extern_table(&x);
  }
  if (root->fused)
    return fused_bind(root, index);
  WEIR_TRY(builtin_bind(t, &s->failure));
  if (adapted(b, index))
    return adapted_late(b, index) ? late_step(root, b, index, root_find) : adapted_step(root, b, index, root_find);
  eng_host_func(s->eng, b->signatures[index], &t->host, &t->core);
  return WEIR_OK;
}

static const struct weir_type no_params = {.kind = TYPE_TUPLE, .layout = {{0, 1, 0}, {0, 1, 0}}};
static const struct func_type sync_func = {.params = &no_params};

/* Destructors and start functions are called as synchronous functions without a component-level type of their own. */
static struct rt_lift *plain_lift(struct rt_root *root, struct rt_instance *inst, uint8_t param_count) {
  struct rt_lift *l = ARENA_NEW(&root->arena, struct rt_lift);
  if (!l)
    return NULL;
  l->inst = inst;
  l->type = &sync_func;
  l->param_count = param_count;
  l->needs_stack = needs_stack(l);
  l->ready = true;
  return l;
}

static weir_status step_resource(struct rt_root *root, uint32_t index) {
  const struct core_ref *dtor = &root->graph->resources[index].dtor;
  struct rt_resource_type *r = &root->resources[index];
  if (dtor->kind == CORE_REF_NONE)
    return WEIR_OK;
  r->dtor = plain_lift(root, r->impl, 1);
  if (!r->dtor)
    return diag_nomem(&root->store->failure);
  return root_find_func(root, dtor, &r->dtor->callee);
}

/* ---- core instances ---------------------------------------------------------------------------------------------- */

struct start { /* an instantiation, run as a synchronous task since it may call a start function */
  struct rt_root *root;
  const struct graph_core_instance *decl;
  const struct eng_module *module;
  struct eng_extern *imports;
  uint32_t import_count;
  struct eng_instance *ret;
  const struct eng_func *func; /* of a fused module, in place of an instantiation */
  weir_status status;
};

static void start_code(void *arg) {
  struct start *start = arg;
  struct rt_store *s = start->root->store;
  union eng_val none = {0};
  if (start->func)
    start->status = eng_call(s->eng, start->func, &none, 1, &s->failure);
  else
    start->status =
        eng_instantiate(s->eng, start->module, start->imports, start->import_count, start->ret, &s->failure);
}

static weir_status run_start_code(struct rt_store *s, struct start *start) {
  if (s->caller_stack)
    WEIR_TRY(eng_stack_run(s->eng, start_code, start, &s->failure));
  else
    start_code(start);
  return start->status;
}

static weir_status start_body(struct rt_thread *t) {
  struct rt_task *task = t->task;
  struct rt_store *s = task->inst->store;
  struct start *start = task->caller;
  WEIR_TRY(task_entered(task));
  task->state = RT_TASK_STARTED;
  weir_status status = run_start_code(s, start);
  WEIR_TRY(fused_check_left(task->inst, t, status == WEIR_OK && s->failed ? s->failure.status : status));
  task->state = RT_TASK_RESOLVED;
  return task_exit_implicit(task);
}

static weir_status start_thread_func(struct rt_thread *t) {
  return thread_run(t, start_body);
}

static const struct rt_caller_ops start_caller = {0};

static weir_status run_start(struct start *start) {
  struct rt_root *root = start->root;
  struct rt_instance *inst = &root->instances[start->decl->instance];
  struct rt_lift *lift = plain_lift(root, inst, 0);
  struct rt_task *task = lift ? task_new(lift, &start_caller, start, NULL) : NULL;
  if (!task)
    return diag_nomem(&root->store->failure);
  enter_set_allowed(inst, inst->depth + 1, false);
  root->store->nesting_depth++;
  weir_status status = lift_run_sync(task, start_thread_func);
  root->store->nesting_depth--;
  enter_set_allowed(inst, inst->depth + 1, true);
  return status;
}

/* A host's module may have its imports in another order than the type that it is imported by, and fewer of them. */
static uint32_t declared_import(const struct graph_module *m, const struct eng_import *import, uint32_t guess) {
  for (uint32_t i = 0; i < m->import_count; i++) {
    uint32_t k = (guess + i) % m->import_count;
    if (str_eq(m->imports[k].module, import->module) && str_eq(m->imports[k].name, import->name))
      return k;
  }
  return GRAPH_NONE;
}

static weir_status step_fused_start(struct rt_root *root, uint32_t index) {
  struct eng_func func;
  struct start start = {.root = root, .decl = &root->graph->core_instances[index], .func = &func};
  bool any;
  WEIR_TRY(fused_start(root, index, &any, &func));
  return any ? run_start(&start) : WEIR_OK;
}

static weir_status step_core_instance(struct rt_root *root, const struct root_binding *b, uint32_t index) {
  if (root->fused)
    return step_fused_start(root, index);
  const struct graph_core_instance *decl = &root->graph->core_instances[index];
  const struct graph_module *declared = &root->graph->modules[decl->module];
  struct start start = {.root = root, .decl = decl, .module = b->modules[decl->module]};
  start.import_count = eng_module_import_count(start.module);
  start.ret = &root->core_instances[index];
  start.imports = ARENA_ARRAY(&root->arena, struct eng_extern, start.import_count);
  if (!start.imports)
    return diag_nomem(&root->store->failure);
  for (uint32_t i = 0; i < start.import_count; i++) {
    const struct eng_import *import = eng_module_import(start.module, i);
    uint32_t k = declared->imported ? declared_import(declared, import, i) : i;
    if (k == GRAPH_NONE)
      return diag_set(&root->store->failure, WEIR_ERR_LINK, "a core module has an import that its type lacks");
    WEIR_TRY(root_find(root, &decl->imports[k], import->kind, &start.imports[i]));
  }
  return run_start(&start);
}

weir_status root_run_steps(struct rt_root *root, const struct root_binding *b) {
  const struct graph *g = root->graph;
  if (b->fused)
    WEIR_TRY(fused_begin(root, b));
  for (uint32_t i = 0; i < g->step_count; i++) {
    weir_status status = WEIR_OK;
    switch (g->steps[i].kind) {
      case STEP_CORE_INSTANCE:
        status = step_core_instance(root, b, g->steps[i].index);
        break;
      case STEP_LIFT:
        status = step_lift(root, g->steps[i].index);
        break;
      case STEP_TRAMPOLINE:
        status = step_trampoline(root, b, g->steps[i].index);
        break;
      case STEP_RESOURCE:
        status = step_resource(root, g->steps[i].index);
        break;
    }
    if (status != WEIR_OK)
      return status;
  }
  return WEIR_OK;
}
