/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The call into wasm, and the room rule of eng_private.h that guards it. The fast path is one subtraction and one
 * comparison. Every unusual case (another thread, a start function's stack, a dropped stack, no room) fails that
 * comparison, and room_check() tells the cases apart.
 *
 * On the caller's own stack Wasmtime keeps the limit of the outermost entry, so there the rule only makes sure that the
 * outermost entry fits. Hence the rule may accept a stack of unknown bounds (a coroutine of the embedder's).
 */
#include "engine/eng.h"

#include <pthread.h>

#include "engine/eng_private.h"

const struct eng_room room_none = {.low = UINTPTR_MAX, .kind = ENG_ROOM_FIXED};
const struct eng_room room_unknown = {.low = UINTPTR_MAX, .kind = ENG_ROOM_UNKNOWN};

/*
 * The stack of this thread: its own, whose bounds are dear to ask for (those of the main thread come from /proc), or
 * the suspendable stack of a store while a job runs.
 */
static _Thread_local struct eng_bounds thread_bounds;

struct eng_bounds thread_bounds_swap(struct eng_bounds now) {
  struct eng_bounds before = thread_bounds;
  thread_bounds = now;
  return before;
}

static struct eng_bounds thread_bounds_get(void) {
  pthread_attr_t attr;
  if (thread_bounds.size != 0 || pthread_getattr_np(pthread_self(), &attr) != 0)
    return thread_bounds;
  void *base = NULL;
  size_t size = 0;
  if (pthread_attr_getstack(&attr, &base, &size) == 0)
    thread_bounds = (struct eng_bounds){(uintptr_t)base, size};
  pthread_attr_destroy(&attr);
  return thread_bounds;
}

void thread_bounds_learn(void) {
  thread_bounds_get();
}

struct eng_bounds bounds_below(const struct eng *e, uintptr_t here, size_t above) {
  return (struct eng_bounds){here + above - e->stack_size, e->stack_size};
}

struct eng_room room_of(const struct eng *e, struct eng_bounds bounds, enum eng_room_kind kind) {
  size_t need = (size_t)e->max_wasm_stack + ENG_STACK_MARGIN;
  if (bounds.size <= need)
    return (struct eng_room){.low = UINTPTR_MAX, .kind = kind};
  return (struct eng_room){.low = bounds.base + need, .span = bounds.size - need, .kind = kind};
}

/* Sets the room of the caller's own stack. false: `here` is on no known stack. */
static bool room_of_caller(struct eng_store *s, uintptr_t here) {
  struct eng_bounds bounds = thread_bounds_get();
  if (here - bounds.base >= bounds.size)
    return false;
  s->room = room_of(s->engine, bounds, ENG_ROOM_CALLER);
  return true;
}

/* A start function may have used up to max_wasm_stack before its first call of the host. */
static struct eng_room room_of_start(const struct eng *e, uintptr_t here) {
  return room_of(e, bounds_below(e, here, (size_t)e->max_wasm_stack + ENG_STACK_TOP), ENG_ROOM_FIXED);
}

weir_status room_check(struct eng_store *s, struct diag *d) {
  uintptr_t here = (uintptr_t)__builtin_frame_address(0);
  if (s->current && s->current->dropping)
    return diag_set(d, WEIR_ERR_CANCELLED, "the call was dropped");
  if (s->room.kind == ENG_ROOM_UNKNOWN)
    s->room = room_of_start(s->engine, here);
  else if (s->room.kind == ENG_ROOM_CALLER && !room_of_caller(s, here))
    return WEIR_OK;
  if (room_left(s))
    return WEIR_OK;
  return diag_set(d, WEIR_ERR_TRAP, "wasm trap: call stack exhausted");
}

weir_status eng_call(struct eng_store *s, const struct eng_func *f, union eng_val *vals, uint32_t count,
                     struct diag *d) {
  if (__builtin_expect(!room_left(s), 0))
    WEIR_TRY(room_check(s, d));
  wasm_trap_t *trap = NULL;
  wasmtime_error_t *error = wasmtime_func_call_unchecked(s->cx, (const wasmtime_func_t *)(const void *)f->bits,
                                                         (wasmtime_val_raw_t *)(void *)vals, count, &trap);
  if (__builtin_expect(!error && !trap, 1))
    return WEIR_OK;
  return trap_take(s, trap, error, d);
}
