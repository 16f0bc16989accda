/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Subscribers: an interceptor with a bounded queue. The store's thread puts events in, any other takes them out; a call
 * that finds no room waits with its event and its hook in `late`, and the thread that makes room lets it go on.
 * Decisions travel through the store's inbox, so a full queue never stands in their way. `readable` is called without
 * the lock; weir_events_free() waits until it has returned, unless `readable` itself has called that.
 *
 * In order: in; life. events_take.c is the way out.
 */
#include "intercept/events.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/sized.h"

enum { DEFAULT_CAPACITY = 256, ALL_KINDS = 0x1f };

static void events_unref(struct weir_events *q) {
  if (atomic_fetch_sub(&q->holders, 1) != 1)
    return;
  while (!list_empty(&q->queue)) {
    struct event_node *n = LIST_OWNER(q->queue.next, struct event_node, all);
    list_remove(&n->all);
    event_node_free(n);
  }
  if (q->fd >= 0)
    close(q->fd);
  pthread_cond_destroy(&q->some);
  pthread_cond_destroy(&q->quiet);
  pthread_mutex_destroy(&q->lock);
  free(q);
}

/* ---- in: under the lock ------------------------------------------------------------------------------------------ */

void events_signal(struct weir_events *q) {
  static const uint64_t one = 1;
  pthread_cond_signal(&q->some);
  if (q->fd >= 0 && write(q->fd, &one, sizeof(one)) < 0) {
    /* full: it is readable already */
  }
}

void events_put(struct weir_events *q, struct event_node *n) {
  list_append(&q->queue, &n->all);
  q->count++;
  events_signal(q);
}

void events_put_gap(struct weir_events *q) {
  if (q->dropped == 0)
    return;
  struct event_node *n = calloc(1, sizeof(*n));
  if (!n)
    return; /* it is still counted, and tried again */
  n->event = (weir_event){.size = sizeof(n->event), .kind = WEIR_EVENT_GAP, .count = q->dropped};
  q->dropped = 0;
  events_put(q, n);
}

static weir_verdict no_room(struct weir_events *q, struct event_node *n, weir_crossing *c) {
  if (n && q->config.policy == WEIR_EVENTS_WAIT && n->event.kind != WEIR_EVENT_FAILURE) {
    n->hook = weir_crossing_hold(c);
    if (n->hook) {
      list_append(&q->late, &n->all);
      return WEIR_PENDING;
    }
  }
  bool fails = q->config.policy != WEIR_EVENTS_DROP && (!n || n->event.kind != WEIR_EVENT_FAILURE);
  if (n)
    event_node_free(n);
  if (fails)
    return weir_crossing_fail(c, "the event queue of a subscriber is full");
  q->dropped++;
  return WEIR_GO_ON;
}

static void tell_readable(struct weir_events *q) {
  q->config.readable(q->config.data);
  pthread_mutex_lock(&q->lock);
  q->telling = false;
  pthread_cond_broadcast(&q->quiet);
  pthread_mutex_unlock(&q->lock);
}

static weir_verdict event(struct weir_events *q, weir_crossing *c, weir_event_kind kind) {
  if (!(q->config.kinds & kind))
    return WEIR_GO_ON;
  struct event_node *n = event_node_new(c, kind);
  weir_verdict verdict = WEIR_GO_ON;
  pthread_mutex_lock(&q->lock);
  bool freed = q->freed;
  if (freed) {
    if (n)
      event_node_free(n);
  } else if (n && q->count < q->config.capacity && list_empty(&q->late)) {
    events_put_gap(q);
    events_put(q, n);
  } else {
    verdict = no_room(q, n, c);
  }
  q->telling = q->config.readable && verdict == WEIR_GO_ON && !freed;
  q->teller = pthread_self();
  bool tell = q->telling;
  pthread_mutex_unlock(&q->lock);
  if (tell)
    tell_readable(q);
  return verdict;
}

static weir_verdict before_import(void *data, weir_crossing *c) {
  return event(data, c, WEIR_EVENT_BEFORE_IMPORT);
}

static weir_verdict after_import(void *data, weir_crossing *c) {
  return event(data, c, WEIR_EVENT_AFTER_IMPORT);
}

static weir_verdict before_export(void *data, weir_crossing *c) {
  return event(data, c, WEIR_EVENT_BEFORE_EXPORT);
}

static weir_verdict after_export(void *data, weir_crossing *c) {
  return event(data, c, WEIR_EVENT_AFTER_EXPORT);
}

static void failure(void *data, const weir_crossing *c) {
  weir_crossing copy = *c;
  event(data, &copy, WEIR_EVENT_FAILURE);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

/* Nobody waits any more; hooks of a store that is gone are told so and do not mind. */
static void let_all_go(struct weir_events *q) {
  struct list late;
  pthread_mutex_lock(&q->lock);
  list_take(&late, &q->late);
  events_signal(q);
  pthread_cond_broadcast(&q->some);
  pthread_mutex_unlock(&q->lock);
  while (!list_empty(&late)) {
    struct event_node *n = LIST_OWNER(late.next, struct event_node, all);
    list_remove(&n->all);
    weir_hook_go_on(n->hook);
    event_node_free(n);
  }
}

void weir_events_free(weir_events *q) {
  if (!q)
    return;
  pthread_mutex_lock(&q->lock);
  q->freed = true;
  while (q->telling && !pthread_equal(q->teller, pthread_self()))
    pthread_cond_wait(&q->quiet, &q->lock);
  pthread_mutex_unlock(&q->lock);
  let_all_go(q);
  events_unref(q);
}

static void store_gone(void *data) {
  struct weir_events *q = data;
  pthread_mutex_lock(&q->lock);
  q->ended = true;
  pthread_mutex_unlock(&q->lock);
  let_all_go(q);
  events_unref(q);
}

weir_status weir_events_new(weir_store *store, const weir_events_config *config, weir_events **ret) {
  pthread_condattr_t monotonic;
  weir_events_config own;
  WEIR_TRY(SIZED_READ(config, &own, weir_events_config, NULL));
  weir_events *q = calloc(1, sizeof(*q));
  if (!q)
    return WEIR_ERR_NOMEM;
  weir_interceptor vtable = {.size = sizeof(vtable),
                             .holds = own.holds,
                             .before_import = before_import,
                             .after_import = after_import,
                             .before_export = before_export,
                             .after_export = after_export,
                             .failure = failure};
  atomic_init(&q->holders, 2);
  pthread_mutex_init(&q->lock, NULL);
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&q->some, &monotonic);
  pthread_cond_init(&q->quiet, NULL);
  pthread_condattr_destroy(&monotonic);
  list_init(&q->queue);
  list_init(&q->late);
  q->fd = -1;
  q->config = own;
  q->config.capacity = own.capacity ? own.capacity : DEFAULT_CAPACITY;
  q->config.kinds = own.kinds ? own.kinds : ALL_KINDS;
  weir_status status = own.next_instance ? weir_store_intercept_next(store, &vtable, q, store_gone)
                                         : weir_store_intercept(store, &vtable, q, store_gone);
  if (status == WEIR_OK) {
    *ret = q;
    return WEIR_OK;
  }
  events_unref(q);
  events_unref(q);
  return status;
}
