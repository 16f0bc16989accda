/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See option.h. */
#include "wasi/sockets/option.h"

#include <errno.h>
#include <netinet/tcp.h>

enum { NANOSECONDS = 1000000000, SECONDS_MAX = 32767, COUNT_MAX = 127 };

/* Where the system has an option. */
static void place_of(const struct wasi_socket *s, enum wasi_socket_option option, int *ret_level, int *ret_name) {
  static const struct {
    int level, name;
  } places[] = {
      [WASI_SOCKET_KEEP_ALIVE] = {SOL_SOCKET, SO_KEEPALIVE},
      [WASI_SOCKET_KEEP_IDLE] = {IPPROTO_TCP, TCP_KEEPIDLE},
      [WASI_SOCKET_KEEP_INTERVAL] = {IPPROTO_TCP, TCP_KEEPINTVL},
      [WASI_SOCKET_KEEP_COUNT] = {IPPROTO_TCP, TCP_KEEPCNT},
      [WASI_SOCKET_HOPS] = {IPPROTO_IP, IP_TTL},
      [WASI_SOCKET_RECEIVE_BUFFER] = {SOL_SOCKET, SO_RCVBUF},
      [WASI_SOCKET_SEND_BUFFER] = {SOL_SOCKET, SO_SNDBUF},
  };
  bool v6_hops = option == WASI_SOCKET_HOPS && s->family == AF_INET6;
  *ret_level = v6_hops ? IPPROTO_IPV6 : places[option].level;
  *ret_name = v6_hops ? IPV6_UNICAST_HOPS : places[option].name;
}

int wasi_socket_get(const struct wasi_socket *s, enum wasi_socket_option option, uint64_t *ret) {
  int level, name, value = 0;
  socklen_t size = sizeof(value);
  place_of(s, option, &level, &name);
  if (getsockopt(s->fd, level, name, &value, &size) != 0)
    return -errno;
  *ret = (uint64_t)value;
  if (option == WASI_SOCKET_KEEP_IDLE || option == WASI_SOCKET_KEEP_INTERVAL)
    *ret *= NANOSECONDS;
  if (option >= WASI_SOCKET_RECEIVE_BUFFER)
    *ret /= 2; /* Linux tells twice of what was set */
  return 0;
}

static uint64_t seconds_of(uint64_t nanoseconds) {
  return nanoseconds / NANOSECONDS + (nanoseconds % NANOSECONDS != 0);
}

/* What is too large becomes the most that the system takes, as the interface has it. */
static int clamped(enum wasi_socket_option option, uint64_t value) {
  uint64_t most = INT32_MAX / 2;
  if (option == WASI_SOCKET_KEEP_IDLE || option == WASI_SOCKET_KEEP_INTERVAL) {
    value = seconds_of(value);
    most = SECONDS_MAX;
  } else if (option == WASI_SOCKET_KEEP_COUNT) {
    most = COUNT_MAX;
  }
  return (int)(value < most ? value : most);
}

int wasi_socket_set(struct wasi_socket *s, enum wasi_socket_option option, uint64_t value) {
  int level, name, number = clamped(option, value);
  if (value == 0 && option != WASI_SOCKET_KEEP_ALIVE)
    return -EINVAL;
  place_of(s, option, &level, &name);
  return setsockopt(s->fd, level, name, &number, sizeof(number)) == 0 ? 0 : -errno;
}
