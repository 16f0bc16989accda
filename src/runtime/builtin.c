/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The table of built-ins and how a guest enters them. See builtin.h. */
#include "runtime/builtin.h"

#include "runtime/direct.h"
#include "runtime/lower.h"
#include "runtime/trap.h"

struct builtin {
  builtin_fn fn;
  bool always; /* allowed even where the instance may not leave (in realloc and post-return) */
};

static const struct builtin builtins[CANON_KIND_COUNT] = {
    [CANON_RESOURCE_NEW] = {builtin_resource_new, false},
    [CANON_RESOURCE_DROP] = {builtin_resource_drop, false},
    [CANON_RESOURCE_REP] = {builtin_resource_rep, true},
    [CANON_TASK_CANCEL] = {builtin_task_cancel, false},
    [CANON_SUBTASK_CANCEL] = {builtin_subtask_cancel, false},
    [CANON_TASK_RETURN] = {builtin_task_return, false},
    [CANON_CONTEXT_GET] = {builtin_context_get, true},
    [CANON_CONTEXT_SET] = {builtin_context_set, true},
    [CANON_THREAD_YIELD] = {builtin_thread_yield, false},
    [CANON_SUBTASK_DROP] = {builtin_subtask_drop, false},
    [CANON_STREAM_NEW] = {builtin_channel_new, false},
    [CANON_STREAM_READ] = {builtin_channel_copy, false},
    [CANON_STREAM_WRITE] = {builtin_channel_copy, false},
    [CANON_STREAM_CANCEL_READ] = {builtin_channel_cancel, false},
    [CANON_STREAM_CANCEL_WRITE] = {builtin_channel_cancel, false},
    [CANON_STREAM_DROP_READABLE] = {builtin_channel_drop, false},
    [CANON_STREAM_DROP_WRITABLE] = {builtin_channel_drop, false},
    [CANON_FUTURE_NEW] = {builtin_channel_new, false},
    [CANON_FUTURE_READ] = {builtin_channel_copy, false},
    [CANON_FUTURE_WRITE] = {builtin_channel_copy, false},
    [CANON_FUTURE_CANCEL_READ] = {builtin_channel_cancel, false},
    [CANON_FUTURE_CANCEL_WRITE] = {builtin_channel_cancel, false},
    [CANON_FUTURE_DROP_READABLE] = {builtin_channel_drop, false},
    [CANON_FUTURE_DROP_WRITABLE] = {builtin_channel_drop, false},
    [CANON_ERROR_CONTEXT_NEW] = {builtin_error_context_new, false},
    [CANON_ERROR_CONTEXT_DEBUG_MESSAGE] = {builtin_error_context_debug_message, false},
    [CANON_ERROR_CONTEXT_DROP] = {builtin_error_context_drop, false},
    [CANON_WAITABLE_SET_NEW] = {builtin_waitable_set_new, false},
    [CANON_WAITABLE_SET_WAIT] = {builtin_waitable_set_wait, false},
    [CANON_WAITABLE_SET_POLL] = {builtin_waitable_set_poll, false},
    [CANON_WAITABLE_SET_DROP] = {builtin_waitable_set_drop, false},
    [CANON_WAITABLE_JOIN] = {builtin_waitable_join, false},
    [CANON_BACKPRESSURE_INC] = {builtin_backpressure_inc, true},
    [CANON_BACKPRESSURE_DEC] = {builtin_backpressure_dec, true},
    [CANON_THREAD_INDEX] = {builtin_thread_index, false},
    [CANON_THREAD_NEW_INDIRECT] = {builtin_thread_new_indirect, false},
    [CANON_THREAD_RESUME_LATER] = {builtin_thread_resume_later, false},
    [CANON_THREAD_SUSPEND] = {builtin_thread_suspend, false},
    [CANON_THREAD_SUSPEND_THEN_RESUME] = {builtin_thread_then_resume, false},
    [CANON_THREAD_YIELD_THEN_RESUME] = {builtin_thread_then_resume, false},
    [CANON_THREAD_SUSPEND_THEN_PROMOTE] = {builtin_thread_then_promote, false},
    [CANON_THREAD_YIELD_THEN_PROMOTE] = {builtin_thread_then_promote, false},
};

static struct wasm_trap_t *enter_always(struct eng_host *host, union eng_val *vals) {
  struct rt_trampoline *t = (struct rt_trampoline *)(void *)host;
  return t->builtin(t, vals) == WEIR_OK ? NULL : rt_raise(t->inst->store);
}

static struct wasm_trap_t *enter(struct eng_host *host, union eng_val *vals) {
  struct rt_trampoline *t = (struct rt_trampoline *)(void *)host;
  if (rt_may_leave(t->inst) == WEIR_OK && t->builtin(t, vals) == WEIR_OK)
    return NULL;
  return rt_raise(t->inst->store);
}

weir_status builtin_bind(struct rt_trampoline *t, struct diag *d) {
  enum canon_kind kind = t->decl->kind;
  if (kind == CANON_LOWER) {
    bool at_once = t->host_callee && t->host_callee->call_at_once;
    t->host.fn = t->direct ? direct_entry : at_once ? at_once_entry : lower_entry;
    return WEIR_OK;
  }
  if (!builtins[kind].fn)
    return diag_set(d, WEIR_ERR_UNSUPPORTED, "the built-in `%s` is not supported", canon_name(kind));
  t->builtin = builtins[kind].fn;
  t->host.fn = builtins[kind].always ? enter_always : enter;
  return WEIR_OK;
}
