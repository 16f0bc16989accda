/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Clocks, and waiting for several things at once: each becomes a pollable of 0.2, and all are waited for together. */
#include "preview1.h"

enum { CLOCK_REALTIME, CLOCK_MONOTONIC, NANOSECONDS = 1000000000 };

static uint64_t wall(void (*ask)(struct datetime *ret)) {
  struct datetime time;
  ask(&time);
  return time.seconds * NANOSECONDS + time.nanoseconds;
}

EXPORT("clock_res_get") uint32_t clock_res_get(uint32_t clock, guest ret) {
  call_begin();
  if (clock > CLOCK_MONOTONIC) /* nobody tells the time of processes and threads */
    return E_INVAL;
  app_store_u64(ret, clock == CLOCK_REALTIME ? wall(wall_resolution) : monotonic_resolution());
  return SUCCESS;
}

EXPORT("clock_time_get") uint32_t clock_time_get(uint32_t clock, uint64_t precision, guest ret) {
  (void)precision;
  call_begin();
  if (clock > CLOCK_MONOTONIC)
    return E_INVAL;
  app_store_u64(ret, clock == CLOCK_REALTIME ? wall(wall_now) : monotonic_now());
  return SUCCESS;
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

enum event_type { EVENT_CLOCK, EVENT_READ, EVENT_WRITE };
enum { ABSOLUTE = 1 };

struct subscription {
  uint64_t userdata;
  uint8_t type;
  union {
    struct {
      uint32_t clock;
      uint64_t timeout, precision;
      uint16_t flags;
    } clock;
    uint32_t fd;
  } of;
};

struct event {
  uint64_t userdata;
  uint16_t error;
  uint8_t type;
  uint64_t bytes;
  uint16_t flags;
};

/* What is waited for; those that are ready at once have no pollable. */
struct waits {
  const struct subscription *subscriptions;
  handle *pollables;
  uint32_t *numbers; /* of subscriptions, one a pollable */
  uint32_t count;
  guest to;
  uint32_t events;
};

static void put_event(struct waits *w, const struct subscription *s, uint16_t error) {
  struct event event = {.userdata = s->userdata, .error = error, .type = s->type};
  event.bytes = s->type == EVENT_CLOCK || error ? 0 : 1;
  app_store(w->to + w->events++ * (uint32_t)sizeof(event), &event, sizeof(event));
}

static void add_wait(struct waits *w, uint32_t number, handle pollable) {
  w->pollables[w->count] = pollable;
  w->numbers[w->count++] = number;
}

static void wait_for_clock(struct waits *w, uint32_t number) {
  const struct subscription *s = &w->subscriptions[number];
  uint64_t timeout = s->of.clock.timeout;
  bool absolute = s->of.clock.flags & ABSOLUTE;
  if (s->of.clock.clock > CLOCK_MONOTONIC) {
    put_event(w, s, E_INVAL);
  } else if (absolute && s->of.clock.clock == CLOCK_MONOTONIC) {
    add_wait(w, number, monotonic_instant(timeout));
  } else {
    uint64_t now = absolute ? wall(wall_now) : 0;
    add_wait(w, number, monotonic_duration(timeout > now ? timeout - now : 0));
  }
}

/* Files are always ready. */
static void wait_for_fd(struct waits *w, uint32_t number) {
  const struct subscription *s = &w->subscriptions[number];
  const struct fd *fd = fd_get(s->of.fd);
  bool reads = s->type == EVENT_READ;
  if (!fd)
    put_event(w, s, E_BADF);
  else if (fd->kind == FD_INPUT && reads)
    add_wait(w, number, input_subscribe(fd->handle));
  else if (fd->kind == FD_OUTPUT && !reads)
    add_wait(w, number, output_subscribe(fd->handle));
  else
    put_event(w, s, fd->kind == FD_FILE ? SUCCESS : E_BADF);
}

/* Where something is ready already, nothing is waited for. */
static void wait_all(struct waits *w) {
  struct list ready = {0};
  if (w->count > 0 && w->events == 0)
    poll(w->pollables, w->count, &ready);
  for (uint32_t i = 0; i < ready.count; i++)
    put_event(w, &w->subscriptions[w->numbers[((uint32_t *)ready.data)[i]]], SUCCESS);
  for (uint32_t i = 0; i < w->count; i++)
    pollable_drop(w->pollables[i]);
}

EXPORT("poll_oneoff") uint32_t poll_oneoff(guest in, guest out, uint32_t count, guest ret) {
  enum { MOST = 65536 };
  call_begin();
  if (count == 0 || count > MOST)
    return E_INVAL;
  struct waits w = {.subscriptions = app_copy(in, count * (uint32_t)sizeof(struct subscription)),
                    .pollables = scratch_take(count * (uint32_t)sizeof(handle)),
                    .numbers = scratch_take(count * (uint32_t)sizeof(uint32_t)),
                    .to = out};
  for (uint32_t i = 0; i < count; i++)
    if (w.subscriptions[i].type == EVENT_CLOCK)
      wait_for_clock(&w, i);
    else
      wait_for_fd(&w, i);
  wait_all(&w);
  app_store_u32(ret, w.events);
  return SUCCESS;
}
