/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Sockets of the system, without a version of WASI. In order: events of the loop; life; connecting.
 *
 * What always holds: the loop polls a socket for all events that somebody waits for, and keeps waiting for the socket
 * exactly while somebody does. A socket whose last holder has gone is closed at once, and its memory goes when the loop
 * has closed the handle.
 */
#include "wasi/sockets/socket.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

/* ---- events ------------------------------------------------------------------------------------------------------ */

static bool poll_for(struct wasi_socket *s, int events);
static int awaited(const struct wasi_socket *s);

static void socket_polled(uv_poll_t *poll, int status, int events) {
  struct wasi_socket *s = poll->data;
  wasi_socket_hold(s);
  if (status != 0 || events & ~awaited(s))
    poll_for(s, awaited(s));
  if (status != 0 || events & (UV_READABLE | UV_DISCONNECT))
    wasi_event_happened(&s->readable);
  if (status != 0 || events & UV_WRITABLE)
    wasi_event_happened(&s->writable);
  wasi_socket_release(s);
}

static bool poll_init(struct wasi_socket *s) {
  if (s->polled)
    return true;
  if (uv_poll_init(s->sockets->loop, &s->poll, s->fd) != 0)
    return false;
  s->poll.data = s;
  s->polled = true;
  return true;
}

/* Polls for `events` and nothing else. */
static bool poll_for(struct wasi_socket *s, int events) {
  s->events = events;
  if (events != 0)
    return uv_poll_start(&s->poll, events, socket_polled) == 0;
  uv_poll_stop(&s->poll);
  return true;
}

/* Somebody waits for `events`. What nobody waits for is polled until it happens: most wait for the same again. */
static bool socket_poll(struct wasi_socket *s, int events) {
  if (!poll_init(s))
    return false;
  if (events & ~s->events && !poll_for(s, s->events | events))
    return false;
  if (events)
    uv_ref((uv_handle_t *)&s->poll);
  else
    uv_unref((uv_handle_t *)&s->poll);
  return true;
}

static int awaited(const struct wasi_socket *s) {
  return (wasi_event_is_awaited(&s->readable) ? UV_READABLE : 0) |
         (wasi_event_is_awaited(&s->writable) ? UV_WRITABLE : 0);
}

static struct wasi_socket *of_readable(struct wasi_event *event) {
  return LIST_OWNER(event, struct wasi_socket, readable);
}

static struct wasi_socket *of_writable(struct wasi_event *event) {
  return LIST_OWNER(event, struct wasi_socket, writable);
}

static bool watch_readable(struct wasi_event *event) {
  return socket_poll(of_readable(event), awaited(of_readable(event)) | UV_READABLE);
}

static bool watch_writable(struct wasi_event *event) {
  return socket_poll(of_writable(event), awaited(of_writable(event)) | UV_WRITABLE);
}

static void unwatch_readable(struct wasi_event *event) {
  socket_poll(of_readable(event), awaited(of_readable(event)));
}

static void unwatch_writable(struct wasi_event *event) {
  socket_poll(of_writable(event), awaited(of_writable(event)));
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static void socket_free(struct wasi_socket *s) {
  mem_free(s->sockets->alloc, s, sizeof(*s));
}

static void poll_closed(uv_handle_t *handle) {
  socket_free(handle->data);
}

static int socket_of_fd(struct wasi_sockets *sockets, int fd, int family, int type, struct wasi_socket **ret) {
  struct wasi_socket *s = sockets->open < sockets->most ? mem_zalloc(sockets->alloc, sizeof(*s)) : NULL;
  if (!s) {
    close(fd);
    return sockets->open < sockets->most ? -ENOMEM : -EMFILE;
  }
  *s = (struct wasi_socket){.sockets = sockets, .holders = 1, .fd = fd, .family = family, .type = type};
  wasi_event_init(&s->readable, watch_readable, unwatch_readable);
  wasi_event_init(&s->writable, watch_writable, unwatch_writable);
  sockets->open++;
  *ret = s;
  return 0;
}

int wasi_socket_new(struct wasi_sockets *sockets, enum wasi_sockets_ip_address_family family, int type,
                    struct wasi_socket **ret) {
  bool v6 = family == WASI_SOCKETS_IP_ADDRESS_FAMILY_IPV6;
  int on = 1, fd = socket(v6 ? AF_INET6 : AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return -errno;
  if (v6)
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  return socket_of_fd(sockets, fd, v6 ? AF_INET6 : AF_INET, type, ret);
}

enum wasi_sockets_ip_address_family wasi_socket_family(const struct wasi_socket *s) {
  return s->family == AF_INET6 ? WASI_SOCKETS_IP_ADDRESS_FAMILY_IPV6 : WASI_SOCKETS_IP_ADDRESS_FAMILY_IPV4;
}

void wasi_socket_hold(struct wasi_socket *s) {
  s->holders++;
}

void wasi_socket_release(struct wasi_socket *s) {
  if (!s || --s->holders > 0)
    return;
  s->sockets->open--;
  if (s->polled)
    uv_poll_stop(&s->poll);
  close(s->fd);
  if (s->polled)
    uv_close((uv_handle_t *)&s->poll, poll_closed);
  else
    socket_free(s);
}

/* ---- connecting -------------------------------------------------------------------------------------------------- */

static int outcome(int status) {
  return status == 0 ? 0 : -errno;
}

static int check(const struct wasi_socket *s, const union wasi_address *address, weir_wasi_net_kind tcp,
                 weir_wasi_net_kind udp) {
  if (address->any.sa_family != s->family || wasi_address_is_mapped(address) ||
      (s->type == SOCK_STREAM && wasi_address_is_of_many(address)))
    return -EINVAL;
  return wasi_net_may_use(&s->sockets->net, s->type == SOCK_STREAM ? tcp : udp, &address->any) ? 0 : -EPERM;
}

int wasi_socket_bind(struct wasi_socket *s, const union wasi_address *address) {
  int on = 1, status = check(s, address, WEIR_WASI_NET_TCP_IN, WEIR_WASI_NET_UDP_IN);
  if (status != 0)
    return status;
  if (s->type == SOCK_STREAM)
    setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  return outcome(bind(s->fd, &address->any, wasi_address_size(address)));
}

static int check_remote(const struct wasi_socket *s, const union wasi_address *address) {
  if (!wasi_address_is_remote(address))
    return -EINVAL;
  return check(s, address, WEIR_WASI_NET_TCP_OUT, WEIR_WASI_NET_UDP_OUT);
}

int wasi_socket_connect(struct wasi_socket *s, const union wasi_address *address) {
  int status = check_remote(s, address);
  return status != 0 ? status : outcome(connect(s->fd, &address->any, wasi_address_size(address)));
}

int wasi_socket_error(struct wasi_socket *s) {
  int error = 0;
  socklen_t size = sizeof(error);
  if (!wasi_socket_is_ready(s, POLLOUT))
    return -EINPROGRESS;
  return getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 ? -errno : -error;
}

int wasi_socket_listen(struct wasi_socket *s, bool bound, int backlog) {
  union wasi_address any;
  memset(&any, 0, sizeof(any));
  any.any.sa_family = (sa_family_t)s->family;
  int status = bound ? 0 : wasi_socket_bind(s, &any);
  return status != 0 ? status : outcome(listen(s->fd, backlog));
}

int wasi_socket_accept(struct wasi_socket *s, struct wasi_socket **ret) {
  int fd;
  do
    fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
  return fd < 0 ? -errno : socket_of_fd(s->sockets, fd, s->family, s->type, ret);
}

int wasi_socket_local(const struct wasi_socket *s, union wasi_address *ret) {
  socklen_t size = sizeof(*ret);
  return outcome(getsockname(s->fd, &ret->any, &size));
}

int wasi_socket_remote(const struct wasi_socket *s, union wasi_address *ret) {
  socklen_t size = sizeof(*ret);
  return outcome(getpeername(s->fd, &ret->any, &size));
}

static ssize_t count_of(ssize_t count) {
  if (count >= 0)
    return count;
  return errno == EWOULDBLOCK || errno == EINTR ? -EAGAIN : -errno;
}

ssize_t wasi_socket_receive(struct wasi_socket *s, void *bytes, size_t size) {
  return count_of(recv(s->fd, bytes, size, MSG_DONTWAIT));
}

ssize_t wasi_socket_send(struct wasi_socket *s, const void *bytes, size_t size) {
  return count_of(send(s->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL));
}

int wasi_socket_may_send(const struct wasi_socket *s, bool connected, const union wasi_address *to) {
  union wasi_address peer;
  if (!to)
    return connected ? 0 : -EINVAL;
  if (!connected)
    return check_remote(s, to);
  return wasi_socket_remote(s, &peer) == 0 && wasi_address_equal(&peer, to) ? 0 : -EINVAL;
}

ssize_t wasi_socket_send_to(struct wasi_socket *s, const union wasi_address *to, const void *bytes, size_t size) {
  return count_of(
      sendto(s->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL, to ? &to->any : NULL, to ? wasi_address_size(to) : 0));
}

ssize_t wasi_socket_receive_from(struct wasi_socket *s, void *bytes, size_t size, union wasi_address *ret_from) {
  socklen_t address_size = sizeof(*ret_from);
  return count_of(recvfrom(s->fd, bytes, size, MSG_DONTWAIT, &ret_from->any, &address_size));
}

int wasi_socket_disconnect(struct wasi_socket *s) {
  struct sockaddr none;
  memset(&none, 0, sizeof(none));
  none.sa_family = AF_UNSPEC;
  return outcome(connect(s->fd, &none, sizeof(none)));
}

int wasi_socket_shutdown(struct wasi_socket *s, int how) {
  if (how == SHUT_RD || !s->unsent)
    return outcome(shutdown(s->fd, how));
  s->last = true;
  return how == SHUT_RDWR ? outcome(shutdown(s->fd, SHUT_RD)) : 0;
}

void wasi_socket_set_unsent(struct wasi_socket *s, bool unsent) {
  s->unsent = unsent;
  if (!unsent && s->last)
    shutdown(s->fd, SHUT_WR);
}

bool wasi_socket_is_ready(const struct wasi_socket *s, short events) {
  struct pollfd ask = {.fd = s->fd, .events = events};
  return poll(&ask, 1, 0) != 0;
}
