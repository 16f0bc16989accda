/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A WASI host: one loop, its own or a lent one, and the state of every interface. The parts know nothing of each other;
 * only the guards are shared by what keeps streams of guests.
 */
#ifndef WASI_HOST_HOST_H
#define WASI_HOST_HOST_H

#include <stdatomic.h>

#include "base/diag.h"
#include "wasi/cli/env.h"
#include "wasi/cli/input.h"
#include "wasi/cli/output.h"
#include "wasi/cli/terminal.h"
#include "wasi/clocks/clocks.h"
#include "wasi/filesystem/filesystem.h"
#include "wasi/host/bell.h"
#include "wasi/host/guard.h"
#include "wasi/host/memory.h"
#include "wasi/http/network.h"
#include "wasi/p2/p2.h"
#include "wasi/random/random.h"
#include "wasi/sockets/socket.h"
#include "weir/wasi.h"

/* A point in time at which driving ends. The timer only wakes the loop where it waits, and does not keep it alive. */
struct wasi_alarm {
  uv_timer_t timer;
  uint64_t at; /* of uv_hrtime(); UINT64_MAX: never */
};

struct weir_wasi {
  const struct weir_alloc *alloc;
  uv_loop_t *loop; /* &own_loop, or the embedder's */
  uv_loop_t own_loop;
  unsigned closing; /* what is still to end on the loop, handles and jobs; on an embedder's the memory goes with it */
  uv_prepare_t before_wait;         /* the loop is about to wait; does not keep it alive */
  struct wasi_alarm timeout, drain; /* on an own loop only */
  struct wasi_bell bell;            /* weir_wasi_wake(), and weir_wasi_stop(), which sets this: */
  atomic_bool stopped;              /* from any thread */
  bool running; /* weir_wasi_drive() or _flush() is on the stack: the loop cannot be entered twice */
  bool (*links)(void *data, const char *interface_name); /* NULL: all are linked */
  void *links_data;
  struct wasi_guards guards;
  struct wasi_env env;
  struct wasi_random random;
  struct wasi_clocks clocks;
  struct wasi_memory in_memory, out_memory, err_memory; /* in the place of descriptors */
  struct wasi_input in;
  struct wasi_output out, err;
  struct wasi_terminal terminal;
  struct wasi_filesystem files;
  struct wasi_sockets sockets;
  struct wasi_objects objects;
  struct wasi_http http;
  struct wasi_http_network network;
  struct wasi_p2 p2;
};

/* weir_wasi_new() with an allocator, which must outlive the host, and a diag. `config` may be NULL: nothing is lent. */
weir_status wasi_host_new(const struct weir_alloc *alloc, const weir_wasi_config *config, weir_wasi **ret,
                          struct diag *d);

/*
 * Looks at what rests, which is to be done before the loop waits; the loop does it too. True: guests may notice
 * something, so stores have to be stepped before the loop may wait.
 */
bool wasi_host_ask(weir_wasi *wasi);

/* Whether weir_wasi_link() defines an interface. */
static inline bool wasi_host_links(const weir_wasi *wasi, const char *interface_name) {
  return !wasi->links || wasi->links(wasi->links_data, interface_name);
}

/* Whether the loop is the embedder's: it is never run here. */
static inline bool wasi_host_is_guest(const struct weir_wasi *wasi) {
  return wasi->loop != &wasi->own_loop;
}

#endif
