/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Who gets which connection: a machine without I/O. A host is a scheme, a host and a port (and a proxy). Requests of a
 * host wait in order; a request gets an idle connection, or room in one that takes several at once, or a new one is to
 * be opened, within bounds. Its user embeds the structs, and does what pool_next() says.
 *
 * What always holds: open connections (those being opened too) are at most `most`, and of a host `most_host`; a request
 * waits only where no connection of its host could take it.
 */
#ifndef HTTP_POOL_H
#define HTTP_POOL_H

#include "base/list.h"
#include "base/str.h"
#include "weir/alloc.h"

enum pool_state {
  POOL_OPENING,
  POOL_BUSY,   /* has as many requests as it takes */
  POOL_SHARED, /* has requests, and takes more */
  POOL_IDLE,
  POOL_GONE /* takes none any more */
};

struct pool_host {
  struct list node, waiting, ready; /* ready: idle and shared connections, the last used first */
  struct pool *pool;
  uint32_t open, opening, waiters, holds; /* holds: of callers that go on with the host */
  uint64_t hash;
  uint32_t key_size;
  char key[];
};

struct pool_conn {
  struct list node;     /* of the host's `ready` */
  struct list all_node; /* of the pool's `idle` */
  struct pool_host *host;
  uint8_t state;  /* pool_state */
  uint32_t live;  /* requests on it */
  uint32_t takes; /* at once */
};

struct pool_wait {
  struct list node;
  struct pool_host *host;
};

struct pool {
  const struct weir_alloc *alloc;
  struct list hosts, idle; /* idle: of all hosts, the longest unused first */
  uint32_t most, most_host, most_waiting, open, idle_count, waiters;
};

void pool_init(struct pool *p, const struct weir_alloc *alloc);
/* The host of that key, made where there is none; it goes when nothing is of it. NULL: out of memory. */
struct pool_host *pool_host(struct pool *p, struct str key);
/* Forgets a host of which nothing is. */
void pool_settle(struct pool_host *h);

/* A request waits from now on. false: too many do. */
bool pool_wait(struct pool_host *h, struct pool_wait *w);
/* It waits no longer. */
void pool_leave(struct pool_wait *w);

enum pool_step {
  POOL_NOTHING, /* nobody waits, or they have to */
  POOL_USE,     /* the first that waits gets `*ret_conn`, and was counted there */
  POOL_OPEN,    /* a connection is to be opened: pool_opening() */
  POOL_EVICT    /* the same, once the idle `*ret_conn`, maybe of another host, is closed: pool_gone() */
};
enum pool_step pool_next(struct pool_host *h, struct pool_conn **ret_conn, struct pool_wait **ret_wait);

void pool_opening(struct pool_host *h, struct pool_conn *c);
/* It is open, and takes so many requests at once. */
void pool_opened(struct pool_conn *c, uint32_t takes);
/* One of its requests is over. */
void pool_done(struct pool_conn *c);
/* It takes no more requests; those on it are still over one by one. Once is enough, more do not harm. */
void pool_retire(struct pool_conn *c);
/* It is gone, whatever it was. */
void pool_gone(struct pool_conn *c);

#endif
