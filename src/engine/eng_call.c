/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The call into wasm, and the room rule of eng_private.h that guards it. The fast path is one subtraction and one
 * comparison; all that is unusual (another thread, a start function's stack, a dropped stack, no room) fails that
 * comparison and is told apart in room_check().
 *
 * On the caller's own stack Wasmtime keeps the limit of the outermost entry, so there the rule only makes sure that the
 * outermost entry fits. That is also why a stack of unknown bounds (a coroutine of the embedder's) may be accepted.
 */
#define _GNU_SOURCE /* pthread_getattr_np */
#include "engine/eng.h"

#include <pthread.h>

#include "engine/eng_private.h"

const struct eng_room room_none = {.low = UINTPTR_MAX};
const struct eng_room room_unknown = {.low = UINTPTR_MAX, .unknown = true};

/* Bounds of the thread's own stack: a fact about the thread, dear to ask for (the main thread's is read from /proc). */
struct thread_stack {
  uintptr_t base;
  size_t size;
};
static _Thread_local struct thread_stack thread_stack;

static const struct thread_stack *thread_stack_get(void) {
  pthread_attr_t attr;
  if (thread_stack.size != 0 || pthread_getattr_np(pthread_self(), &attr) != 0)
    return &thread_stack;
  void *base = NULL;
  size_t size = 0;
  if (pthread_attr_getstack(&attr, &base, &size) == 0) {
    thread_stack.base = (uintptr_t)base;
    thread_stack.size = size;
  }
  pthread_attr_destroy(&attr);
  return &thread_stack;
}

/* The part of base .. base + size from which a guest may be entered. */
static struct eng_room room_of(const struct eng *e, uintptr_t base, size_t size) {
  size_t need = (size_t)e->max_wasm_stack + ENG_STACK_MARGIN;
  if (size <= need)
    return room_none;
  return (struct eng_room){.low = base + need, .span = size - need};
}

struct eng_room room_below(const struct eng *e, uintptr_t top, size_t size) {
  return room_of(e, top - size, size);
}

/* Sets the room of the caller's own stack. false: `here` is on no stack that is known. */
static bool room_of_caller(struct eng_store *s, uintptr_t here) {
  const struct thread_stack *t = thread_stack_get();
  if (here - t->base >= t->size)
    return false;
  s->room = room_of(s->engine, t->base, t->size);
  return true;
}

weir_status room_check(struct eng_store *s, struct diag *d) {
  uintptr_t here = (uintptr_t)__builtin_frame_address(0);
  if (s->current != NULL && s->current->dropping)
    return diag_set(d, WEIR_ERR_CANCELLED, "the call was dropped");
  if (s->room.unknown) {
    /* The start function itself may have used up to max_wasm_stack above this frame, so that much may be missing. */
    size_t used = (size_t)s->engine->max_wasm_stack + ENG_STACK_TOP;
    s->room = room_below(s->engine, here, s->engine->stack_size - used);
    s->room.span += used;
  } else if (s->current == NULL && !room_of_caller(s, here)) {
    return WEIR_OK;
  }
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
  if (__builtin_expect(error == NULL && trap == NULL, 1))
    return WEIR_OK;
  return trap_take(s, trap, error, d);
}
