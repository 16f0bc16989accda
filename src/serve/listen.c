/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See listen.h. Names are not looked up: an address is numbers. */
#include "serve/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

static bool read_port(const char *text, uint16_t *ret) {
  char *end;
  errno = 0;
  unsigned long port = strtoul(text, &end, 10);
  *ret = (uint16_t)port;
  return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && port <= UINT16_MAX;
}

/* The host in front of the last colon, without brackets; false: there is none, or it is too long. */
static bool split(const char *address, char *host, size_t room, const char **ret_port) {
  const char *colon = strrchr(address, ':');
  size_t size = colon ? (size_t)(colon - address) : 0;
  if (!colon || size >= room)
    return false;
  bool bracketed = size >= 2 && address[0] == '[' && address[size - 1] == ']';
  memcpy(host, address + bracketed, size - 2 * (size_t)bracketed);
  host[size - 2 * (size_t)bracketed] = '\0';
  *ret_port = colon + 1;
  return bracketed == (!!strchr(host, ':'));
}

static bool read_address(const char *text, union address *ret, socklen_t *ret_size) {
  char host[64];
  const char *port_text;
  uint16_t port;
  *ret = (union address){0};
  if (!split(text, host, sizeof(host), &port_text) || !read_port(port_text, &port))
    return false;
  if (host[0] == '\0' || inet_pton(AF_INET6, host, &ret->v6.sin6_addr) == 1) {
    ret->v6.sin6_family = AF_INET6;
    ret->v6.sin6_port = htons(port);
    *ret_size = sizeof(ret->v6);
    return true;
  }
  ret->v4.sin_family = AF_INET;
  ret->v4.sin_port = htons(port);
  *ret_size = sizeof(ret->v4);
  return inet_pton(AF_INET, host, &ret->v4.sin_addr) == 1;
}

static void set_port(union address *a, uint16_t port) {
  if (a->any.sa_family == AF_INET6)
    a->v6.sin6_port = htons(port);
  else
    a->v4.sin_port = htons(port);
}

static weir_status refused(const char *address, int error, struct diag *d) {
  return diag_set(d, WEIR_ERR_IO, "%s cannot be bound: %s", address, strerror(error));
}

weir_status listen_bind(const char *address, uint16_t port, int *ret_fd, struct diag *d) {
  union address a;
  socklen_t size;
  int on = 1, off = 0;
  if (!read_address(address, &a, &size))
    return diag_set(d, WEIR_ERR_PARSE, "%s is no address: write 127.0.0.1:8080, [::1]:8080 or :8080", address);
  if (port != 0)
    set_port(&a, port);
  int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return refused(address, errno, d);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
  if (a.any.sa_family == AF_INET6 && address[0] == ':')
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  if (bind(fd, &a.any, size) != 0 || listen(fd, SOMAXCONN) != 0) {
    weir_status status = refused(address, errno, d);
    close(fd);
    return status;
  }
  *ret_fd = fd;
  return WEIR_OK;
}

uint16_t listen_port(int fd) {
  union address a;
  socklen_t size = sizeof(a);
  if (getsockname(fd, &a.any, &size) != 0)
    return 0;
  if (a.any.sa_family == AF_INET6)
    return ntohs(a.v6.sin6_port);
  return a.any.sa_family == AF_INET ? ntohs(a.v4.sin_port) : 0;
}
