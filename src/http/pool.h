/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Who gets which connection: a machine without I/O. A host is a scheme, a host and a port (and a proxy). Requests of a
 * host wait in order; a request gets an idle connection, or room in one that takes several at once, or a new one is to
 * be opened, within bounds. Its user embeds the structs, and does what http_pool_next() says.
 *
 * What always holds: open connections (those being opened too) are at most `most`, and of a host `most_host`; a request
 * waits only where no connection of its host could take it.
 */
#ifndef HTTP_POOL_H
#define HTTP_POOL_H

#include "base/list.h"
#include "base/str.h"
#include "weir/alloc.h"

enum http_pool_state {
  POOL_OPENING,
  POOL_BUSY,   /* has as many requests as it takes */
  POOL_SHARED, /* has requests, and takes more */
  POOL_IDLE,
  POOL_GONE /* takes none any more */
};

struct http_pool_host {
  struct list node, waiting, ready; /* ready: idle and shared connections, the last used first */
  struct http_pool *pool;
  uint32_t open, opening, waiters, holds; /* holds: of callers that go on with the host */
  uint64_t hash;
  uint32_t key_size;
  char key[];
};

struct http_pool_conn {
  struct list node;     /* of the host's `ready` */
  struct list all_node; /* of the pool's `idle` */
  struct http_pool_host *host;
  uint8_t state;  /* http_pool_state */
  uint32_t live;  /* requests on it */
  uint32_t takes; /* at once */
};

struct http_pool_wait {
  struct list node;
  struct http_pool_host *host;
};

struct http_pool {
  const struct weir_alloc *alloc;
  struct list hosts, idle; /* idle: of all hosts, the longest unused first */
  uint32_t most, most_host, most_waiting, open, idle_count, waiters;
};

void http_pool_init(struct http_pool *p, const struct weir_alloc *alloc);
/* The host of that key, made where there is none; it goes when nothing is of it. NULL: out of memory. */
struct http_pool_host *http_pool_host(struct http_pool *p, struct str key);
/* Forgets a host of which nothing is. */
void http_pool_settle(struct http_pool_host *h);

/* A request waits from now on. false: too many do. */
bool http_pool_wait(struct http_pool_host *h, struct http_pool_wait *w);
/* It waits no longer. */
void http_pool_leave(struct http_pool_wait *w);

enum http_pool_step {
  POOL_NOTHING, /* nobody waits, or they have to */
  POOL_USE,     /* the first that waits gets `*ret_conn`, and was counted there */
  POOL_OPEN,    /* a connection is to be opened: http_pool_opening() */
  POOL_EVICT    /* the same, once the idle `*ret_conn`, maybe of another host, is closed: http_pool_gone() */
};
enum http_pool_step http_pool_next(struct http_pool_host *h, struct http_pool_conn **ret_conn,
                                   struct http_pool_wait **ret_wait);

void http_pool_opening(struct http_pool_host *h, struct http_pool_conn *c);
/* It is open, and takes so many requests at once. */
void http_pool_opened(struct http_pool_conn *c, uint32_t takes);
/* One of its requests is over. */
void http_pool_done(struct http_pool_conn *c);
/* It takes no more requests; those on it are still over one by one. Once is enough, more do not harm. */
void http_pool_retire(struct http_pool_conn *c);
/* It is gone, whatever it was. */
void http_pool_gone(struct http_pool_conn *c);

#endif
