/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See store.h. */
#include "runtime/store.h"

#include <string.h>

#include "base/mem.h"
#include "runtime/choice.h"
#include "runtime/enter.h"
#include "runtime/release.h"
#include "runtime/root.h"
#include "runtime/sched.h"
#include "runtime/task.h"
#include "runtime/thread.h"
#include "runtime/trap.h"

enum { PER_SLAB = 32, MAX_OBJECTS = 1000000, MAX_STACKS = 16000 };

void store_init(struct rt_store *s, const struct weir_alloc *alloc, struct eng_store *take_eng) {
  memset(s, 0, sizeof *s);
  s->alloc = alloc;
  s->eng = take_eng;
  s->limits = (struct rt_limits){
      .handles = MAX_OBJECTS,
      .tasks = MAX_OBJECTS,
      .waitables = MAX_OBJECTS,
      .stacks = MAX_STACKS,
      .value_bytes = ABI_LIFT_LIMIT,
  };
  list_init(&s->ready);
  list_init(&s->holds);
  list_init(&s->roots);
  list_init(&s->inbox_ends);
  diag_init(&s->failure);
  pool_init(&s->pool_tasks, alloc, sizeof(struct rt_task), PER_SLAB);
  pool_init(&s->pool_threads, alloc, sizeof(struct rt_thread), PER_SLAB);
  pool_init(&s->pool_subtasks, alloc, sizeof(struct rt_subtask), PER_SLAB);
  pool_init(&s->pool_ends, alloc, sizeof(struct rt_end), PER_SLAB);
  pool_init(&s->pool_channels, alloc, sizeof(struct rt_channel), PER_SLAB);
  pool_init(&s->pool_sets, alloc, sizeof(struct rt_set), PER_SLAB);
}

void store_permute(struct rt_store *s, uint64_t seed, uint32_t keep) {
  s->permute = seed != 0 ? (uint8_t)(CHOICE_ALL & ~keep) : 0;
  rng_seed(&s->rng, seed);
}

void store_done(struct rt_store *s) {
  s->stopping = true;
  s->failed = true;
  eng_store_free(s->eng);
  while (!list_empty(&s->roots))
    root_free(LIST_OWNER(s->roots.next, struct rt_root, all));
  pool_done(&s->pool_tasks);
  pool_done(&s->pool_threads);
  pool_done(&s->pool_subtasks);
  pool_done(&s->pool_ends);
  pool_done(&s->pool_channels);
  pool_done(&s->pool_sets);
  diag_done(&s->failure);
}

bool store_tick(struct rt_store *s) {
  struct rt_thread *t = s->failed ? NULL : sched_next(s);
  if (!t)
    return false;
  struct rt_instance *inst = t->task->inst;
  uint32_t levels = inst->depth + 1;
  s->nesting_depth++;
  instance_set_may_enter(inst, levels, false);
  rt_fail(s, thread_resume(t, false));
  instance_set_may_enter(inst, levels, true);
  s->nesting_depth--;
  return true;
}

void store_round(struct rt_store *s) {
  size_t ready = 0;
  hold_resume_ready(s);
  for (struct list *n = s->ready.next; n != &s->ready; n = n->next)
    ready++;
  while (ready-- > 0 && store_tick(s)) {
  }
}

bool store_has_ready(const struct rt_store *s) {
  return !s->failed && (sched_has_next((struct rt_store *)s) || hold_any_ready(s));
}
