/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * From a name to a link that speaks. The steps: look up, try addresses, tunnel (a proxy and TLS), secure (TLS). Several
 * addresses may be tried at once; the first that is connected wins, and the others are closed. The struct lives until
 * libuv has called back for each thing that was begun. Parts: failures; the end; TLS; the tunnel; addresses; look-up;
 * making.
 */
#include "http/connect.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "http/address.h"
#include "http/h1_parse.h"
#include "http/tls.h"

enum { ATTEMPT_MS = 250, HOST_MOST = 256, TUNNEL_MOST = 512 };

struct attempt {
  struct http_connect *connect;
  uv_poll_t poll;
  int fd; /* -1: over, or the link's */
  bool is_open;
};

struct http_connect {
  struct http_loop *loop;
  struct http_connect_to to;
  char host[HOST_MOST], proxy[HOST_MOST];
  uv_getaddrinfo_t lookup;
  struct sockaddr_storage addresses[ADDRESS_MOST];
  struct attempt attempts[ADDRESS_MOST];
  uint32_t address_count, tried;
  uint32_t trying;  /* attempts that are open */
  uint32_t handles; /* of attempts, that libuv has not closed yet */
  struct http_deadline deadline, next_try;
  struct http_due due;      /* tells `done` */
  struct http_link *link;   /* the one that is connected */
  struct h1_parser *tunnel; /* the proxy's answer */
  struct http_stream *answer;
  struct http_failure why;
  bool is_looking_up, was_prohibited, is_over, has_told;
};

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static void free_if_over(struct http_connect *c) {
  if (!c->has_told || c->is_looking_up || c->handles > 0)
    return;
  struct http_loop *loop = c->loop;
  list_remove(&c->due.node);
  mem_free(loop->alloc, c, sizeof(*c));
  http_loop_release(loop);
}

static void drop_tunnel(struct http_connect *c) {
  if (c->tunnel) {
    h1_parser_done(c->tunnel, c->loop->alloc);
    mem_free(c->loop->alloc, c->tunnel, sizeof(*c->tunnel));
  }
  c->tunnel = NULL;
  if (c->answer) {
    http_stream_release(c->answer);
    http_stream_detach(c->answer);
  }
  c->answer = NULL;
}

static void on_closed(uv_handle_t *handle) {
  struct attempt *a = handle->data;
  a->connect->handles--;
  free_if_over(a->connect);
}

/* Ends an attempt, and returns its socket; -1: it was over. */
static int end_attempt(struct attempt *a) {
  int fd = a->fd;
  if (!a->is_open)
    return -1;
  a->is_open = false;
  a->connect->trying--;
  uv_close((uv_handle_t *)&a->poll, on_closed);
  return fd;
}

/* Ends whatever goes on. */
static void stop(struct http_connect *c) {
  http_deadline_stop(c->loop, &c->next_try);
  if (c->is_looking_up)
    uv_cancel((uv_req_t *)&c->lookup);
  for (uint32_t i = 0; i < c->tried; i++) {
    int fd = end_attempt(&c->attempts[i]);
    if (fd >= 0)
      close(fd);
  }
}

static void on_due(struct http_due *due) {
  struct http_connect *c = LIST_OWNER(due, struct http_connect, due);
  struct http_link *link = c->link;
  c->link = NULL;
  c->has_told = true;
  if (link)
    link->codec = NULL; /* `done` gives it another */
  c->to.done(c->to.data, link, link ? NULL : &c->why);
  free_if_over(c);
}

static void end(struct http_connect *c) {
  if (c->is_over)
    return;
  c->is_over = true;
  stop(c);
  http_deadline_stop(c->loop, &c->deadline);
  drop_tunnel(c);
  if (!c->has_told)
    http_loop_due(c->loop, &c->due);
}

/* The link is nobody's: it closes before the loop sleeps. */
static void drop_link(struct http_connect *c, const struct http_failure *why) {
  struct http_link *link = c->link;
  c->link = NULL;
  if (!link)
    return;
  link->codec = NULL;
  http_link_break(link, why);
}

static void fail(struct http_connect *c, const struct http_failure *why) {
  if (c->is_over)
    return;
  c->why = *why;
  end(c);
  drop_link(c, why);
}

static void fail_code(struct http_connect *c, enum http_failure_code code) {
  struct http_failure why = http_failure(code);
  fail(c, &why);
}

void http_connect_cancel(struct http_connect *c) {
  struct http_failure why = http_failure(HTTP_CONNECTION_TERMINATED);
  c->has_told = true;
  end(c);
  drop_link(c, &why); /* also of one that is connected and was not handed over yet */
  free_if_over(c);
}

/* ---- TLS and the tunnel: a codec until the link is handed over --------------------------------------------------- */

static void secure(struct http_connect *c) {
  if (!c->to.tls)
    end(c);
  else if (!http_link_secure(c->link, c->to.tls, c->host))
    fail_code(c, HTTP_INTERNAL_ERROR);
  http_link_due(c->link);
}

/* The answer to CONNECT (RFC 9110, section 9.3.6): a head without a body. */
static size_t receive_answer(struct http_connect *c, const uint8_t *bytes, size_t size) {
  size_t used = 0;
  enum h1_event event = h1_parse(c->tunnel, bytes, size, &used);
  if (event == H1_MORE)
    return used;
  if (event == H1_HEAD && c->answer->head.status / 100 == 2) {
    drop_tunnel(c);
    secure(c);
    return used;
  }
  struct http_failure why = http_failure_text(HTTP_CONNECTION_REFUSED, STR(""));
  if (event == H1_HEAD && c->answer->head.status == 407)
    why = http_failure(HTTP_REQUEST_DENIED);
  fail(c, &why);
  return size;
}

static size_t on_bytes(void *codec, const uint8_t *bytes, size_t size) {
  struct http_connect *c = codec;
  return c->tunnel ? receive_answer(c, bytes, size) : 0;
}

static void on_secured(void *codec) {
  end(codec);
}

static bool on_ended(void *codec) {
  struct http_connect *c = codec;
  if (c->is_over)
    return false; /* the next codec is told */
  fail_code(c, HTTP_CONNECTION_TERMINATED);
  return true;
}

static void nothing(void *codec) {
  (void)codec;
}

static void on_gone(void *codec, const struct http_failure *why) {
  struct http_connect *c = codec;
  struct http_failure lost = http_failure(HTTP_CONNECTION_TERMINATED);
  c->link = NULL;
  c->why = why ? *why : lost;
  fail(c, why ? why : &lost);
}

static const struct http_codec codec = {.receive = on_bytes,
                                        .secured = on_secured,
                                        .ended = on_ended,
                                        .run = nothing,
                                        .room = nothing,
                                        .late = nothing,
                                        .gone = on_gone};

static bool ask_proxy(struct http_connect *c) {
  static const struct h1_limits limits = {.target_bytes = 1, .head_bytes = 16384, .head_count = 64};
  char text[2 * HOST_MOST + TUNNEL_MOST];
  const char *left = strchr(c->host, ':') ? "[" : "", *right = *left ? "]" : "";
  int size = snprintf(text, sizeof(text), "CONNECT %s%s%s:%u HTTP/1.1\r\nhost: %s%s%s:%u\r\n\r\n", left, c->host, right,
                      c->to.port, left, c->host, right, c->to.port);
  c->tunnel = mem_zalloc(c->loop->alloc, sizeof(*c->tunnel));
  c->answer = http_stream_new(c->loop, NULL, c);
  if (!c->tunnel || !c->answer || !http_bytes_add(&c->link->out, c->loop, text, (size_t)size))
    return false;
  h1_parser_init(c->tunnel, true, &limits);
  h1_parser_begin(c->tunnel, c->answer);
  return true;
}

/* The link is connected. */
static void go_on(struct http_connect *c) {
  c->link->codec = &codec;
  c->link->data = c;
  http_link_start(c->link);
  if (!c->to.proxy_host || !c->to.tls)
    secure(c);
  else if (!ask_proxy(c))
    fail_code(c, HTTP_INTERNAL_ERROR);
  if (c->link)
    http_link_due(c->link);
}

/* ---- addresses (RFC 8305) ---------------------------------------------------------------------------------------- */

static void try_next(struct http_connect *c);

/* The first that is connected wins. */
static void on_writable(uv_poll_t *poll, int status, int events) {
  struct attempt *a = poll->data;
  struct http_connect *c = a->connect;
  int error = 0;
  socklen_t size = sizeof(error);
  (void)status;
  (void)events;
  getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  int fd = end_attempt(a);
  if (error == 0) {
    stop(c);
    if (http_link_new(c->loop, fd, &c->link) == WEIR_OK)
      go_on(c);
    else
      fail_code(c, HTTP_INTERNAL_ERROR);
    return;
  }
  close(fd);
  c->why = http_failure(address_failure(error));
  try_next(c);
}

/* 0, or an errno. */
static int begin_attempt(struct attempt *a, const struct sockaddr *address) {
  bool is_v4 = address->sa_family == AF_INET;
  socklen_t size = is_v4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
  a->fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (a->fd < 0)
    return errno;
  if ((connect(a->fd, address, size) != 0 && errno != EINPROGRESS) ||
      uv_poll_init(a->connect->loop->uv, &a->poll, a->fd) != 0) {
    int error = errno;
    close(a->fd);
    return error ? error : ENOMEM;
  }
  a->poll.data = a;
  a->is_open = true;
  a->connect->trying++;
  a->connect->handles++;
  uv_poll_start(&a->poll, UV_WRITABLE, on_writable);
  return 0;
}

/* false: this address cannot be tried. */
static bool try_one(struct http_connect *c, uint32_t i) {
  struct attempt *a = &c->attempts[i];
  const struct sockaddr *address = (const struct sockaddr *)&c->addresses[i];
  if (c->to.reach.may_connect && !c->to.reach.may_connect(c->to.reach.data, address)) {
    c->was_prohibited = true;
    return false;
  }
  a->connect = c;
  int error = begin_attempt(a, address);
  if (error != 0)
    c->why = http_failure(address_failure(error));
  return error == 0;
}

/* Tries the next address that can be tried; fails when there is none and no attempt runs. */
static void try_next(struct http_connect *c) {
  while (c->tried < c->address_count) {
    if (try_one(c, c->tried++)) {
      http_deadline_set(c->loop, &c->next_try, http_loop_now(c->loop) + ATTEMPT_MS);
      return;
    }
  }
  if (c->trying > 0)
    return;
  if (c->was_prohibited)
    fail_code(c, HTTP_DESTINATION_IP_PROHIBITED);
  else
    fail(c, &c->why);
}

static void on_next_try(struct http_deadline *deadline) {
  try_next(LIST_OWNER(deadline, struct http_connect, next_try));
}

static void on_late(struct http_deadline *deadline) {
  fail_code(LIST_OWNER(deadline, struct http_connect, deadline), HTTP_CONNECTION_TIMEOUT);
}

/* ---- look-up ----------------------------------------------------------------------------------------------------- */

static uint16_t port_of(const struct http_connect *c) {
  return c->to.proxy_host ? c->to.proxy_port : c->to.port;
}

static void on_found(uv_getaddrinfo_t *request, int status, struct addrinfo *found) {
  struct http_connect *c = request->data;
  c->is_looking_up = false;
  if (!c->is_over && status == 0) {
    c->address_count = address_sort(found, port_of(c), c->addresses);
    try_next(c);
  } else if (!c->is_over) {
    struct http_failure why = address_lookup_failure(status);
    fail(c, &why);
  }
  uv_freeaddrinfo(found);
  free_if_over(c);
}

static void look_up(struct http_connect *c) {
  const char *host = c->to.proxy_host ? c->proxy : c->host;
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC};
  if (address_read(host, port_of(c), &c->addresses[0])) {
    c->address_count = 1;
    try_next(c);
    return;
  }
  if (c->to.reach.may_look_up && !c->to.reach.may_look_up(c->to.reach.data, host)) {
    fail_code(c, HTTP_DESTINATION_IP_PROHIBITED);
    return;
  }
  c->lookup.data = c;
  if (uv_getaddrinfo(c->loop->uv, &c->lookup, on_found, host, NULL, &hints) == 0)
    c->is_looking_up = true;
  else
    fail_code(c, HTTP_DNS_ERROR);
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

struct http_connect *http_connect_start(struct http_loop *loop, const struct http_connect_to *to) {
  struct http_connect *c = mem_zalloc(loop->alloc, sizeof(*c));
  if (!c)
    return NULL;
  c->loop = loop;
  c->to = *to;
  c->why = http_failure(HTTP_DESTINATION_UNAVAILABLE);
  c->due.run = on_due;
  list_init(&c->due.node);
  c->deadline.late = on_late;
  c->next_try.late = on_next_try;
  http_loop_hold(loop);
  snprintf(c->host, sizeof(c->host), "%s", to->host);
  snprintf(c->proxy, sizeof(c->proxy), "%s", to->proxy_host ? to->proxy_host : "");
  http_deadline_set(loop, &c->deadline, http_loop_now(loop) + to->milliseconds);
  look_up(c);
  return c;
}
