/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The way out of a subscriber's queue: any thread takes events, or waits for them. Who makes room lets the first call
 * that waits for room go on, and does so without the lock.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/sized.h"
#include "intercept/events.h"

/* Moves the first that waits into the queue. Its hook, to be finished without the lock. */
static weir_hook *admit(struct weir_events *q) {
  if (q->count >= q->config.capacity || list_empty(&q->late))
    return NULL;
  struct event_node *n = LIST_OWNER(q->late.next, struct event_node, all);
  weir_hook *hook = n->hook;
  list_remove(&n->all);
  n->hook = NULL;
  events_put_gap(q);
  events_put(q, n);
  return hook;
}

static void unsignal(struct weir_events *q) {
  uint64_t count;
  if (q->fd >= 0 && list_empty(&q->queue) && read(q->fd, &count, sizeof(count)) < 0) {
    /* it was not readable */
  }
}

static weir_status take_locked(struct weir_events *q, weir_event *ret, weir_hook **ret_hook) {
  *ret_hook = NULL;
  if (list_empty(&q->queue) && q->dropped)
    events_put_gap(q);
  if (list_empty(&q->queue))
    return q->ended ? WEIR_ERR_GONE : WEIR_ERR_NOT_FOUND;
  struct event_node *n = LIST_OWNER(q->queue.next, struct event_node, all);
  list_remove(&n->all);
  q->count--;
  sized_write(ret, &n->event, sizeof(n->event));
  free(n);
  *ret_hook = admit(q);
  unsignal(q);
  return WEIR_OK;
}

weir_status weir_events_take(weir_events *q, weir_event *ret) {
  weir_hook *hook;
  WEIR_TRY(sized_check(ret, "weir_event", NULL));
  pthread_mutex_lock(&q->lock);
  weir_status status = take_locked(q, ret, &hook);
  pthread_mutex_unlock(&q->lock);
  if (hook)
    weir_hook_go_on(hook);
  return status;
}

static struct timespec until(uint64_t nanoseconds) {
  enum { SECOND = 1000000000 };
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  uint64_t rest = (uint64_t)t.tv_nsec + nanoseconds % SECOND;
  t.tv_sec += (time_t)(nanoseconds / SECOND + rest / SECOND);
  t.tv_nsec = (long)(rest % SECOND);
  return t;
}

weir_status weir_events_wait(weir_events *q, uint64_t nanoseconds, weir_event *ret) {
  bool forever = nanoseconds > INT64_MAX;
  struct timespec end = until(forever ? 0 : nanoseconds);
  weir_hook *hook;
  int waited = 0;
  WEIR_TRY(sized_check(ret, "weir_event", NULL));
  pthread_mutex_lock(&q->lock);
  weir_status status = take_locked(q, ret, &hook);
  while (status == WEIR_ERR_NOT_FOUND && waited != ETIMEDOUT) {
    waited = forever ? pthread_cond_wait(&q->some, &q->lock) : pthread_cond_timedwait(&q->some, &q->lock, &end);
    status = take_locked(q, ret, &hook);
  }
  pthread_mutex_unlock(&q->lock);
  if (hook)
    weir_hook_go_on(hook);
  return status == WEIR_ERR_NOT_FOUND ? WEIR_ERR_TIMEOUT : status;
}

int weir_events_fd(weir_events *q) {
  pthread_mutex_lock(&q->lock);
  if (q->fd < 0) {
    q->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (q->fd >= 0 && (!list_empty(&q->queue) || q->dropped || q->ended))
      events_signal(q);
  }
  int fd = q->fd;
  pthread_mutex_unlock(&q->lock);
  return fd;
}
