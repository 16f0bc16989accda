/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:cli/stdout and wasi:cli/stderr: streams of guests into a descriptor. A stream is read into one bounded buffer, and
 * is read again only when that has been written: a slow reader of ours slows the guest, and nothing piles up.
 *
 * Several streams may be active on one output. What was read first is written first, buffer by buffer.
 */
#ifndef WASI_CLI_OUTPUT_H
#define WASI_CLI_OUTPUT_H

#include "wasi/host/fd.h"
#include "wasi/host/guard.h"
#include "weir/linker.h"

/* The buffer of a stream: small at first, as most write little; the larger size once the small one was filled. */
enum { WASI_OUT_FIRST = 4096, WASI_OUT_MAX = 65536 };

struct wasi_output {
  const struct weir_alloc *alloc;
  struct wasi_guards *guards;
  struct wasi_fd fd;
  struct list streams; /* all that are alive */
  struct list queue;   /* those with bytes to write, in the order of their reads */
  int error;           /* the last failure to write (an errno), until it is asked for */
};

void wasi_output_init(struct wasi_output *out, const struct weir_alloc *alloc, struct wasi_guards *guards,
                      uv_loop_t *loop, int fd);
/* Forgets all streams (their stores are gone); gives the handle that is to be closed, or NULL. */
uv_handle_t *wasi_output_close(struct wasi_output *out);
/* After the loop has closed its handles. */
void wasi_output_done(struct wasi_output *out);

/* Whether bytes that guests have written are still in this process. */
bool wasi_output_pending(const struct wasi_output *out);
/* Blocks the thread until there are none. */
void wasi_output_flush(struct wasi_output *out);

/* Defines write-via-stream of "wasi:cli/stdout@0.3.0" or "wasi:cli/stderr@0.3.0". */
weir_status wasi_output_link(struct wasi_output *out, const char *interface_name, weir_linker *linker,
                             weir_error **ret_error);

#endif
