/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The client. A job is a request until its stream leaves its connection: it keeps the head, so that the request can be
 * sent when a connection is there, and once more where one breaks. Until then the job is the exchange's carrier, in
 * client_job.c. The pool decides (pool.h); what it says is done here. Parts: ending; attaching; opening; what
 * connections tell; jobs; making.
 */
#include "http/client.h"

#include <stdlib.h>

#include "base/mem.h"
#include "http/client_job.h"
#include "http/connect.h"
#include "http/h1.h"
#include "http/h2.h"
#include "http/tls.h"

struct client_conn {
  struct http_pool_conn pool; /* first */
  struct http_client *client;
  struct list node;
  struct http_connect *connect; /* while it is being opened */
  struct http_conn *conn;
  bool was_used;
};

struct http_client {
  struct http_loop *loop;
  struct http_client_config config;
  struct http_pool pool;
  struct list jobs, conns;
  struct http_due due;
  void (*closed)(void *data);
  void *closed_data;
  bool is_closing;
};

static void kick(struct http_client *c, struct http_pool_host *h);

/* ---- ending ------------------------------------------------------------------------------------------------------ */

static void free_client(struct http_due *due) {
  struct http_client *c = LIST_OWNER(due, struct http_client, due);
  struct http_loop *loop = c->loop;
  void (*closed)(void *data) = c->closed;
  void *data = c->closed_data;
  mem_free(loop->alloc, c, sizeof(*c));
  if (closed)
    closed(data);
  http_loop_release(loop);
}

static void end_if_empty(struct http_client *c) {
  if (c->is_closing && list_empty(&c->conns) && list_empty(&c->jobs))
    http_loop_due(c->loop, &c->due);
}

static void free_conn(struct client_conn *cc) {
  struct http_client *c = cc->client;
  struct http_pool_host *h = cc->pool.host;
  http_pool_gone(&cc->pool);
  list_remove(&cc->node);
  mem_free(c->loop->alloc, cc, sizeof(*cc));
  kick(c, h);
  end_if_empty(c);
}

/* ---- attaching --------------------------------------------------------------------------------------------------- */

static void attach(struct client_job *job, struct client_conn *cc) {
  struct http_stream *s = job->s;
  struct http_conn *conn = cc->conn;
  const struct sockaddr *address = (const struct sockaddr *)&conn->link->peer.remote;
  job->is_waiting = false;
  if (job->reach.may_connect && !job->reach.may_connect(job->reach.data, address)) {
    http_pool_done(&cc->pool);
    client_job_fail(job, HTTP_DESTINATION_IP_PROHIBITED);
    return;
  }
  client_job_look(job);
  job->may_retry = cc->was_used && job->is_repeatable && !job->was_retried;
  cc->was_used = true;
  http_deadline_stop(job->loop, &job->deadline);
  conn->ops->start(conn, s, &job->head, job->end);
  client_job_replay(job);
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static const struct http_owner owner;

/* A connection could not be opened: the request that has waited longest fails of it. */
static void fail_first(struct http_pool_host *h, const struct http_failure *why) {
  if (list_empty(&h->waiting))
    return;
  struct client_job *job = LIST_OWNER(h->waiting.next, struct client_job, wait.node);
  client_job_fail_with(job, why);
}

static void on_connected(void *data, struct http_link *link, const struct http_failure *why) {
  struct client_conn *cc = data;
  struct http_client *c = cc->client;
  struct http_failure nomem = http_failure_nomem();
  cc->connect = NULL;
  if (link) {
    bool is_http2 = link->tls && http_tls_is_http2(link->tls);
    weir_status status = is_http2 ? h2_new(link, &c->config.limits, true, &owner, cc, &cc->conn)
                                  : h1_new(link, &c->config.limits, true, &owner, cc, &cc->conn);
    if (status != WEIR_OK) {
      http_link_break(link, &nomem);
      link = NULL;
      why = &nomem;
    }
  }
  if (!link) {
    fail_first(cc->pool.host, why);
    free_conn(cc);
    return;
  }
  http_pool_opened(&cc->pool, cc->conn->takes);
  http_link_due(link);
  kick(c, cc->pool.host);
}

static bool open_conn(struct http_client *c, struct http_pool_host *h, const struct client_job *job) {
  struct client_conn *cc = mem_zalloc(c->loop->alloc, sizeof(*cc));
  if (!cc)
    return false;
  struct http_connect_to to = {.host = job->host,
                               .port = job->port,
                               .proxy_host = job->proxy[0] ? job->proxy : NULL,
                               .proxy_port = job->proxy_port,
                               .tls = job->is_tls ? c->config.tls : NULL,
                               .milliseconds = job->connect_ms,
                               .reach = job->reach,
                               .done = on_connected,
                               .data = cc};
  cc->client = c;
  cc->connect = http_connect_start(c->loop, &to);
  if (!cc->connect) {
    mem_free(c->loop->alloc, cc, sizeof(*cc));
    return false;
  }
  http_pool_opening(h, &cc->pool);
  list_append(&c->conns, &cc->node);
  return true;
}

/* Does what the pool says until it says nothing. */
static void kick(struct http_client *c, struct http_pool_host *h) {
  struct http_pool_conn *conn;
  struct http_pool_wait *wait;
  enum http_pool_step step;
  h->holds++;
  while ((step = http_pool_next(h, &conn, &wait)) != POOL_NOTHING) {
    struct client_job *job = LIST_OWNER(wait, struct client_job, wait);
    if (step == POOL_USE) {
      attach(job, (struct client_conn *)(void *)conn);
    } else if (step == POOL_OPEN) {
      if (!open_conn(c, h, job))
        client_job_fail_with(job, &(struct http_failure){.code = HTTP_INTERNAL_ERROR});
    } else {
      struct http_conn *idle = ((struct client_conn *)(void *)conn)->conn;
      http_pool_retire(conn); /* when it is gone, this goes on */
      idle->ops->drain(idle);
      break;
    }
  }
  h->holds--;
  http_pool_settle(h);
}

/* A place is free for any host. */
static void kick_all(struct http_client *c) {
  for (struct list *at = c->pool.hosts.next, *next; c->pool.waiters > 0 && at != &c->pool.hosts; at = next) {
    next = at->next;
    kick(c, LIST_OWNER(at, struct http_pool_host, node));
  }
}

/* ---- what connections tell --------------------------------------------------------------------------------------- */

static bool is_usable(const struct http_conn *conn) {
  return !conn->is_draining && conn->link->state == HTTP_LINK_OPEN && !conn->link->has_failed && !conn->link->is_deaf;
}

static void on_over(void *data, struct http_conn *conn, struct http_stream *s) {
  struct client_conn *cc = data;
  client_job_free(s->job);
  s->job = NULL;
  if (!is_usable(conn))
    http_pool_retire(&cc->pool);
  http_pool_done(&cc->pool);
  http_loop_due(cc->client->loop, &cc->client->due);
}

static bool on_retry(void *data, struct http_conn *conn, struct http_stream *s) {
  struct client_conn *cc = data;
  struct client_job *job = s->job;
  (void)conn;
  if (!job->may_retry || s->is_released || s->has_failed || cc->client->is_closing ||
      !http_pool_wait(cc->pool.host, &job->wait))
    return false;
  http_pool_retire(&cc->pool);
  http_pool_done(&cc->pool);
  client_job_requeue(job);
  http_loop_due(cc->client->loop, &cc->client->due);
  return true;
}

static void on_room(void *data, struct http_conn *conn) {
  struct client_conn *cc = data;
  cc->pool.takes = conn->takes;
  if (!is_usable(conn))
    http_pool_retire(&cc->pool);
  http_loop_due(cc->client->loop, &cc->client->due);
}

static void on_gone(void *data, struct http_conn *conn) {
  (void)conn;
  free_conn(data);
}

static const struct http_owner owner = {.over = on_over, .retry = on_retry, .room = on_room, .gone = on_gone};

/* ---- jobs -------------------------------------------------------------------------------------------------------- */

/* Places were given back, or requests added: who waits goes on. */
static void on_due(struct http_due *due) {
  struct http_client *c = LIST_OWNER(due, struct http_client, due);
  kick_all(c);
  if (c->is_closing && list_empty(&c->conns) && list_empty(&c->jobs))
    free_client(due);
}

/* Into the pool, for a connection to the job's host. */
static void enqueue(struct client_job *job) {
  struct http_client *c = job->client;
  char key[2 * CLIENT_HOST_MOST + 32];
  int size =
      snprintf(key, sizeof(key), "%d %s:%u %s:%u", job->is_tls, job->host, job->port, job->proxy, job->proxy_port);
  struct http_pool_host *h = http_pool_host(&c->pool, (struct str){key, (size_t)size});
  if (!h) {
    client_job_fail(job, HTTP_INTERNAL_ERROR);
    return;
  }
  if (c->is_closing || !http_pool_wait(h, &job->wait)) {
    client_job_fail(job, HTTP_CONNECTION_LIMIT_REACHED);
    http_pool_settle(h);
    return;
  }
  job->is_waiting = true;
  http_loop_due(c->loop, &c->due);
}

struct http_exchange *http_client_send(struct http_client *c, const struct http_request *request,
                                       const struct http_listener *listener, void *data) {
  struct client_job *job = client_job_new(c->loop, request, listener, data);
  if (!job)
    return NULL;
  struct http_exchange *x = &job->s->x;
  list_append(&c->jobs, &job->node);
  job->client = c;
  job->ready = enqueue;
  enum http_failure_code refusal = job->refusal;
  if (refusal == HTTP_FAILURES && job->is_tls && !c->config.tls)
    refusal = HTTP_CONFIGURATION_ERROR;
  if (refusal != HTTP_FAILURES)
    client_job_fail(job, refusal);
  else if (!client_job_hold(job))
    enqueue(job);
  return x;
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

weir_status http_client_new(struct http_loop *loop, const struct http_client_config *config, struct http_client **ret) {
  struct http_client *c = mem_zalloc(loop->alloc, sizeof(*c));
  if (!c)
    return WEIR_ERR_NOMEM;
  c->loop = loop;
  c->config = *config;
  c->config.limits = http_limits_usual(&config->limits);
  http_pool_init(&c->pool, loop->alloc);
  c->pool.most = config->max_connections ? config->max_connections : 256;
  c->pool.most_host = config->max_host_connections ? config->max_host_connections : 32;
  c->pool.most_waiting = config->max_waiting ? config->max_waiting : 1024;
  list_init(&c->jobs);
  list_init(&c->conns);
  list_init(&c->due.node);
  c->due.run = on_due;
  http_loop_hold(loop);
  *ret = c;
  return WEIR_OK;
}

void http_client_close(struct http_client *c, void (*closed)(void *data), void *data) {
  struct http_failure why = http_failure(HTTP_CONNECTION_TERMINATED);
  c->is_closing = true;
  c->closed = closed;
  c->closed_data = data;
  for (struct list *at = c->jobs.next, *next; at != &c->jobs; at = next) {
    next = at->next;
    struct client_job *job = LIST_OWNER(at, struct client_job, node);
    if (job->is_waiting || job->is_held)
      client_job_fail(job, HTTP_CONNECTION_TERMINATED);
  }
  for (struct list *at = c->conns.next, *next; at != &c->conns; at = next) {
    next = at->next;
    struct client_conn *cc = LIST_OWNER(at, struct client_conn, node);
    if (cc->conn) {
      http_link_break(cc->conn->link, &why);
    } else {
      http_connect_cancel(cc->connect);
      free_conn(cc);
    }
  }
  http_loop_due(c->loop, &c->due);
}

struct http_client_counts http_client_counts(const struct http_client *c) {
  return (struct http_client_counts){c->pool.open, c->pool.idle_count, c->pool.waiters};
}
