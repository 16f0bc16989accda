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
 *
 * An embedder may decide each use itself, and is told of what is refused.
 */
#ifndef WASI_SOCKETS_NET_H
#define WASI_SOCKETS_NET_H

#include <netinet/in.h>

#include "base/diag.h"
#include "weir/alloc.h"
#include "weir/wasi.h"

struct wasi_net {
  const struct weir_alloc *alloc;
  weir_wasi_net_rule *rules;
  size_t count;
  bool (*may_use)(void *data, const weir_wasi_net_use *use); /* the embedder's; NULL: the rules decide */
  void *data;
  void (*on_refused)(void *data, weir_wasi_grant grant, const char *text); /* the embedder's; may be NULL */
  void *refused_data;
};

/*
 * Reads the rules of a configuration. WEIR_ERR_PARSE names the rule that is none; WEIR_ERR_NOMEM. On failure as after
 * wasi_net_done().
 */
weir_status wasi_net_init(struct wasi_net *net, const struct weir_alloc *alloc, const weir_wasi_config *config,
                          struct diag *d);
/* Releases; a zeroed one is allowed. */
void wasi_net_done(struct wasi_net *net);

/* Whether guests may use an address so, or look up a name. */
bool wasi_net_may_use(const struct wasi_net *net, weir_wasi_net_kind kind, const struct sockaddr *address);
bool wasi_net_may_look_up(const struct wasi_net *net, const char *name);

#endif
