/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See spin.h. */
#include "bridge/spin.h"

#include <sched.h>
#include <uv.h>

enum {
  STRETCH = 32,        /* waits in a stretch */
  BETWEEN_TRIALS = 64, /* stretches in the better way before one in the other, */
  BETWEEN_VAIN = 512,  /* which was worse than VAIN times as much the last time */
  VAIN = 4,
  LONGEST_WAIT = 1000000, /* nanoseconds; what takes longer is not a question of waking up */
  CREDIT = 16,            /* the worker's looks in vain */
  LOOKS_BETWEEN_CLOCKS = 16
};

void spin_init(struct spin *s, uint64_t span, int processors) {
  s->span = processors > 1 ? span : 0;
  s->may_look = processors - 1;
  s->cost[0] = s->cost[1] = UINT64_MAX;
  s->stretch = 0;
  atomic_init(&s->on, s->span > 0);
  atomic_init(&s->looking, 0);
  atomic_init(&s->credit, CREDIT);
  atomic_init(&s->waits, 0);
  atomic_init(&s->waited, 0);
}

int spin_processors(void) {
  cpu_set_t set;
  int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
  return count > 0 ? count : 1;
}

/* ---- looking ----------------------------------------------------------------------------------------------------- */

static inline void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static bool look(const struct spin *s, const atomic_bool *flag) {
  uint64_t until = uv_hrtime() + s->span;
  do {
    for (int i = 0; i < LOOKS_BETWEEN_CLOCKS; i++) {
      if (atomic_load_explicit(flag, memory_order_acquire))
        return true;
      relax();
    }
  } while (uv_hrtime() < until);
  return false;
}

bool spin_caller(struct spin *s, const atomic_bool *flag) {
  if (!atomic_load_explicit(&s->on, memory_order_relaxed))
    return false;
  bool free = atomic_fetch_add_explicit(&s->looking, 1, memory_order_relaxed) < s->may_look;
  bool seen = free && look(s, flag);
  atomic_fetch_sub_explicit(&s->looking, 1, memory_order_relaxed);
  return seen;
}

bool spin_worker(struct spin *s, const atomic_bool *flag) {
  int credit = atomic_load_explicit(&s->credit, memory_order_relaxed);
  if (credit <= 0 || !atomic_load_explicit(&s->on, memory_order_relaxed))
    return false;
  bool seen = look(s, flag);
  atomic_store_explicit(&s->credit, seen ? CREDIT : credit - 1, memory_order_relaxed);
  return seen;
}

/* ---- judging ----------------------------------------------------------------------------------------------------- */

/* Whether to look in the next stretch: what is better by a quarter at least, sleeping otherwise; or what was not tried
 * for long. */
static bool judge(struct spin *s, bool on) {
  unsigned trial = s->cost[!on] / VAIN > s->cost[on] ? BETWEEN_VAIN : BETWEEN_TRIALS;
  if (s->cost[!on] == UINT64_MAX || ++s->stretch >= trial) {
    s->stretch = 0;
    return !on;
  }
  return s->cost[1] < s->cost[0] - s->cost[0] / 4;
}

void spin_waited(struct spin *s, uint64_t nanoseconds) {
  if (s->span == 0)
    return;
  atomic_fetch_add_explicit(&s->waited, nanoseconds < LONGEST_WAIT ? nanoseconds : LONGEST_WAIT, memory_order_relaxed);
  if (atomic_fetch_add(&s->waits, 1) + 1 != STRETCH)
    return; /* the one that ends the stretch judges, alone until it begins another */
  bool on = atomic_load_explicit(&s->on, memory_order_relaxed);
  s->cost[on] = atomic_exchange_explicit(&s->waited, 0, memory_order_relaxed) / STRETCH;
  bool next = judge(s, on);
  if (next && !on)
    atomic_store_explicit(&s->credit, CREDIT, memory_order_relaxed);
  atomic_store_explicit(&s->on, next, memory_order_relaxed);
  atomic_store(&s->waits, 0);
}
