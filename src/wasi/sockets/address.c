/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See address.h. */
#include "wasi/sockets/address.h"

#include <arpa/inet.h>
#include <string.h>

typedef struct wasi_tuple_u8_u8_u8_u8 v4_address;
typedef struct wasi_tuple_u16_u16_u16_u16_u16_u16_u16_u16 v6_address;

/* Members of tuples have names, so the parts of an address are written out. */
static struct in6_addr v6_of(const v6_address *from) {
  const uint16_t parts[] = {from->f0, from->f1, from->f2, from->f3, from->f4, from->f5, from->f6, from->f7};
  struct in6_addr to;
  for (size_t i = 0; i < 8; i++) {
    to.s6_addr[2 * i] = (uint8_t)(parts[i] >> 8);
    to.s6_addr[2 * i + 1] = (uint8_t)parts[i];
  }
  return to;
}

static v6_address v6_to(const struct in6_addr *from) {
  uint16_t parts[8];
  for (size_t i = 0; i < 8; i++)
    parts[i] = (uint16_t)(from->s6_addr[2 * i] << 8 | from->s6_addr[2 * i + 1]);
  return (v6_address){parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6], parts[7]};
}

static v4_address v4_to(struct in_addr from) {
  uint32_t bits = ntohl(from.s_addr);
  return (v4_address){(uint8_t)(bits >> 24), (uint8_t)(bits >> 16), (uint8_t)(bits >> 8), (uint8_t)bits};
}

union wasi_address wasi_address_of(const struct wasi_sockets_ip_socket_address *from) {
  union wasi_address to;
  memset(&to, 0, sizeof(to));
  if (from->tag == WASI_SOCKETS_IP_SOCKET_ADDRESS_IPV4) {
    v4_address a = from->of.ipv4.address;
    to.v4.sin_family = AF_INET;
    to.v4.sin_port = htons(from->of.ipv4.port);
    to.v4.sin_addr.s_addr = htonl((uint32_t)a.f0 << 24 | (uint32_t)a.f1 << 16 | (uint32_t)a.f2 << 8 | a.f3);
    return to;
  }
  to.v6.sin6_family = AF_INET6;
  to.v6.sin6_port = htons(from->of.ipv6.port);
  to.v6.sin6_flowinfo = htonl(from->of.ipv6.flow_info);
  to.v6.sin6_scope_id = from->of.ipv6.scope_id;
  to.v6.sin6_addr = v6_of(&from->of.ipv6.address);
  return to;
}

struct wasi_sockets_ip_socket_address wasi_address_to(const union wasi_address *from) {
  struct wasi_sockets_ip_socket_address to = {.tag = WASI_SOCKETS_IP_SOCKET_ADDRESS_IPV4};
  if (from->any.sa_family == AF_INET6) {
    to.tag = WASI_SOCKETS_IP_SOCKET_ADDRESS_IPV6;
    to.of.ipv6.port = ntohs(from->v6.sin6_port);
    to.of.ipv6.flow_info = ntohl(from->v6.sin6_flowinfo);
    to.of.ipv6.scope_id = from->v6.sin6_scope_id;
    to.of.ipv6.address = v6_to(&from->v6.sin6_addr);
    return to;
  }
  to.of.ipv4.port = ntohs(from->v4.sin_port);
  to.of.ipv4.address = v4_to(from->v4.sin_addr);
  return to;
}

struct wasi_sockets_ip_address wasi_address_ip(const struct sockaddr *from) {
  struct wasi_sockets_ip_address to = {.tag = WASI_SOCKETS_IP_ADDRESS_IPV4};
  if (from->sa_family == AF_INET6) {
    to.tag = WASI_SOCKETS_IP_ADDRESS_IPV6;
    to.of.ipv6 = v6_to(&((const struct sockaddr_in6 *)(const void *)from)->sin6_addr);
  } else {
    to.of.ipv4 = v4_to(((const struct sockaddr_in *)(const void *)from)->sin_addr);
  }
  return to;
}

bool wasi_address_is_remote(const union wasi_address *address) {
  if (address->any.sa_family == AF_INET6)
    return address->v6.sin6_port != 0 && !IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr);
  return address->v4.sin_port != 0 && address->v4.sin_addr.s_addr != htonl(INADDR_ANY);
}

bool wasi_address_is_mapped(const union wasi_address *address) {
  return address->any.sa_family == AF_INET6 &&
         (IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr) || IN6_IS_ADDR_V4COMPAT(&address->v6.sin6_addr)) &&
         !IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr) && !IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr);
}

bool wasi_address_is_of_many(const union wasi_address *address) {
  if (address->any.sa_family == AF_INET6)
    return IN6_IS_ADDR_MULTICAST(&address->v6.sin6_addr);
  return IN_MULTICAST(ntohl(address->v4.sin_addr.s_addr)) || address->v4.sin_addr.s_addr == htonl(INADDR_BROADCAST);
}

bool wasi_address_equal(const union wasi_address *a, const union wasi_address *b) {
  if (a->any.sa_family != b->any.sa_family)
    return false;
  if (a->any.sa_family == AF_INET)
    return a->v4.sin_port == b->v4.sin_port && a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
  return a->v6.sin6_port == b->v6.sin6_port && IN6_ARE_ADDR_EQUAL(&a->v6.sin6_addr, &b->v6.sin6_addr);
}
