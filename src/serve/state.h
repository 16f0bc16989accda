/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * All structs of a server. A worker is a thread with a loop, the HTTP server on it, and the instances that answer. What
 * belongs to a worker belongs to its thread; other threads leave what they want in `wish`, and wake the loop.
 *
 *   connection -> request -> service_take() -> instance -> handling of wasi:http -> response -> access log
 *                    `-- waits where all instances are full, up to a bound
 *
 * Modules, each calling only those in front of it: slots, meter, access, trace_context, trust, forwarded, listen,
 * route, flight, service, client, tell, request, worker, admin, server_new, server.
 */
#ifndef SERVE_STATE_H
#define SERVE_STATE_H

#include <stdbool.h>
#include <uv.h>

#include "http/loop.h"
#include "http/server.h"
#include "serve/meter.h"
#include "serve/slots.h"
#include "serve/trace_context.h"
#include "serve/trust.h"
#include "weir/record.h"
#include "weir/serve.h"

struct worker;
struct wasi_http_handling;

struct flight { /* an instance's; zero: nothing is recorded */
  weir_recorder *recorder;
  int fd;        /* of the memory; good while there is a recorder */
  bool is_kept;  /* it is written when the instance ends */
  char name[64]; /* of the file in the directory */
};

/* A component as a worker serves it. Several live at once only while one takes the place of another. */
struct service {
  struct worker *worker;
  struct list link;
  weir_component *component; /* held */
  const weir_func *handler;
  struct slots slots;
  uint32_t instances; /* those too whose end is due */
};

/* An instance of a service, in a store of its own, in the worker's loop. */
struct instance {
  struct service *service;
  struct slot *slot; /* NULL: nobody has taken it yet, or it is ending */
  uint64_t number;   /* in the worker, from 1 */
  weir_store *store;
  weir_instance *instance;
  struct http_due step; /* the store wants one */
  atomic_bool woken;    /* by another thread */
  struct list requests; /* those whose response is not over */
  struct list ending;
  size_t live;     /* tasks, as counted last */
  const char *why; /* it was ended for this; NULL: nothing */
  struct flight flight;
};

/* What other threads want, under `lock`. */
struct wish {
  uv_mutex_t lock;
  weir_component **components; /* for each lane, to serve from now on; held. NULL: none */
  bool drain;
  uint64_t milliseconds;
};

/* A route of the server in a worker: the component that answers, and requests that wait for its instances. */
struct lane {
  struct service *service; /* NULL: it takes no requests any more */
  struct list waiting;
};

struct worker {
  weir_server *owner;
  const weir_serve_config *config; /* with the usual values in place of zeros */
  struct http_tls_context *tls;
  weir_engine *engine;
  const struct weir_alloc *alloc;
  struct meter meter;
  struct wish wish;
  uv_thread_t thread, self; /* the same, as its maker and as the worker know it */
  uv_async_t wake;
  uv_loop_t loop;
  struct http_loop *http;
  struct http_server *server; /* NULL: closed */
  weir_wasi *wasi;
  weir_linker *linker; /* lives as long as the server: weir_server_reload() checks with it on any thread */
  int *sockets;        /* to listen on; -1: given away */
  uint32_t socket_count;
  struct list services;
  struct lane *lanes;     /* as many as the server has components */
  uint32_t waiting_count; /* in all lanes */
  struct list spare;      /* requests that are used again */
  struct list ending;     /* instances */
  struct http_due due;
  struct http_deadline sweep, end;
  struct trace_source trace;
  uint32_t number;      /* in the server, from 0 */
  atomic_uint *records; /* files of flight records that were promised in the server */
  uint64_t instances;   /* made so far */
  uint64_t requests;    /* over so far */
  bool draining;
  struct diag failure; /* why the worker could not begin */
};

struct request {
  struct list link; /* of the worker's waiting or spare ones, or of the instance's */
  struct worker *worker;
  struct lane *lane;
  struct http_exchange *x;           /* the handling's from RUNNING on, and good until the request is over */
  struct instance *instance;         /* NULL: none yet, or gone */
  struct wasi_http_handling *handle; /* NULL: none */
  struct http_deadline deadline;
  struct trace_context trace;
  uint64_t wall, began, started, number; /* number: of the instance */
  uint32_t status;
  bool over, exited;
  bool guest_failed;  /* by the guest's doing */
  const char *record; /* the file of its flight record; NULL: none */
  const char *why;
  struct sockaddr_storage client; /* whose request it is */
  char host[256];                 /* that a proxy has named: of the received head */
  char detail[160];
};

enum server_state { SERVER_NEW, SERVER_STARTING, SERVER_RUNNING, SERVER_DRAINING, SERVER_ENDING, SERVER_ENDED };

/* The admin address: a loop and an HTTP server of its own, so that it answers while all workers are busy. */
struct admin {
  const struct weir_server *server;
  int fd; /* -1: none, or given away */
  uint16_t port;
  uv_thread_t thread;
  bool running;
  uv_async_t stop;
  uv_loop_t loop;
  struct http_loop *http;
  struct http_server *listener; /* NULL: closed */
};

struct weir_server {
  weir_engine *engine; /* held */
  struct weir_alloc alloc;
  weir_serve_config config;
  weir_store_config store;
  struct http_tls_context *tls; /* NULL: in clear */
  weir_component **components;  /* of the routes, and behind them the one for the rest, if there is one; held */
  uint32_t component_count;
  weir_serve_route *routes; /* a copy of the array */
  struct trust *trusted;    /* proxies that are believed */
  uint32_t trusted_count;
  struct worker *workers;
  uint32_t opened; /* workers with a thread */
  uint16_t *ports; /* of the addresses */
  uv_mutex_t lock; /* of `state`, of what workers are told, and of the members below */
  uv_cond_t changed;
  uint32_t ready, failed; /* workers that have begun, or could not */
  atomic_int state;       /* enum server_state; changed under `lock` */
  atomic_uint records;    /* files of flight records that were promised */
  bool go;                /* the workers may serve */
  uv_thread_t ticker;
  uv_cond_t tick_end;
  bool ticking; /* there is a ticker, and it goes on */
  struct admin admin;
};

static inline uint32_t lane_count(const struct worker *w) {
  return w->owner->component_count;
}

/* Something has changed that the worker looks at before the loop sleeps: instances that end, requests that wait. */
static inline void worker_due(struct worker *w) {
  if (w->http)
    http_loop_due(w->http, &w->due);
}

static inline uint64_t worker_now(const struct worker *w) {
  return uv_now(&w->loop);
}

#endif
