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

static weir_status errand_body(struct rt_thread *t) {
  struct errand *e = LIST_OWNER(t, struct errand, thread);
  struct rt_store *s = t->task->inst->store;
  *e->ret_begun = true;
  e->fn(e->arg);
  mem_free(s->alloc, e, sizeof(*e));
  return s->failed ? s->failure.status : WEIR_OK;
}

static weir_status errand_start(struct rt_thread *t) {
  return thread_run(t, errand_body);
}

/* Where there is no stack for it the store has failed, and it runs here to let go of what it holds. */
static void run(struct rt_store *s, struct errand *e) {
  bool begun = false;
  e->ret_begun = &begun;
  s->nesting_depth++;
  rt_fail(s, thread_start(&e->thread, errand_start));
  if (!begun)
    errand_body(&e->thread);
  s->nesting_depth--;
}

weir_status errand_on_stack(struct rt_store *s, struct rt_instance *inst, void (*fn)(void *arg), void *arg) {
  struct errand *e = mem_zalloc(s->alloc, sizeof(*e));
  if (!e)
    return WEIR_ERR_NOMEM;
  e->fn = fn;
  e->arg = arg;
  e->task.inst = inst;
  thread_init(&e->thread, &e->task, true);
  run(s, e);
  return WEIR_OK;
}

void errand_run(struct rt_store *s, struct rt_instance *inst, void (*fn)(void *arg), void *arg) {
  if (!s->slices || s->failed || errand_on_stack(s, inst, fn, arg) != WEIR_OK)
    fn(arg);
}
