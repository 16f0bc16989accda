/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The server: its sockets, its connections, and how it ends. Parts: ending; connections; accepting; making; draining.
 */
#include "http/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#include "base/mem.h"
#include "http/opening.h"
#include "http/proxied.h"

enum { BACKLOG = 1024, MOST_CONNECTIONS = 10000, ACCEPTS_MOST = 64, AGAIN_MS = 100 };

struct listener {
  uv_poll_t poll;
  int fd;
  struct http_server *server;
  struct list node;
  struct http_deadline again; /* the system has no descriptors: tries again then */
  bool is_polled;
};

struct http_server {
  struct http_loop *loop;
  struct http_server_config config;
  struct list listeners, conns;
  struct list proxied; /* sockets whose PROXY header has not come yet */
  struct http_server_counts counts;
  struct http_deadline deadline; /* of draining */
  struct http_due due;           /* tells the end */
  uint32_t handles;              /* listeners that are not closed yet */
  uint16_t port;
  bool is_closing;
};

/* ---- ending ------------------------------------------------------------------------------------------------------ */

static void free_server(struct http_due *due) {
  struct http_server *s = LIST_OWNER(due, struct http_server, due);
  struct http_loop *loop = s->loop;
  void (*closed)(void *data) = s->config.closed;
  void *data = s->config.data;
  http_deadline_stop(loop, &s->deadline);
  mem_free(loop->alloc, s, sizeof(*s));
  if (closed)
    closed(data);
  http_loop_release(loop);
}

static void end_if_empty(struct http_server *s) {
  if (s->is_closing && s->handles == 0 && list_empty(&s->conns) && list_empty(&s->proxied))
    http_loop_due(s->loop, &s->due);
}

static void on_listener_closed(uv_handle_t *handle) {
  struct listener *l = handle->data;
  struct http_server *s = l->server;
  mem_free(s->loop->alloc, l, sizeof(*l));
  s->handles--;
  end_if_empty(s);
}

/* ---- connections ------------------------------------------------------------------------------------------------- */

static void accept_waiting(struct http_server *s);

static void on_request(void *owner, struct http_conn *conn, struct http_exchange *x) {
  struct http_server *s = owner;
  (void)conn;
  s->counts.requests++;
  s->config.request(s->config.data, x);
}

static void on_gone(void *owner, struct http_conn *conn) {
  struct http_server *s = owner;
  list_remove(&conn->node);
  s->counts.open--;
  if (s->is_closing)
    end_if_empty(s);
  else
    accept_waiting(s);
}

static const struct http_owner owner = {.request = on_request, .gone = on_gone};

/* ---- accepting --------------------------------------------------------------------------------------------------- */

static void on_connection(uv_poll_t *poll, int status, int events);

static void poll_listener(struct listener *l, bool wanted) {
  if (l->is_polled == wanted)
    return;
  l->is_polled = wanted;
  if (wanted)
    uv_poll_start(&l->poll, UV_READABLE, on_connection);
  else
    uv_poll_stop(&l->poll);
}

static void take_link(struct http_server *s, struct http_link *link) {
  struct opening_choice choice = {s->config.no_http1, s->config.no_http2};
  struct http_failure why = http_failure_nomem();
  struct http_conn *conn;
  if ((s->config.tls && !http_link_secure(link, s->config.tls, NULL)) ||
      opening_new(link, &s->config.limits, choice, &owner, s, &conn) != WEIR_OK) {
    http_link_break(link, &why);
    return;
  }
  list_append(&s->conns, &conn->node);
  s->counts.open++;
  s->counts.connections++;
  http_link_start(link);
}

static void take_socket(struct http_server *s, int fd, const struct proxied_over *proxy) {
  struct http_link *link;
  if (http_link_new(s->loop, fd, &link) != WEIR_OK)
    return;
  if (proxy && proxy->has_addresses) {
    link->peer.remote = proxy->remote;
    link->peer.local = proxy->local;
  }
  take_link(s, link);
}

static void on_proxied(void *server, struct proxied *p, const struct proxied_over *how) {
  struct http_server *s = server;
  (void)p;
  s->counts.open--;
  if (how->fd >= 0)
    take_socket(s, how->fd, how);
  else if (!s->is_closing)
    accept_waiting(s);
}

static void take_proxied(struct http_server *s, int fd, const struct sockaddr *from) {
  struct proxied *p;
  if (!s->config.believes(s->config.data, from)) {
    close(fd);
  } else if (proxied_new(s->loop, fd, s->config.limits.handshake_ms, on_proxied, s, &p) == WEIR_OK) {
    list_append(&s->proxied, proxied_node(p));
    s->counts.open++;
  }
}

/* false: nobody else is there for now. */
static bool accept_one(struct listener *l) {
  struct http_server *s = l->server;
  struct sockaddr_storage from;
  socklen_t size = sizeof(from);
  int fd = accept4(l->fd, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  bool is_out = fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM);
  if (is_out) {
    poll_listener(l, false);
    http_deadline_set(s->loop, &l->again, http_loop_now(s->loop) + AGAIN_MS);
  }
  if (fd < 0)
    return !is_out && (errno == EINTR || errno == ECONNABORTED);
  if (s->config.believes)
    take_proxied(s, fd, (const struct sockaddr *)&from);
  else
    take_socket(s, fd, NULL);
  return true;
}

/* What is beyond the limit waits in the system's queue. */
static void on_connection(uv_poll_t *poll, int status, int events) {
  struct listener *l = poll->data;
  struct http_server *s = l->server;
  (void)status;
  (void)events;
  for (int i = 0; i < ACCEPTS_MOST; i++) {
    if (s->counts.open >= s->config.max_connections) {
      poll_listener(l, false);
      return;
    }
    if (!accept_one(l))
      return;
  }
}

static void on_again(struct http_deadline *deadline) {
  struct listener *l = LIST_OWNER(deadline, struct listener, again);
  poll_listener(l, l->server->counts.open < l->server->config.max_connections);
}

static void accept_waiting(struct http_server *s) {
  for (struct list *at = s->listeners.next; at != &s->listeners; at = at->next)
    poll_listener(LIST_OWNER(at, struct listener, node), true);
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

weir_status http_server_new(struct http_loop *loop, const struct http_server_config *config, struct http_server **ret) {
  struct http_server *s = mem_zalloc(loop->alloc, sizeof(*s));
  if (!s)
    return WEIR_ERR_NOMEM;
  s->loop = loop;
  s->config = *config;
  s->config.limits = http_limits_usual(&config->limits);
  if (s->config.max_connections == 0)
    s->config.max_connections = MOST_CONNECTIONS;
  list_init(&s->listeners);
  list_init(&s->conns);
  list_init(&s->proxied);
  list_init(&s->due.node);
  s->due.run = free_server;
  http_loop_hold(loop);
  *ret = s;
  return WEIR_OK;
}

static uint16_t port_of(const struct sockaddr_storage *address) {
  if (address->ss_family == AF_INET)
    return ntohs(((const struct sockaddr_in *)(const void *)address)->sin_port);
  return address->ss_family == AF_INET6 ? ntohs(((const struct sockaddr_in6 *)(const void *)address)->sin6_port) : 0;
}

weir_status http_server_listen(struct http_server *s, int fd, struct diag *d) {
  struct listener *l = mem_zalloc(s->loop->alloc, sizeof(*l));
  if (!l) {
    close(fd);
    return diag_nomem(d);
  }
  int fault = listen(fd, BACKLOG) == 0 ? uv_poll_init(s->loop->uv, &l->poll, fd) : -errno;
  if (fault != 0) {
    mem_free(s->loop->alloc, l, sizeof(*l));
    close(fd);
    return diag_set(d, WEIR_ERR_IO, "cannot listen: %s", uv_strerror(fault));
  }
  l->server = s;
  l->fd = fd;
  l->poll.data = l;
  l->again.late = on_again;
  s->handles++;
  poll_listener(l, true);
  list_append(&s->listeners, &l->node);
  struct sockaddr_storage address = {0};
  socklen_t size = sizeof(address);
  if (s->port == 0 && getsockname(fd, (struct sockaddr *)&address, &size) == 0)
    s->port = port_of(&address);
  return WEIR_OK;
}

uint16_t http_server_port(const struct http_server *s) {
  return s->port;
}

struct http_server_counts http_server_counts(const struct http_server *s) {
  struct http_server_counts counts = s->counts;
  for (const struct list *at = s->conns.next; at != &s->conns; at = at->next)
    counts.live += LIST_OWNER(at, struct http_conn, node)->live;
  return counts;
}

/* ---- draining ---------------------------------------------------------------------------------------------------- */

static void stop_listening(struct http_server *s) {
  while (!list_empty(&s->listeners)) {
    struct listener *l = LIST_OWNER(s->listeners.next, struct listener, node);
    list_remove(&l->node);
    http_deadline_stop(s->loop, &l->again);
    uv_close((uv_handle_t *)&l->poll, on_listener_closed);
    close(l->fd);
  }
  while (!list_empty(&s->proxied))
    proxied_close(proxied_of(s->proxied.next));
}

static void on_late(struct http_deadline *deadline) {
  http_server_close(LIST_OWNER(deadline, struct http_server, deadline));
}

void http_server_drain(struct http_server *s, uint32_t milliseconds) {
  if (s->is_closing)
    return;
  s->is_closing = true;
  stop_listening(s);
  for (struct list *at = s->conns.next; at != &s->conns; at = at->next) {
    struct http_conn *conn = LIST_OWNER(at, struct http_conn, node);
    conn->ops->drain(conn);
  }
  s->deadline.late = on_late;
  http_deadline_set(s->loop, &s->deadline, http_loop_now(s->loop) + milliseconds);
  end_if_empty(s);
}

void http_server_close(struct http_server *s) {
  struct http_failure why = http_failure(HTTP_CONNECTION_TERMINATED);
  s->is_closing = true;
  stop_listening(s);
  for (struct list *at = s->conns.next; at != &s->conns; at = at->next)
    http_link_break(LIST_OWNER(at, struct http_conn, node)->link, &why);
  end_if_empty(s);
}
