/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Suspendable stacks. wasmtime/async.h promises one live call a store; weir keeps many. The pinned version allows many,
 * because its own concurrency switches stacks with the same code; tests/engine proves that on every build.
 *
 * With time slices a poll may also return because the guest has been set aside in its own code. Then no `wait` is
 * pending, and the next poll goes on there.
 *
 * A stack is a call of the runner's `run` (eng_runner.c). Only this file polls the call:
 *
 *   start, resume -> poll -> [ run: wait, job -> C job ... eng_suspend -> block: wait ] -> poll returns
 *
 * `wait` is the one asynchronous host function: it suspends the stack with all frames on it until `resumed` is set. A
 * job that returns leaves its stack in the next `wait`, where it is kept. Deleting the call makes the pending wait
 * fail: a failed wait in `run` ends the runner, and one in `block` comes out of eng_suspend(). From then on the stack
 * must unwind; a wait on it would abort the process, so `dropping` closes every way there.
 */
#include "engine/eng.h"

#include "base/mem.h"
#include "engine/eng_private.h"

/* ---- making ------------------------------------------------------------------------------------------------------ */

static weir_status stack_new(struct eng_store *s, struct eng_stack **ret, struct diag *d) {
  WEIR_TRY(runner_start(s, d));
  struct eng_stack *stack = mem_zalloc(s->engine->alloc, sizeof(*stack));
  if (!stack)
    return diag_nomem(d);
  list_init(&stack->link);
  stack->store = s;
  stack->future = wasmtime_func_call_async(s->cx, &s->run, NULL, 0, NULL, 0, &stack->trap, &stack->error);
  *ret = stack;
  return WEIR_OK;
}

/* ---- switching ------------------------------------------------------------------------------------------------- */

/* The state of the stack that runs, put aside while another stack does. */
struct switched {
  struct eng_stack *current;
  struct eng_room room;
  struct eng_bounds bounds;
};

static struct switched switch_to(struct eng_stack *stack) {
  struct eng_store *s = stack->store;
  struct switched outer = {s->current, s->room, thread_bounds_swap(stack->bounds)};
  budget_lift(s);
  stack->state = ENG_STACK_RUNNING;
  s->current = stack;
  s->room = stack->room;
  return outer;
}

static void switch_back(struct eng_stack *stack, struct switched outer) {
  struct eng_store *s = stack->store;
  stack->room = s->room;
  s->current = outer.current;
  s->room = outer.room;
  thread_bounds_swap(outer.bounds);
  budget_restore(s);
}

/* Releases a stack whose job has ended or never began: deleting its call runs no frames but the runner's. */
static void stack_release(struct eng_stack *stack) {
  struct eng_store *s = stack->store;
  stack->dropping = true;
  struct switched outer = switch_to(stack);
  s->room = room_none;
  wasmtime_call_future_delete(stack->future);
  switch_back(stack, outer);
  if (stack->trap)
    wasm_trap_delete(stack->trap);
  if (stack->error)
    wasmtime_error_delete(stack->error);
  mem_free(s->engine->alloc, stack, sizeof(*stack));
}

static void stack_keep(struct eng_stack *stack) {
  struct eng_store *s = stack->store;
  stack->state = ENG_STACK_KEPT;
  list_prepend(&s->kept, &stack->link); /* the last used is warm */
  s->kept_count++;
}

/*
 * Guest code keeps its fuel in a register and writes it back when it calls or returns, but not when it is set aside. So
 * the code goes on with its own number, and the fuel that others have used meanwhile is taken off when the code leaves.
 * Until then the guest may use that much too much.
 */
static uint64_t fuel_begin(struct eng_stack *stack) {
  struct eng_store *s = stack->store;
  uint64_t now = 0;
  if (!s->engine->fuel || stack->waiting)
    return 0;
  eng_store_fuel(s, &now);
  eng_store_set_fuel(s, stack->fuel);
  return stack->fuel > now ? stack->fuel - now : 0;
}

static void fuel_end(struct eng_stack *stack, uint64_t owed) {
  struct eng_store *s = stack->store;
  uint64_t now = 0;
  if (!s->engine->fuel)
    return;
  eng_store_fuel(s, &now);
  stack->fuel = now;
  if (owed > 0)
    eng_store_set_fuel(s, now > owed ? now - owed : 0);
}

/* Runs the stack until it waits again, or is set aside. true: the runner has ended. */
static bool stack_poll(struct eng_stack *stack) {
  struct eng_store *s = stack->store;
  stack->resumed = stack->waiting;
  struct switched outer = switch_to(stack);
  uint64_t owed = fuel_begin(stack);
  if (!stack->waiting) /* the stack goes on in a guest's code and not in the runner's */
    budget_restore(s);
  s->running_count++;
  bool runner_ended = wasmtime_call_future_poll(stack->future);
  s->running_count--;
  fuel_end(stack, owed);
  switch_back(stack, outer);
  return runner_ended;
}

/* What the job wants done below, and below that, until the job goes on. */
static bool run_errands(struct eng_stack *stack) {
  bool runner_ended = false;
  while (stack->errand) {
    eng_job errand = stack->errand;
    stack->errand = NULL;
    eng_errand(stack->store, errand, stack->errand_arg);
    runner_ended = stack_poll(stack);
  }
  return runner_ended;
}

/* Runs the stack until its job is suspended or ends. true: the job has ended, and the stack is not the caller's. */
static bool stack_run(struct eng_stack *stack) {
  struct eng_store *s = stack->store;
  if (!s->current)
    budget_begin_slice(s);
  bool runner_ended = stack_poll(stack) || run_errands(stack);
  if (runner_ended || (stack->ended && s->kept_count >= ENG_STACKS_KEPT)) {
    stack_release(stack);
    return true;
  }
  if (stack->ended) {
    stack_keep(stack);
    return true;
  }
  stack->state = ENG_STACK_SUSPENDED;
  list_append(&s->suspended, &stack->link);
  s->suspended_count++;
  return false;
}

/* Runs a new stack up to the runner's first wait, so that no job starts where there is no stack. */
static weir_status stack_begin(struct eng_stack *stack, struct diag *d) {
  struct switched outer = switch_to(stack);
  bool runner_ended = wasmtime_call_future_poll(stack->future);
  switch_back(stack, outer);
  if (!runner_ended)
    return WEIR_OK;
  wasm_trap_t *trap = stack->trap;
  wasmtime_error_t *error = stack->error;
  stack->trap = NULL;
  stack->error = NULL;
  weir_status status = trap || error ? trap_take_error(trap, error, WEIR_ERR_NOMEM, d) : WEIR_ERR_NOMEM;
  stack_release(stack);
  return status == WEIR_ERR_LIMIT ? status : WEIR_ERR_NOMEM;
}

static weir_status stack_take(struct eng_store *s, struct eng_stack **ret, struct diag *d) {
  if (list_empty(&s->kept)) {
    WEIR_TRY(stack_new(s, ret, d));
    return stack_begin(*ret, d);
  }
  *ret = LIST_OWNER(s->kept.next, struct eng_stack, link);
  list_remove(&(*ret)->link);
  s->kept_count--;
  return WEIR_OK;
}

/* ---- eng.h ----------------------------------------------------------------------------------------------------- */

weir_status eng_stack_start(struct eng_store *s, eng_job job, void *arg, struct eng_stack **ret, struct diag *d) {
  struct eng_stack *stack = NULL;
  WEIR_TRY(stack_take(s, &stack, d));
  stack->job = job;
  stack->arg = arg;
  stack->ended = false;
  *ret = stack_run(stack) ? NULL : stack;
  return WEIR_OK;
}

bool eng_stack_resume(struct eng_stack *stack) {
  if (stack->state != ENG_STACK_SUSPENDED)
    return false;
  list_remove(&stack->link);
  stack->store->suspended_count--;
  return stack_run(stack);
}

weir_status eng_suspend(struct eng_store *s) {
  struct eng_stack *stack = s->current;
  if (!stack)
    return WEIR_ERR_MISUSE;
  if (stack->dropping)
    return WEIR_ERR_CANCELLED;
  wasm_trap_t *trap = NULL;
  wasmtime_val_raw_t none;
  budget_lift(s);
  wasmtime_error_t *error = wasmtime_func_call_unchecked(s->cx, &s->block, &none, 0, &trap);
  budget_restore(s);
  if (!error && !trap)
    return WEIR_OK;
  trap_take(s, trap, error, NULL);
  return WEIR_ERR_CANCELLED;
}

void eng_errand(struct eng_store *s, eng_job errand, void *arg) {
  struct eng_stack *stack = s->current;
  if (stack) {
    stack->errand = errand;
    stack->errand_arg = arg;
    if (eng_suspend(s) == WEIR_OK || !stack->errand)
      return;
    stack->errand = NULL; /* the job could not be suspended */
  }
  errand(arg);
}

weir_status eng_stack_run(struct eng_store *s, eng_job job, void *arg, struct diag *d) {
  struct eng_stack *stack = NULL;
  if (!s->has_runner || s->current) {
    job(arg);
    return WEIR_OK;
  }
  WEIR_TRY(eng_stack_start(s, job, arg, &stack, d));
  while (stack && eng_stack_set_aside(stack))
    if (eng_stack_resume(stack))
      stack = NULL;
  eng_stack_drop(stack);
  return WEIR_OK;
}

bool eng_stack_set_aside(const struct eng_stack *stack) {
  return stack->state == ENG_STACK_SUSPENDED && !stack->waiting;
}

struct eng_stack *eng_stack_current(struct eng_store *s) {
  return s->current;
}

void eng_stack_drop(struct eng_stack *stack) {
  if (!stack || stack->state != ENG_STACK_SUSPENDED)
    return;
  list_remove(&stack->link);
  stack->store->suspended_count--;
  stack_release(stack);
}

void stack_drop_all(struct eng_store *s) {
  while (!list_empty(&s->suspended))
    eng_stack_drop(LIST_OWNER(s->suspended.next, struct eng_stack, link));
  while (!list_empty(&s->kept)) {
    struct eng_stack *stack = LIST_OWNER(s->kept.next, struct eng_stack, link);
    list_remove(&stack->link);
    s->kept_count--;
    stack_release(stack);
  }
}

uint32_t eng_stack_suspended(const struct eng_store *s) {
  return s->suspended_count;
}

uint32_t eng_stack_running(const struct eng_store *s) {
  return s->running_count;
}

uint32_t eng_stack_kept(const struct eng_store *s) {
  return s->kept_count;
}
