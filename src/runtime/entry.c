/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See entry.h. */
#include "runtime/entry.h"

#include "runtime/direct.h"
#include "runtime/lower.h"
#include "runtime/standin.h"
#include "runtime/thread.h"
#include "runtime/trap.h"

static struct rt_trampoline *trampoline(struct eng_host *host) {
  return (struct rt_trampoline *)(void *)host;
}

static struct wasm_trap_t *done(const struct rt_trampoline *t, weir_status status) {
  return status == WEIR_OK ? NULL : rt_raise(t->inst->store);
}

static weir_status begin(const struct rt_trampoline *t) {
  WEIR_TRY(standin_replace(t->inst->root));
  return rt_may_leave(t->inst);
}

/* ---- built-ins --------------------------------------------------------------------------------------------------- */

static struct wasm_trap_t *enter_staying(struct eng_host *host, union eng_val *vals) {
  struct rt_trampoline *t = trampoline(host);
  weir_status status = standin_replace(t->inst->root);
  return done(t, status == WEIR_OK ? t->builtin(t, vals) : status);
}

static struct wasm_trap_t *enter_leaving(struct eng_host *host, union eng_val *vals) {
  struct rt_trampoline *t = trampoline(host);
  weir_status status = begin(t);
  return done(t, status == WEIR_OK ? t->builtin(t, vals) : status);
}

static struct wasm_trap_t *enter_staying_quiet(struct eng_host *host, union eng_val *vals) {
  struct rt_trampoline *t = trampoline(host);
  return done(t, t->builtin(t, vals));
}

static struct wasm_trap_t *enter_leaving_quiet(struct eng_host *host, union eng_val *vals) {
  struct rt_trampoline *t = trampoline(host);
  weir_status status = rt_may_leave(t->inst);
  return done(t, status == WEIR_OK ? t->builtin(t, vals) : status);
}

eng_host_fn entry_builtin(enum canon_kind kind) {
  static const eng_host_fn entries[2][2] = {
      [CANON_STAYS] = {[CANON_QUIET] = enter_staying_quiet, [CANON_ASKS] = enter_staying},
      [CANON_LEAVES] = {[CANON_QUIET] = enter_leaving_quiet, [CANON_ASKS] = enter_leaving},
  };
  return entries[canon_info(kind)->leaves][canon_info(kind)->asks];
}

/* ---- lowered functions ------------------------------------------------------------------------------------------- */

struct wasm_trap_t *entry_lower(struct eng_host *host, union eng_val *vals) {
  struct rt_trampoline *t = trampoline(host);
  weir_status status = begin(t);
  return done(t, status == WEIR_OK ? lower_call(t, vals) : status);
}

struct wasm_trap_t *entry_direct(struct eng_host *host, union eng_val *vals) {
  struct rt_trampoline *t = trampoline(host);
  weir_status status = begin(t);
  return done(t, status == WEIR_OK ? direct_call(t, vals) : status);
}

/* Of a host's: no subtask is made. */
static weir_status call_at_once(struct rt_trampoline *t, union eng_val *vals) {
  struct rt_store *s = t->inst->store;
  WEIR_TRY(begin(t));
  if (t->decl->type->async && !t->opts.async)
    WEIR_TRY(thread_check_may_block(s));
  weir_status status = t->host_callee->call_at_once(t->host_callee, t, vals);
  if ((int)status == RT_NOT_AT_ONCE)
    return lower_call(t, vals);
  WEIR_TRY(rt_fail(s, status));
  if (t->opts.async)
    vals[0].u64 = RT_SUBTASK_RETURNED;
  return WEIR_OK;
}

struct wasm_trap_t *entry_at_once(struct eng_host *host, union eng_val *vals) {
  struct rt_trampoline *t = trampoline(host);
  return done(t, call_at_once(t, vals));
}
