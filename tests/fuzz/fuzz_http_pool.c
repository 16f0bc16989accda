/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Property: in whatever order requests come and go, and connections open, break and drain, the pool keeps its bounds
 * and counts, no request waits where a connection could take it, and in the end nothing is left. Each byte is a step.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "http/pool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HOSTS = 3, CONNS = 12, WAITS = 16 };

struct conn {
  struct http_pool_conn pool; /* first */
  bool is_used, is_evicted;
};

struct wait {
  struct http_pool_wait pool; /* first */
  bool is_waiting;
};

struct run {
  struct http_pool pool;
  struct conn conns[CONNS];
  struct wait waits[WAITS];
};

static void must(int condition) {
  if (!condition)
    abort();
}

static struct http_pool_host *host_of(struct run *r, unsigned i) {
  static const struct str keys[HOSTS] = {{"a", 1}, {"b", 1}, {"ab", 2}};
  struct http_pool_host *h = http_pool_host(&r->pool, keys[i % HOSTS]);
  must(!!h);
  return h;
}

static struct conn *free_conn(struct run *r) {
  for (int i = 0; i < CONNS; i++) {
    if (!r->conns[i].is_used)
      return &r->conns[i];
  }
  return NULL;
}

/* Does what the pool says for a host, as the client does. */
static void follow(struct run *r, struct http_pool_host *h) {
  struct http_pool_conn *conn = NULL;
  struct http_pool_wait *wait = NULL;
  enum http_pool_step step;
  h->holds++;
  while ((step = http_pool_next(h, &conn, &wait)) != POOL_NOTHING) {
    if (step == POOL_USE) {
      must(conn->host == h && conn->live > 0 && conn->live <= conn->takes);
      ((struct wait *)(void *)wait)->is_waiting = false;
    } else if (step == POOL_OPEN) {
      struct conn *c = free_conn(r);
      must(!!c);
      c->is_used = true;
      c->is_evicted = false;
      http_pool_opening(h, &c->pool);
    } else {
      must(conn->state == POOL_IDLE);
      http_pool_retire(conn);
      ((struct conn *)(void *)conn)->is_evicted = true;
      break;
    }
  }
  must(list_empty(&h->waiting) || list_empty(&h->ready));
  h->holds--;
  http_pool_settle(h);
}

static void follow_all(struct run *r) {
  for (unsigned i = 0; i < HOSTS; i++)
    follow(r, host_of(r, i));
}

static void check(const struct run *r) {
  uint32_t open = 0, idle = 0, waiters = 0;
  for (int i = 0; i < CONNS; i++) {
    open += r->conns[i].is_used;
    idle += r->conns[i].is_used && r->conns[i].pool.state == POOL_IDLE;
  }
  for (int i = 0; i < WAITS; i++)
    waiters += r->waits[i].is_waiting;
  must(open == r->pool.open && open <= r->pool.most);
  must(idle == r->pool.idle_count && waiters == r->pool.waiters && waiters <= r->pool.most_waiting);
  for (const struct list *at = r->pool.hosts.next; at != &r->pool.hosts; at = at->next)
    must(LIST_OWNER(at, struct http_pool_host, node)->open <= r->pool.most_host);
}

static void gone(struct run *r, struct conn *c) {
  struct http_pool_host *h = c->pool.host;
  c->is_used = false;
  http_pool_gone(&c->pool);
  follow(r, h);
}

static void step_request(struct run *r, unsigned which) {
  struct wait *w = &r->waits[which % WAITS];
  if (w->is_waiting) {
    struct http_pool_host *h = w->pool.host;
    w->is_waiting = false;
    http_pool_leave(&w->pool);
    http_pool_settle(h);
    return;
  }
  struct http_pool_host *h = host_of(r, which);
  w->is_waiting = http_pool_wait(h, &w->pool);
  follow(r, h);
}

static void step_conn(struct run *r, unsigned what, unsigned which) {
  struct conn *c = &r->conns[which % CONNS];
  if (!c->is_used)
    return;
  if (what == 1 && c->pool.state == POOL_OPENING) {
    http_pool_opened(&c->pool, 1 + which % 3);
    follow(r, c->pool.host);
  } else if (what == 2 && c->pool.live > 0) {
    http_pool_done(&c->pool);
    follow(r, c->pool.host);
  } else if (what == 3) {
    gone(r, c);
  } else if (what == 0 && c->pool.state != POOL_OPENING) {
    http_pool_retire(&c->pool);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct run *r = calloc(1, sizeof(*r));
  must(!!r);
  http_pool_init(&r->pool, &mem_system);
  r->pool.most = 5;
  r->pool.most_host = 3;
  r->pool.most_waiting = 9;
  for (size_t i = 0; i < size; i++) {
    if (data[i] & 0x80)
      step_request(r, data[i] & 0x7f);
    else
      step_conn(r, data[i] >> 4 & 3, data[i] & 15);
    follow_all(r);
    check(r);
  }
  for (int i = 0; i < WAITS; i++) {
    if (r->waits[i].is_waiting)
      step_request(r, (unsigned)i);
  }
  for (int i = 0; i < CONNS; i++) {
    if (r->conns[i].is_used)
      gone(r, &r->conns[i]);
  }
  must(list_empty(&r->pool.hosts) && r->pool.open == 0 && r->pool.idle_count == 0);
  free(r);
  return 0;
}
