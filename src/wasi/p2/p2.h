/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* WASI 0.2: what all of its interfaces share. They are a second face of the parts of the host that 0.3 has. */
#ifndef WASI_P2_P2_H
#define WASI_P2_P2_H

#include "wasi/host/object.h"

struct wasi_p2 {
  const struct weir_alloc *alloc;
  struct wasi_objects *objects;
  struct wasi_env *env;
  struct wasi_random *random;
  struct wasi_clocks *clocks;
  struct wasi_input *in;
  struct wasi_output *out, *err;
  const struct wasi_terminal *terminal;
  struct wasi_filesystem *files;
  struct wasi_sockets *sockets;
  struct wasi_http *http;
};

#endif
