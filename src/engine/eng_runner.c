/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The runner: the core module whose call `run` a suspendable stack is. `wait` is the one asynchronous host function:
 * `wait` suspends the stack with all frames on it until `resumed` is set. `job` runs a job of C on the stack. A job
 * calls `block` to suspend its own stack. eng_stack.c polls the calls.
 *
 * In order: the module's text, its two imports, making it for an engine, starting it in a store.
 */
#include <string.h>

#include "engine/eng_private.h"

/* Backtraces end where a frame of this module begins, by its name (engine/src/text.rs). */
static const char runner_text[] =
    "(module $weir.runner (import \"\" \"wait\" (func $wait)) (import \"\" \"job\" (func $job))"
    " (func (export \"run\") (loop $next (call $wait) (call $job) (br $next)))"
    " (func (export \"block\") (call $wait)))";

/* ---- the runner's imports -------------------------------------------------------------------------------------- */

static struct eng_store *store_of(wasmtime_caller_t *caller) {
  return wasmtime_context_get_data(wasmtime_caller_context(caller));
}

static bool wait_poll(void *env) {
  struct eng_stack *stack = env;
  bool resumed = stack->resumed;
  stack->resumed = false;
  stack->waiting = !resumed;
  return resumed;
}

static void runner_wait(void *env, wasmtime_caller_t *caller, const wasmtime_val_t *args, size_t arg_count,
                        wasmtime_val_t *results, size_t result_count, wasm_trap_t **ret_trap,
                        wasmtime_async_continuation_t *ret) {
  (void)env, (void)args, (void)arg_count, (void)results, (void)result_count, (void)ret_trap;
  ret->callback = wait_poll;
  ret->env = store_of(caller)->current;
  store_of(caller)->current->waiting = true;
  ret->finalizer = NULL;
}

static wasm_trap_t *runner_job(void *env, wasmtime_caller_t *caller, wasmtime_val_raw_t *vals, size_t count) {
  (void)env, (void)vals, (void)count;
  struct eng_store *s = store_of(caller);
  struct eng_stack *stack = s->current;
  uintptr_t here = (uintptr_t)__builtin_frame_address(0);
  eng_job job = stack->job;
  budget_restore(s);
  stack->job = NULL;
  stack->bounds = bounds_below(s->engine, here, ENG_STACK_TOP);
  s->room = room_of(s->engine, stack->bounds, ENG_ROOM_FIXED);
  thread_bounds_swap(stack->bounds);
  job(stack->arg);
  budget_lift(s);
  stack->ended = true;
  return stack->dropping ? wasmtime_trap_new("dropped", 7) : NULL;
}

/* ---- making it ------------------------------------------------------------------------------------------------- */

static wasmtime_error_t *runner_link(struct eng *e, const struct eng_bytes *binary) {
  wasmtime_module_t *m = NULL;
  wasmtime_error_t *error = wasmtime_module_new(e->engine, binary->data, binary->size, &m);
  if (error)
    return error;
  wasm_functype_t *type = wasm_functype_new_0_0();
  e->linker = wasmtime_linker_new(e->engine);
  error = wasmtime_linker_define_async_func(e->linker, "", 0, "wait", 4, type, runner_wait, NULL, NULL);
  if (!error)
    error = wasmtime_linker_define_func_unchecked(e->linker, "", 0, "job", 3, type, runner_job, NULL, NULL);
  if (!error)
    error = wasmtime_linker_instantiate_pre(e->linker, m, &e->runner);
  wasm_functype_delete(type);
  wasmtime_module_delete(m);
  return error;
}

weir_status runner_new(struct eng *e, struct diag *d) {
  struct eng_bytes binary = {0};
  int32_t failed = weir_engine_text((const uint8_t *)runner_text, sizeof(runner_text) - 1, &binary);
  wasmtime_error_t *error = failed ? wasmtime_error_new("the runner does not parse") : runner_link(e, &binary);
  weir_engine_bytes_free(binary.data, binary.size);
  return error ? trap_take_error(NULL, error, WEIR_ERR_COMPILE, d) : WEIR_OK;
}

static bool runner_func(struct eng_store *s, const wasmtime_instance_t *i, const char *name, wasmtime_func_t *ret) {
  wasmtime_extern_t x;
  if (!wasmtime_instance_export_get(s->cx, i, name, strlen(name), &x) || x.kind != WASMTIME_EXTERN_FUNC)
    return false;
  *ret = x.of.func;
  return true;
}

weir_status runner_start(struct eng_store *s, struct diag *d) {
  if (s->has_runner)
    return WEIR_OK;
  wasm_trap_t *trap = NULL;
  wasmtime_error_t *error = NULL;
  wasmtime_instance_t instance;
  wasmtime_call_future_t *future =
      wasmtime_instance_pre_instantiate_async(s->engine->runner, s->cx, &instance, &trap, &error);
  bool done = wasmtime_call_future_poll(future); /* the runner has no start function to wait for */
  wasmtime_call_future_delete(future);
  if (trap || error)
    return trap_take_error(trap, error, WEIR_ERR_NOMEM, d);
  if (!done || !runner_func(s, &instance, "run", &s->run) || !runner_func(s, &instance, "block", &s->block))
    return diag_set(d, WEIR_ERR_UNSUPPORTED, "the runner did not start");
  s->has_runner = true;
  return WEIR_OK;
}
