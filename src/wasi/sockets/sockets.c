/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See sockets.h. */
#include "wasi/sockets/sockets.h"

#include "wasi/sockets/accept.h"
#include "wasi/sockets/code.h"
#include "wasi/sockets/stream.h"

/* What a configuration that says nothing gets: USUAL_sockets, and others. */
enum {
#define LIMIT(name, type, usual, field) USUAL_##name = usual,
#include "base/wasi_limits.def"
};

weir_status wasi_sockets_init(struct wasi_sockets *sockets, const struct weir_alloc *alloc,
                              const weir_wasi_config *config, struct diag *d) {
  *sockets = (struct wasi_sockets){.alloc = alloc, .most = config->max_sockets ? config->max_sockets : USUAL_sockets};
  return wasi_net_init(&sockets->net, alloc, config, d);
}

void wasi_sockets_start(struct wasi_sockets *sockets, uv_loop_t *loop, struct wasi_guards *guards,
                        struct wasi_objects *objects) {
  const struct weir_alloc *alloc = sockets->alloc;
  sockets->loop = loop;
  sockets->objects = objects;
  list_init(&sockets->accepting);
  list_init(&sockets->waiting);
  wasi_flows_init(&sockets->receiving, alloc, guards, wasi_socket_code_number, wasi_receiving_release);
  wasi_flows_init(&sockets->sending, alloc, guards, wasi_socket_code_number, wasi_sending_release);
}

bool wasi_sockets_ask(struct wasi_sockets *sockets) {
  bool receiving = wasi_receiving_look(sockets), accepting = wasi_accepting_look(sockets);
  return receiving || accepting;
}

void wasi_sockets_close(struct wasi_sockets *sockets) {
  wasi_flows_close(&sockets->receiving);
  wasi_flows_close(&sockets->sending);
  wasi_accepting_close(sockets);
}

void wasi_sockets_done(struct wasi_sockets *sockets) {
  wasi_net_done(&sockets->net);
}
