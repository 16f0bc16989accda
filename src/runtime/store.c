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

enum { PER_SLAB = 32 };

static const struct rt_limits usual_limits = {
#define RUNTIME_LIMIT(name, type, usual, field) .name = (usual),
#include "base/limits.def"
};

/* A round goes over several steps where a time slice is used up in it, so that everybody gets a turn. */
enum store_round { ROUND_NEW, ROUND_HOLDS, ROUND_THREADS_NEXT, ROUND_THREADS };

void store_init(struct rt_store *s, const struct weir_alloc *alloc, struct eng_store *take_eng) {
  memset(s, 0, sizeof(*s));
  s->alloc = alloc;
  s->eng = take_eng;
  s->limits = usual_limits;
  list_init(&s->holds);
  list_init(&s->holds_asleep);
  list_init(&s->roots);
  list_init(&s->inbox_ends);
  diag_init(&s->failure);
  pool_init(&s->pool_tasks, alloc, sizeof(struct rt_task), PER_SLAB);
  pool_init(&s->pool_threads, alloc, sizeof(struct rt_thread), PER_SLAB);
  pool_init(&s->pool_subtasks, alloc, sizeof(struct rt_subtask), PER_SLAB);
  pool_init(&s->pool_sync_subtasks, alloc, sizeof(struct rt_subtask), PER_SLAB);
  pool_init(&s->pool_ends, alloc, sizeof(struct rt_end), PER_SLAB);
  pool_init(&s->pool_channels, alloc, sizeof(struct rt_channel), PER_SLAB);
  pool_init(&s->pool_sets, alloc, sizeof(struct rt_set), PER_SLAB);
}

void store_permute(struct rt_store *s, uint64_t seed, uint32_t keep) {
  s->permute = seed != 0 ? (uint8_t)(CHOICE_ALL & ~keep) : 0;
  rng_seed(&s->rng, seed);
}

void store_set_slice(struct rt_store *s, uint64_t ticks) {
  s->slices = s->always_stacks = true;
  s->slice = ticks;
  eng_store_set_slice(s->eng, ticks);
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
  pool_done(&s->pool_sync_subtasks);
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
  enter_set_allowed(inst, levels, false);
  rt_fail(s, thread_resume(t, false));
  enter_set_allowed(inst, levels, true);
  s->nesting_depth--;
  return true;
}

void store_round_holds(struct rt_store *s) {
  if (s->round == ROUND_NEW) {
    s->round = ROUND_HOLDS;
    s->round_left = list_count(&s->holds);
  }
  if (s->round != ROUND_HOLDS)
    return;
  s->round_left = hold_resume_ready(s, s->round_left);
  if (s->round_left == 0)
    s->round = ROUND_THREADS_NEXT;
}

void store_round_threads(struct rt_store *s) {
  if (s->round == ROUND_HOLDS || s->slice_used)
    return;
  if (s->round == ROUND_THREADS_NEXT) {
    s->round = ROUND_THREADS;
    s->round_left = s->ready_count;
  }
  while (s->round_left > 0 && !s->slice_used)
    s->round_left = store_tick(s) ? s->round_left - 1 : 0;
  if (s->round_left == 0)
    s->round = ROUND_NEW;
}

bool store_has_ready(const struct rt_store *s) {
  return !s->failed && (s->ready_count > 0 || hold_any_ready(s));
}
