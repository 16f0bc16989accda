/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Property: whatever happens to the instances of a server, in whatever order, the pool has no more of them than it may,
 * counts them right, gives no request to one that is full or leaves, and ends each exactly once. The first five bytes
 * are limits; then two bytes an event: which, and whose request.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "serve/slots.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TAKEN = 64 };

struct pool {
  struct slots slots;
  uint64_t made, ended, now;
  bool broken;
  struct slot *taken[TAKEN]; /* one for each request */
  uint32_t count;
};

static void *make(void *data) {
  struct pool *p = data;
  return p->broken ? NULL : (void *)(uintptr_t)++p->made;
}

static void end(void *data, void *instance) {
  struct pool *p = data;
  if (!instance)
    abort();
  p->ended++;
}

static void take(struct pool *p) {
  struct slot *slot = p->count < TAKEN ? slots_take(&p->slots) : NULL;
  if (!slot)
    return;
  const struct slots_limits *l = &p->slots.limits;
  if (p->slots.retired || slot->requests > l->at_once || (l->requests > 0 && slot->taken > l->requests))
    abort();
  p->taken[p->count++] = slot;
}

static void release(struct pool *p, uint8_t which, bool live) {
  if (p->count == 0)
    return;
  uint32_t at = which % p->count;
  struct slot *slot = p->taken[at];
  p->taken[at] = p->taken[p->count - 1];
  p->count--;
  slot_release(slot, live, p->now);
}

static void fail(struct pool *p, uint8_t which) {
  struct slot *slot = p->count > 0 ? p->taken[which % p->count] : NULL;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < p->count; i++)
    if (p->taken[i] != slot)
      p->taken[kept++] = p->taken[i];
  p->count = kept;
  if (slot)
    slot_fail(slot);
}

/* One that works on after its requests. */
static void quiet(struct pool *p) {
  if (!list_empty(&p->slots.watched))
    slot_quiet(LIST_OWNER(p->slots.watched.next, struct slot, watch), p->now);
}

static void check(const struct pool *p) {
  if (slots_count(&p->slots) > p->slots.limits.instances || p->made - p->ended != slots_count(&p->slots))
    abort();
}

static void run_one(struct pool *p, uint8_t which, uint8_t whose) {
  switch (which % 9) {
    case 0:
    case 1:
      take(p);
      break;
    case 2:
      release(p, whose, false);
      break;
    case 3:
      release(p, whose, true);
      break;
    case 4:
      fail(p, whose);
      break;
    case 5:
      quiet(p);
      break;
    case 6:
      p->now += whose;
      slots_sweep(&p->slots, p->now);
      break;
    case 7:
      slots_make_ahead(&p->slots, p->now);
      break;
    default:
      p->broken = whose == 1;
      if (whose == 255)
        slots_retire(&p->slots);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const struct slots_ops ops = {make, end};
  struct pool p = {0};
  if (size < 5)
    return 0;
  struct slots_limits limits = {.instances = data[0] % 8,
                                .ahead = data[1] % 4,
                                .requests = data[2] % 8,
                                .at_once = 1 + data[3] % 4,
                                .idle = data[4],
                                .after = data[4] / 2};
  slots_init(&p.slots, &mem_system, &limits, &ops, &p);
  for (size_t i = 5; i + 1 < size; i += 2) {
    run_one(&p, data[i], data[i + 1]);
    check(&p);
  }
  slots_done(&p.slots);
  if (p.made != p.ended)
    abort();
  return 0;
}
