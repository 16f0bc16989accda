/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:cli/stdout and wasi:cli/stderr: streams of guests into a descriptor. A stream is read into one bounded buffer,
 * and is read again only when that has been written: a slow reader of ours slows the guest, and nothing piles up.
 *
 * Several streams may be active on one output. What was read first is written first, buffer by buffer. Buffers are few:
 * a stream keeps its own between two writes of its guest, until another stream has bytes and none is left.
 */
#ifndef WASI_CLI_OUTPUT_H
#define WASI_CLI_OUTPUT_H

#include "wasi/host/event.h"
#include "wasi/host/fd.h"
#include "wasi/host/flow.h"

/* The buffer of a stream: small at first, as most write little; the larger size once the small one was filled. */
enum { WASI_OUTPUT_FIRST = 4096, WASI_OUTPUT_MAX = 65536, WASI_OUTPUT_BUFFERS = 16 };

struct wasi_output {
  const struct weir_alloc *alloc;
  struct wasi_flows flows;
  struct wasi_fd fd;
  /* wasi_output_stream.order; a stream is in one of these, or in none while it is asked whether its guest writes. */
  struct list fresh;          /* nobody has looked yet whether their guests write */
  struct list wanting;        /* their guests write, but all buffers are in use; who has waited longest is first */
  struct list readers;        /* they are read into their buffers; the one that was begun first is first */
  struct list queue;          /* with bytes to write, in the order of their reads */
  unsigned buffers;           /* in use */
  bool preempting;            /* a read was cancelled here, so that its buffer becomes free */
  uint64_t moves;             /* how often something was done that a guest may notice */
  struct wasi_event writable; /* for writers beside the streams */
  unsigned late;              /* such writers who have bytes that are still to be written */
  int error;                  /* the last failure to write (an errno), until it is asked for */
};

void wasi_output_init(struct wasi_output *out, const struct weir_alloc *alloc, struct wasi_guards *guards,
                      uv_loop_t *loop, int fd);
/* Forgets all streams (their stores are gone); gives the handle that is to be closed, or NULL. */
uv_handle_t *wasi_output_close(struct wasi_output *out);
/* After the loop has closed its handles. */
void wasi_output_done(struct wasi_output *out);

/*
 * To be called before the loop blocks, outside of a step: looks at streams that came when all buffers were in use.
 * True: guests may notice something, so stores have to be stepped before the loop may block.
 */
bool wasi_output_ask(struct wasi_output *out);

/*
 * For writers beside the streams, behind what these have queued. As wasi_fd_write(); out->writable happens when trying
 * again may help. A writer that has bytes left counts itself in out->late.
 */
ssize_t wasi_output_write(struct wasi_output *out, const void *bytes, size_t size);

/* Whether bytes that guests have written are still in this process. */
bool wasi_output_pending(const struct wasi_output *out);
/* Blocks the thread until there are none, or functions in the place of a descriptor take no more for now. */
void wasi_output_flush(struct wasi_output *out);

#endif
