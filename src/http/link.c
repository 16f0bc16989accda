/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A connection and its life. All that happens ends in settle(): it offers what waits to the codec, writes, reads on or
 * stops, and closes what has ended. So the order of events does not matter. Parts: closing; writing; reading; settling;
 * what codecs ask for.
 */
#include "http/link.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "base/mem.h"
#include "http/tls.h"

enum { READS_MOST = 8 /* in one round of the loop */ };

static void settle(struct http_link *l);

/* ---- closing ----------------------------------------------------------------------------------------------------- */

static void fail(struct http_link *l, const struct http_failure *why) {
  if (l->has_failed)
    return;
  l->why = *why;
  l->has_failed = true;
}

static void fail_code(struct http_link *l, enum http_failure_code code) {
  struct http_failure why = http_failure(code);
  fail(l, &why);
}

static void on_closed(uv_handle_t *handle) {
  struct http_link *l = handle->data;
  struct http_loop *loop = l->loop;
  mem_free(loop->alloc, l, sizeof(*l));
  http_loop_release(loop);
}

/* The codec goes first: it may still look at the link. */
static void close_now(struct http_link *l) {
  if (l->state == HTTP_LINK_CLOSED)
    return;
  l->state = HTTP_LINK_CLOSED;
  http_deadline_stop(l->loop, &l->deadline);
  if (l->codec)
    l->codec->gone(l->data, l->has_failed ? &l->why : NULL);
  l->codec = NULL;
  list_remove(&l->due.node);
  if (l->tls)
    http_tls_free(l->tls);
  l->tls = NULL;
  http_bytes_done(&l->in, l->loop);
  http_bytes_done(&l->out, l->loop);
  http_bytes_done(&l->cipher, l->loop);
  if (!l->is_polite)
    setsockopt(l->fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1}, sizeof(struct linger)); /* a reset */
  uv_close((uv_handle_t *)&l->poll, on_closed);
  close(l->fd);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* With TLS: encrypts all of `out`. */
static void encrypt_out(struct http_link *l) {
  if (http_bytes_size(&l->out) > 0 && http_tls_ready(l->tls)) {
    if (!http_tls_write(l->tls, http_bytes_front(&l->out), http_bytes_size(&l->out)))
      fail_code(l, HTTP_TLS_PROTOCOL_ERROR);
    http_bytes_take(&l->out, l->loop, http_bytes_size(&l->out));
  }
  size_t size;
  while ((size = http_tls_waiting(l->tls)) > 0) {
    uint8_t *room = http_bytes_room(&l->cipher, l->loop, size);
    if (!room) {
      struct http_failure why = http_failure_nomem();
      fail(l, &why);
      return;
    }
    http_bytes_added(&l->cipher, http_tls_take(l->tls, room, size));
  }
}

/* What goes to the socket. */
static struct http_bytes *outgoing(struct http_link *l) {
  return l->tls ? &l->cipher : &l->out;
}

static void drop_outgoing(struct http_link *l) {
  http_bytes_take(&l->out, l->loop, http_bytes_size(&l->out));
  http_bytes_take(&l->cipher, l->loop, http_bytes_size(&l->cipher));
}

/* A server may answer and close before it has read the request: its answer lies in the socket then. */
static void fail_writing(struct http_link *l) {
  if (!l->reads_on || l->has_ended) {
    fail_code(l, HTTP_CONNECTION_TERMINATED);
    return;
  }
  l->is_deaf = true;
  drop_outgoing(l);
}

void http_link_flush(struct http_link *l) {
  if (l->state >= HTTP_LINK_LINGERING || l->has_failed)
    return;
  if (l->tls)
    encrypt_out(l);
  struct http_bytes *from = outgoing(l);
  if (l->is_deaf)
    drop_outgoing(l);
  if (http_bytes_size(from) == 0)
    return;
  ssize_t done = send(l->fd, http_bytes_front(from), http_bytes_size(from), MSG_NOSIGNAL);
  if (done >= 0) {
    http_bytes_take(from, l->loop, (size_t)done);
    l->written += (uint64_t)done;
  } else if (errno != EAGAIN && errno != EINTR)
    fail_writing(l);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* Offers bytes to the codec. */
static size_t offer(struct http_link *l, const uint8_t *bytes, size_t size) {
  if (l->state != HTTP_LINK_OPEN || l->has_failed)
    return size; /* dropped */
  return l->codec->receive(l->data, bytes, size);
}

static void offer_waiting(struct http_link *l) {
  uint32_t size = http_bytes_size(&l->in);
  if (size > 0)
    http_bytes_take(&l->in, l->loop, offer(l, http_bytes_front(&l->in), size));
}

/* Bytes in clear that have just come. */
static void receive(struct http_link *l, const uint8_t *bytes, size_t size) {
  if (http_bytes_size(&l->in) == 0) {
    size_t taken = offer(l, bytes, size);
    bytes += taken;
    size -= taken;
  }
  if (!http_bytes_add(&l->in, l->loop, bytes, size)) {
    struct http_failure why = http_failure_nomem();
    fail(l, &why);
  }
}

/* The other end is told why, with an alert. */
static void fail_tls(struct http_link *l, const struct http_failure *why) {
  encrypt_out(l);
  http_link_flush(l);
  l->is_polite = true;
  fail(l, why);
}

static void decrypt(struct http_link *l, const uint8_t *bytes, size_t size) {
  struct http_failure why;
  if (!http_tls_give(l->tls, bytes, size)) {
    why = http_failure_nomem();
    fail(l, &why);
    return;
  }
  for (;;) {
    bool was_ready = http_tls_ready(l->tls);
    int64_t got = http_tls_read(l->tls, l->loop->plain, HTTP_SCRATCH, &why);
    if (!was_ready && http_tls_ready(l->tls) && l->state == HTTP_LINK_OPEN && l->codec->secured)
      l->codec->secured(l->data);
    if (got < 0)
      fail_tls(l, &why);
    l->has_ended = l->has_ended || http_tls_ended(l->tls);
    if (got <= 0)
      return;
    receive(l, l->loop->plain, (size_t)got);
    if (l->has_failed)
      return;
  }
}

/* Reads once; false: there is no more for now. */
static bool read_once(struct http_link *l) {
  ssize_t size = recv(l->fd, l->loop->scratch, HTTP_SCRATCH, 0);
  if (size == 0)
    l->has_ended = true;
  else if (size < 0 && errno != EAGAIN && errno != EINTR)
    fail_code(l, HTTP_CONNECTION_TERMINATED);
  else if (size > 0 && l->tls)
    decrypt(l, l->loop->scratch, (size_t)size);
  else if (size > 0)
    receive(l, l->loop->scratch, (size_t)size);
  return size == HTTP_SCRATCH;
}

static bool may_read(const struct http_link *l) {
  if (l->has_ended || l->has_failed)
    return false;
  return l->state != HTTP_LINK_OPEN || http_bytes_size(&l->in) < HTTP_IN_MOST;
}

static void on_poll(uv_poll_t *poll, int status, int events) {
  struct http_link *l = poll->data;
  bool is_broken = status < 0, has_more = is_broken || (events & UV_READABLE);
  for (int i = 0; i < READS_MOST && has_more && may_read(l); i++)
    has_more = read_once(l);
  if (is_broken) { /* a reset; what came before it was read */
    l->events = 0; /* libuv has stopped */
    fail_code(l, HTTP_CONNECTION_TERMINATED);
  }
  settle(l);
}

/* Polls for what is of use now. */
static void set_events(struct http_link *l) {
  int events = (may_read(l) ? UV_READABLE : 0) | (http_bytes_size(outgoing(l)) > 0 ? UV_WRITABLE : 0);
  if (events == l->events)
    return;
  l->events = events;
  if (events == 0)
    uv_poll_stop(&l->poll);
  else if (uv_poll_start(&l->poll, events, on_poll) != 0)
    fail_code(l, HTTP_CONNECTION_TERMINATED);
}

/* ---- settling ---------------------------------------------------------------------------------------------------- */

/* All is written: says so to the other end, and waits a while for its last bytes, so that it can read ours. */
static void linger(struct http_link *l) {
  l->is_polite = true;
  if (l->has_ended || shutdown(l->fd, SHUT_WR) != 0) {
    close_now(l);
    return;
  }
  l->state = HTTP_LINK_LINGERING;
  http_link_deadline(l, HTTP_LINGER_MS);
}

/* Tells the codec that there is room, after a writer was refused or where all has gone. */
static void tell_room(struct http_link *l) {
  uint32_t waiting = http_link_waiting(l);
  if (l->state != HTTP_LINK_OPEN || (waiting > 0 && (!l->was_full || waiting >= HTTP_OUT_LOW)))
    return;
  l->was_full = false;
  l->codec->room(l->data);
}

static void tell_end(struct http_link *l) {
  bool is_due = l->has_ended && !l->told_ended && !l->has_failed && l->codec;
  if (l->state == HTTP_LINK_OPEN && is_due)
    l->told_ended = l->codec->ended(l->data);
}

/* With TLS: the end is said within. true: what says so waits for the socket. */
static bool say_end(struct http_link *l) {
  if (!l->tls || l->said_end)
    return false;
  l->said_end = true;
  http_tls_end(l->tls);
  http_link_flush(l);
  return http_link_waiting(l) > 0;
}

static void settle(struct http_link *l) {
  offer_waiting(l);
  tell_end(l);
  http_link_flush(l);
  if (!l->has_failed)
    tell_room(l);
  if (l->has_failed) {
    close_now(l);
    return;
  }
  if (l->state == HTTP_LINK_FINISHING && http_link_waiting(l) == 0 && !say_end(l))
    linger(l);
  else if (l->state == HTTP_LINK_LINGERING && l->has_ended)
    close_now(l);
  if (l->state != HTTP_LINK_CLOSED)
    set_events(l);
  if (l->state != HTTP_LINK_CLOSED && l->has_failed)
    close_now(l);
}

/* ---- what codecs ask for ----------------------------------------------------------------------------------------- */

static void on_due(struct http_due *due) {
  struct http_link *l = LIST_OWNER(due, struct http_link, due);
  if (l->state == HTTP_LINK_OPEN && !l->has_failed && l->codec)
    l->codec->run(l->data);
  settle(l);
}

static void on_late(struct http_deadline *deadline) {
  struct http_link *l = LIST_OWNER(deadline, struct http_link, deadline);
  if (l->state == HTTP_LINK_OPEN)
    l->codec->late(l->data);
  else
    close_now(l);
  if (l->state != HTTP_LINK_CLOSED)
    settle(l);
}

static void learn_peer(struct http_link *l) {
  socklen_t remote = sizeof(l->peer.remote), local = sizeof(l->peer.local);
  int one = 1;
  getpeername(l->fd, (struct sockaddr *)&l->peer.remote, &remote);
  getsockname(l->fd, (struct sockaddr *)&l->peer.local, &local);
  setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

weir_status http_link_new(struct http_loop *loop, int fd, struct http_link **ret) {
  struct http_link *l = mem_zalloc(loop->alloc, sizeof(*l));
  if (!l || uv_poll_init(loop->uv, &l->poll, fd) != 0) {
    mem_free(loop->alloc, l, sizeof(*l));
    close(fd);
    return WEIR_ERR_NOMEM;
  }
  l->loop = loop;
  l->fd = fd;
  l->poll.data = l;
  list_init(&l->due.node);
  l->due.run = on_due;
  l->deadline.late = on_late;
  http_loop_hold(loop);
  learn_peer(l);
  *ret = l;
  return WEIR_OK;
}

bool http_link_secure(struct http_link *l, const struct http_tls_context *context, const char *host) {
  if (!l->loop->plain)
    l->loop->plain = mem_alloc(l->loop->alloc, HTTP_SCRATCH);
  l->tls = l->loop->plain ? http_tls_new(context, host) : NULL;
  l->peer.is_tls = true;
  return l->tls;
}

void http_link_start(struct http_link *l) {
  set_events(l);
  if (l->has_failed)
    http_link_due(l);
}

void http_link_due(struct http_link *l) {
  if (l->state != HTTP_LINK_CLOSED)
    http_loop_due(l->loop, &l->due);
}

void http_link_deadline(struct http_link *l, uint64_t milliseconds) {
  http_deadline_set(l->loop, &l->deadline, milliseconds == 0 ? 0 : http_loop_now(l->loop) + milliseconds);
}

void http_link_finish(struct http_link *l) {
  if (l->state != HTTP_LINK_OPEN)
    return;
  l->state = HTTP_LINK_FINISHING;
  http_link_deadline(l, HTTP_LINGER_MS);
  http_link_due(l);
}

void http_link_break(struct http_link *l, const struct http_failure *why) {
  fail(l, why);
  http_link_due(l);
}
