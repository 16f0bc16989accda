/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What guests may do in the network: rules, one for each thing that is granted. Without a rule nothing is. A rule is
 * written
 *
 *   all
 *   lookup                                         names may be looked up
 *   (tcp|udp)[-in|-out][:ADDRESS[/BITS]][:PORT[-PORT]]
 *
 * `in` is to bind, `out` to connect and send; without either it is both. An address of version 6 stands in brackets.
 * `*` as the address is any; so it is where there is none. Each address is asked about when it is used, after look-up.
 */
#ifndef WASI_SOCKETS_NET_H
#define WASI_SOCKETS_NET_H

#include <netinet/in.h>

#include "base/diag.h"
#include "weir/alloc.h"

enum wasi_net_use {
  WASI_NET_TCP_IN = 1,
  WASI_NET_TCP_OUT = 2,
  WASI_NET_UDP_IN = 4,
  WASI_NET_UDP_OUT = 8,
  WASI_NET_LOOKUP = 16
};

struct wasi_net_rule {
  unsigned uses; /* wasi_net_use */
  bool any;      /* address */
  bool v6;
  uint8_t address[16];
  unsigned bits;
  uint16_t first, last; /* ports */
};

struct wasi_net {
  const struct weir_alloc *alloc;
  struct wasi_net_rule *rules;
  size_t count;
};

/* Reads rules. WEIR_ERR_PARSE names the rule that is none; WEIR_ERR_NOMEM. On failure as after wasi_net_done(). */
weir_status wasi_net_init(struct wasi_net *net, const struct weir_alloc *alloc, const char *const *rules, size_t count,
                          struct diag *d);
/* Releases; a zeroed one is allowed. */
void wasi_net_done(struct wasi_net *net);

/* Whether one rule grants the use of an address (NULL for WASI_NET_LOOKUP). */
bool wasi_net_grants(const struct wasi_net *net, enum wasi_net_use use, const struct sockaddr *address);

#endif
