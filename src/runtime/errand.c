/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See errand.h. The thread has no lift, as that of a realloc (frame.h), and cannot leave its instance either. */
#include "runtime/errand.h"

#include "base/mem.h"
#include "runtime/thread.h"
#include "runtime/trap.h"

struct errand {
  struct rt_task task; /* only inst and lift (NULL) are set */
  struct rt_thread thread;
  void (*fn)(void *arg);
  void *arg;
  bool *ret_begun;
};

static weir_status errand_entry(struct rt_thread *t) {
  struct errand *e = LIST_OWNER(t, struct errand, thread);
  struct rt_store *s = t->task->inst->store;
  *e->ret_begun = true;
  e->fn(e->arg);
  mem_free(s->alloc, e, sizeof *e);
  return s->failed ? s->failure.status : WEIR_OK;
}

/* Where there is no stack for it the store has failed, and it runs here to let go of what it holds. */
static void run(struct rt_store *s, struct errand *e) {
  bool begun = false;
  e->ret_begun = &begun;
  s->nesting_depth++;
  rt_fail(s, thread_run(&e->thread, true));
  if (!begun)
    errand_entry(&e->thread);
  s->nesting_depth--;
}

void errand_run(struct rt_store *s, struct rt_instance *inst, void (*fn)(void *arg), void *arg) {
  struct errand *e = s->slices && !s->failed ? mem_zalloc(s->alloc, sizeof *e) : NULL;
  if (!e) {
    fn(arg);
    return;
  }
  e->fn = fn;
  e->arg = arg;
  e->task.inst = inst;
  thread_init(&e->thread, &e->task, true);
  e->thread.entry = errand_entry;
  run(s, e);
}
