/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reads and sorts addresses, and translates the system's words about them. */
#include "http/address.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <uv.h>

bool address_read(const char *host, uint16_t port, struct sockaddr_storage *ret) {
  return uv_ip4_addr(host, port, (struct sockaddr_in *)(void *)ret) == 0 ||
         uv_ip6_addr(host, port, (struct sockaddr_in6 *)(void *)ret) == 0;
}

static void set_port(struct sockaddr_storage *address, uint16_t port) {
  if (address->ss_family == AF_INET)
    ((struct sockaddr_in *)(void *)address)->sin_port = htons(port);
  else
    ((struct sockaddr_in6 *)(void *)address)->sin6_port = htons(port);
}

uint32_t address_sort(const struct addrinfo *found, uint16_t port, struct sockaddr_storage ret[ADDRESS_MOST]) {
  const struct addrinfo *next[2] = {found, found};
  int family[2] = {found->ai_family, found->ai_family == AF_INET ? AF_INET6 : AF_INET};
  uint32_t count = 0;
  for (int turn = 0; count < ADDRESS_MOST && (next[0] || next[1]); turn ^= 1) {
    while (next[turn] && next[turn]->ai_family != family[turn])
      next[turn] = next[turn]->ai_next;
    if (!next[turn])
      continue;
    struct sockaddr_storage *address = &ret[count++];
    memcpy(address, next[turn]->ai_addr, next[turn]->ai_addrlen);
    set_port(address, port);
    next[turn] = next[turn]->ai_next;
  }
  return count;
}

enum http_failure_code address_failure(int error) {
  switch (error) {
    case ECONNREFUSED:
      return HTTP_CONNECTION_REFUSED;
    case ETIMEDOUT:
      return HTTP_CONNECTION_TIMEOUT;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
      return HTTP_DESTINATION_IP_UNROUTABLE;
    case EMFILE:
    case ENFILE:
      return HTTP_CONNECTION_LIMIT_REACHED;
    default:
      return HTTP_DESTINATION_UNAVAILABLE;
  }
}

struct http_failure address_lookup_failure(int status) {
  struct http_failure why = http_failure(HTTP_DNS_TIMEOUT);
  if (status == UV_EAI_AGAIN)
    return why;
  bool is_unknown = status == UV_EAI_NONAME || status == UV_EAI_NODATA;
  return http_failure_text(HTTP_DNS_ERROR, is_unknown ? STR("NXDOMAIN") : str_from(uv_err_name(status)));
}
