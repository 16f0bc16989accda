/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See count.h, and the functions that read the counters. */
#include "bridge/count.h"

#include "base/error.h"
#include "base/sized.h"
#include "bridge/core.h"

/* The bucket of a span: the place of its highest bit, and the last one for all that is longer. */
static unsigned bucket_of(uint64_t span) {
  unsigned place = span < 2 ? 0 : 63 - (unsigned)__builtin_clzll(span);
  return place < WEIR_BRIDGE_BUCKETS ? place : WEIR_BRIDGE_BUCKETS - 1;
}

void count_waited(struct weir_bridge *b, uint64_t span) {
  b->stats.wait_ns += span;
  b->times.waited[bucket_of(span)]++;
}

void count_ran(struct weir_bridge *b, uint64_t span) {
  b->stats.run_ns += span;
  b->times.ran[bucket_of(span)]++;
}

void count_outcome(struct weir_bridge *b, weir_status status) {
  struct weir_bridge_stats *s = &b->stats;
  switch (status) {
    case WEIR_OK:
      s->completed++;
      break;
    case WEIR_ERR_CANCELLED:
      s->cancelled++;
      break;
    case WEIR_ERR_TIMEOUT:
      s->timed_out++;
      break;
    case WEIR_ERR_LOST:
      s->lost++;
      break;
    default:
      s->failed++;
      break;
  }
}

void count_refused(struct weir_bridge *b, size_t requests) {
  uv_mutex_lock(&b->lock);
  b->stats.refused += requests;
  uv_mutex_unlock(&b->lock);
}

void weir_bridge_get_stats(weir_bridge *b, weir_bridge_stats *ret, size_t size) {
  struct weir_bridge_stats all = {0};
  if (!bridge_forked(b)) {
    uv_mutex_lock(&b->lock);
    all = b->stats;
    all.abandoned = b->open_jobs - b->stats.running;
    uv_mutex_unlock(&b->lock);
  }
  sized_fill(ret, size, &all, sizeof(all));
}

void weir_bridge_get_times(weir_bridge *b, weir_bridge_times *ret, size_t size) {
  struct weir_bridge_times all = {0};
  if (!bridge_forked(b)) {
    uv_mutex_lock(&b->lock);
    all = b->times;
    uv_mutex_unlock(&b->lock);
  }
  sized_fill(ret, size, &all, sizeof(all));
}
