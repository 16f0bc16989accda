/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The thread that realloc runs in: a synchronous call of the guest that cannot leave, so nobody can ever see more of
 * its task than its context slots. It lives on the C stack and costs no table entry. The text makes a whole task
 * (LiftLowerContext.reallocate); the difference cannot be observed.
 */
#ifndef RUNTIME_FRAME_H
#define RUNTIME_FRAME_H

#include "runtime/state.h"

struct rt_frame {
  struct rt_store *store;
  struct rt_thread *before;
  struct rt_task task; /* only inst, lift (NULL here) and caller_inst (whose values are being copied) are set */
  struct rt_thread thread;
};

static inline void frame_push(struct rt_frame *f, struct rt_instance *inst) {
  f->store = inst->store;
  f->before = inst->store->current;
  f->task.inst = inst;
  f->task.lift = NULL;
  f->task.id = 0;
  f->task.caller_inst = NULL;
  f->thread.levels = 0;
  f->thread.below = f->before;
  f->thread.task = &f->task;
  f->thread.state = RT_THREAD_RUNNING;
  f->thread.implicit = true;
  f->thread.in_sync = false;
  f->thread.storage[0] = f->thread.storage[1] = 0;
  inst->store->current = &f->thread;
}

static inline void frame_pop(struct rt_frame *f) {
  f->store->current = f->before;
}

#endif
