/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The pool. A connection's state follows from its counts; place() brings it where that state belongs. Parts: hosts;
 * waiting; connections; choosing.
 */
#include "http/pool.h"

#include "base/mem.h"

void http_pool_init(struct http_pool *p, const struct weir_alloc *alloc) {
  *p = (struct http_pool){.alloc = alloc};
  list_init(&p->hosts);
  list_init(&p->idle);
}

/* ---- hosts ------------------------------------------------------------------------------------------------------- */

static uint64_t hash_of(struct str key) {
  uint64_t hash = UINT64_C(14695981039346656037);
  for (size_t i = 0; i < key.size; i++)
    hash = (hash ^ (uint8_t)key.data[i]) * UINT64_C(1099511628211);
  return hash;
}

struct http_pool_host *http_pool_host(struct http_pool *p, struct str key) {
  uint64_t hash = hash_of(key);
  for (struct list *at = p->hosts.next; at != &p->hosts; at = at->next) {
    struct http_pool_host *h = LIST_OWNER(at, struct http_pool_host, node);
    if (h->hash == hash && str_eq((struct str){h->key, h->key_size}, key))
      return h;
  }
  struct http_pool_host *h = mem_zalloc(p->alloc, sizeof(*h) + key.size + 1);
  if (!h)
    return NULL;
  h->pool = p;
  h->hash = hash;
  h->key_size = (uint32_t)key.size;
  memcpy(h->key, key.data, key.size);
  list_init(&h->waiting);
  list_init(&h->ready);
  list_append(&p->hosts, &h->node);
  return h;
}

void http_pool_settle(struct http_pool_host *h) {
  if (h->open > 0 || h->waiters > 0 || h->holds > 0)
    return;
  list_remove(&h->node);
  mem_free(h->pool->alloc, h, sizeof(*h) + h->key_size + 1);
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

bool http_pool_wait(struct http_pool_host *h, struct http_pool_wait *w) {
  if (h->pool->waiters >= h->pool->most_waiting)
    return false;
  w->host = h;
  list_append(&h->waiting, &w->node);
  h->waiters++;
  h->pool->waiters++;
  return true;
}

void http_pool_leave(struct http_pool_wait *w) {
  list_remove(&w->node);
  w->host->waiters--;
  w->host->pool->waiters--;
}

/* ---- connections ------------------------------------------------------------------------------------------------- */

static void place(struct http_pool_conn *c, enum http_pool_state state) {
  struct http_pool *p = c->host->pool;
  list_remove(&c->node);
  list_remove(&c->all_node);
  p->idle_count -= c->state == POOL_IDLE;
  p->idle_count += state == POOL_IDLE;
  c->host->opening -= c->state == POOL_OPENING;
  c->state = (uint8_t)state;
  if (state == POOL_IDLE || state == POOL_SHARED)
    list_prepend(&c->host->ready, &c->node);
  if (state == POOL_IDLE)
    list_append(&p->idle, &c->all_node);
}

static void place_by_counts(struct http_pool_conn *c) {
  if (c->state == POOL_GONE)
    return;
  place(c, c->live == 0 ? POOL_IDLE : c->live < c->takes ? POOL_SHARED : POOL_BUSY);
}

void http_pool_opening(struct http_pool_host *h, struct http_pool_conn *c) {
  *c = (struct http_pool_conn){.host = h, .state = POOL_OPENING};
  list_init(&c->node);
  list_init(&c->all_node);
  h->open++;
  h->opening++;
  h->pool->open++;
}

void http_pool_opened(struct http_pool_conn *c, uint32_t takes) {
  c->takes = takes;
  place_by_counts(c);
}

void http_pool_done(struct http_pool_conn *c) {
  c->live--;
  place_by_counts(c);
}

void http_pool_retire(struct http_pool_conn *c) {
  if (c->state != POOL_GONE)
    place(c, POOL_GONE);
}

void http_pool_gone(struct http_pool_conn *c) {
  http_pool_retire(c);
  c->host->open--;
  c->host->pool->open--;
}

/* ---- choosing ---------------------------------------------------------------------------------------------------- */

static enum http_pool_step choose_new(struct http_pool_host *h, struct http_pool_conn **ret_conn) {
  struct http_pool *p = h->pool;
  if (h->opening >= h->waiters || h->open >= p->most_host)
    return POOL_NOTHING;
  if (p->open < p->most)
    return POOL_OPEN;
  if (list_empty(&p->idle))
    return POOL_NOTHING;
  *ret_conn = LIST_OWNER(p->idle.next, struct http_pool_conn, all_node);
  return POOL_EVICT;
}

enum http_pool_step http_pool_next(struct http_pool_host *h, struct http_pool_conn **ret_conn,
                                   struct http_pool_wait **ret_wait) {
  if (list_empty(&h->waiting))
    return POOL_NOTHING;
  *ret_wait = LIST_OWNER(h->waiting.next, struct http_pool_wait, node);
  if (list_empty(&h->ready))
    return choose_new(h, ret_conn);
  struct http_pool_conn *c = LIST_OWNER(h->ready.next, struct http_pool_conn, node);
  http_pool_leave(*ret_wait);
  c->live++;
  place_by_counts(c);
  *ret_conn = c;
  return POOL_USE;
}
