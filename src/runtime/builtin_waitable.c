/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The built-ins of waitables: waitable-set.*, waitable.join, and then subtask.*. Each looks its handle up, checks
 * what the text traps for in the text's order, and calls the module that has the state: waitable.h, subtask.h,
 * task.h.
 */
#include <string.h>

#include "runtime/builtin.h"
#include "runtime/cx.h"
#include "runtime/event.h"
#include "runtime/subtask.h"
#include "runtime/sync.h"
#include "runtime/table.h"
#include "runtime/task.h"
#include "runtime/thread.h"
#include "runtime/trap.h"
#include "runtime/waitable.h"

static weir_status get_set(struct rt_trampoline *t, uint32_t index, struct rt_set **ret) {
  void *object = NULL;
  WEIR_TRY(rt_table_object(t->inst->store, &t->inst->handles, index, RT_SET, &object));
  *ret = object;
  return WEIR_OK;
}

weir_status builtin_waitable_set_new(struct rt_trampoline *t, union eng_val *v) {
  struct rt_store *s = t->inst->store;
  if (rt_waitables_full(s))
    return rt_limit_waitables(s);
  struct rt_set *set = pool_take(&s->pool_sets);
  if (!set)
    return rt_fail(s, diag_nomem(&s->failure));
  waitable_set_init(set);
  weir_status status = rt_table_add_object(s, &t->inst->handles, RT_SET, set, &v[0].u32);
  if (status != WEIR_OK)
    pool_give(&s->pool_sets, set);
  return status;
}

/* unpack_event: two words at `ptr`, the code is the result. */
static weir_status store_event(struct rt_trampoline *t, struct rt_event_tuple e, uint64_t ptr, union eng_val *v) {
  static const struct weir_type word = {
      .kind = TYPE_U32, .layout = {{4, 4, 0}, {4, 4, 0}}, .numeric = true, .raw = true};
  struct rt_opts opts = {.memory = t->memory, .memory64 = t->opts.memory64};
  struct rt_cx cx;
  cx_init(&cx, t->inst, &opts);
  WEIR_TRY(rt_fail(t->inst->store, abi_check_range(&cx.abi, &word, ptr, 2)));
  memcpy(cx.abi.base + ptr, &e.p1, sizeof(e.p1));
  memcpy(cx.abi.base + ptr + 4, &e.p2, sizeof(e.p2));
  v[0].u32 = e.code;
  return WEIR_OK;
}

static uint64_t pointer_of(const struct rt_trampoline *t, const union eng_val *v) {
  return t->opts.memory64 ? v->u64 : v->u32;
}

weir_status builtin_waitable_set_wait(struct rt_trampoline *t, union eng_val *v) {
  struct rt_store *s = t->inst->store;
  struct rt_set *set = NULL;
  WEIR_TRY(thread_check_may_block(s));
  WEIR_TRY(get_set(t, v[0].u32, &set));
  struct thread_wait wait = {.kind = RT_WAIT_SET, .cancellable = t->decl->cancellable, .set = set};
  struct rt_event_tuple e = {RT_EVENT_TASK_CANCELLED, 0, 0};
  bool cancelled;
  set->num_waiting++;
  weir_status status = thread_wait_until(s, &wait, &cancelled);
  if (status != WEIR_OK)
    return status;
  set->num_waiting--;
  s->current->set = NULL;
  if (!cancelled)
    e = event_of_set(s, set);
  return store_event(t, e, pointer_of(t, &v[1]), v);
}

weir_status builtin_waitable_set_poll(struct rt_trampoline *t, union eng_val *v) {
  struct rt_set *set = NULL;
  WEIR_TRY(get_set(t, v[0].u32, &set));
  struct rt_event_tuple e = {RT_EVENT_TASK_CANCELLED, 0, 0};
  if (!thread_deliver_pending_cancel(t->inst->store->current->task, t->decl->cancellable))
    e = event_of_set(t->inst->store, set);
  return store_event(t, e, pointer_of(t, &v[1]), v);
}

weir_status builtin_waitable_set_drop(struct rt_trampoline *t, union eng_val *v) {
  struct rt_store *s = t->inst->store;
  struct rt_set *set = NULL;
  WEIR_TRY(get_set(t, v[0].u32, &set));
  if (set->elems > 0)
    return rt_trap(s, "cannot drop waitable set with waitables in it");
  if (set->num_waiting > 0)
    return rt_trap(s, "cannot drop waitable set with waiters");
  rt_table_remove(&t->inst->handles, v[0].u32);
  pool_give(&s->pool_sets, set);
  return WEIR_OK;
}

static weir_status get_waitable(struct rt_trampoline *t, uint32_t index, struct rt_waitable **ret) {
  struct rt_store *s = t->inst->store;
  struct rt_handle *h;
  WEIR_TRY(rt_table_get(s, &t->inst->handles, index, &h));
  if (h->kind < RT_SUBTASK || h->kind > RT_FUTURE_WRITABLE)
    return rt_trap(s, "handle index %u used with the wrong type, expected waitable but found %s", index,
                   rt_handle_kind_name((enum rt_handle_kind)h->kind));
  *ret = h->of.object;
  return WEIR_OK;
}

weir_status builtin_waitable_join(struct rt_trampoline *t, union eng_val *v) {
  struct rt_waitable *w = NULL;
  struct rt_set *set = NULL;
  WEIR_TRY(get_waitable(t, v[0].u32, &w));
  if (w->has_sync_waiter)
    return sync_trap_in_set(t->inst->store);
  if (v[1].u32 != 0)
    WEIR_TRY(get_set(t, v[1].u32, &set));
  waitable_join(w, set);
  return WEIR_OK;
}

/* ---- subtasks ---------------------------------------------------------------------------------------------------- */

static weir_status request_cancel(struct rt_subtask *st) {
  struct rt_trampoline *lower = st->lower;
  st->cancellation_requested = true;
  if (st->callee)
    return task_request_cancellation(st->callee, lower->inst);
  return rt_fail(lower->inst->store, lower->host_callee->cancel(lower->host_callee, st));
}

weir_status builtin_subtask_cancel(struct rt_trampoline *t, union eng_val *v) {
  struct rt_store *s = t->inst->store;
  void *object = NULL;
  if (!t->decl->async)
    WEIR_TRY(thread_check_may_block(s));
  WEIR_TRY(rt_table_object(s, &t->inst->handles, v[0].u32, RT_SUBTASK, &object));
  struct rt_subtask *st = object;
  if (st->resolve_delivered)
    return rt_trap(s, "wasm trap: `subtask.cancel` called after terminal status delivered");
  if (st->cancellation_requested)
    return rt_trap(s, "wasm trap: `subtask.cancel` called more than once for a subtask");
  if (st->w.set && !t->decl->async)
    return sync_trap_in_set(s);
  if (!subtask_resolved(st)) {
    WEIR_TRY(request_cancel(st));
    if (!subtask_resolved(st) && t->decl->async) {
      v[0].i32 = BLOCKED;
      return WEIR_OK;
    }
    if (!subtask_resolved(st))
      WEIR_TRY(sync_wait_resolved(s, st));
  }
  event_of_waitable(&st->w);
  v[0].u32 = st->state;
  return WEIR_OK;
}

weir_status builtin_subtask_drop(struct rt_trampoline *t, union eng_val *v) {
  struct rt_store *s = t->inst->store;
  void *object = NULL;
  WEIR_TRY(rt_table_object(s, &t->inst->handles, v[0].u32, RT_SUBTASK, &object));
  struct rt_subtask *st = object;
  if (!st->resolve_delivered)
    return rt_trap(s, "cannot drop a subtask which has not yet resolved");
  waitable_join(&st->w, NULL);
  rt_table_remove(&t->inst->handles, v[0].u32);
  subtask_free(st);
  return WEIR_OK;
}
