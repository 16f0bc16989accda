/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:cli/stdin: a descriptor into streams of guests. Nothing is read from the descriptor before a guest reads, so
 * that what the guest leaves is left for others: a write of no bytes to the stream completes when its reader asks for
 * some. At most one buffer is read ahead; it belongs to the input, so that what one stream did not take the next one
 * gets.
 */
#ifndef WASI_CLI_INPUT_H
#define WASI_CLI_INPUT_H

#include "wasi/host/event.h"
#include "wasi/host/fd.h"
#include "wasi/host/flow.h"

enum { WASI_INPUT_BUFFER = 65536, WASI_INPUT_ASKING = 16 };

struct wasi_input_stream;

struct wasi_input {
  const struct weir_alloc *alloc;
  struct wasi_flows flows;
  struct wasi_fd fd;
  uint8_t *buffer; /* NULL until the first read */
  size_t filled, taken;
  struct list fresh;                /* wasi_input_stream.order: nobody has looked yet whether their guests read */
  struct list wanting;              /* wasi_input_stream.order: their guests read; who has waited longest is first */
  struct wasi_input_stream *sender; /* the one that is writing from the buffer */
  struct wasi_event readable;       /* for readers beside the streams */
  unsigned asking;                  /* streams that are asked whether their guests read */
  uint64_t moves;                   /* how often something was done that a guest may notice */
};

void wasi_input_init(struct wasi_input *in, const struct weir_alloc *alloc, struct wasi_guards *guards, uv_loop_t *loop,
                     int fd);
/* Forgets all streams (their stores are gone); gives the handle that is to be closed, or NULL. */
uv_handle_t *wasi_input_close(struct wasi_input *in);
/* After the loop has closed its handles. */
void wasi_input_done(struct wasi_input *in);

/*
 * To be called before the loop blocks, outside of a step: looks at new streams, and whether the first of those that
 * want bytes still wants them. True: guests may notice something, so stores have to be stepped before the loop may
 * block.
 */
bool wasi_input_ask(struct wasi_input *in);

/*
 * For readers beside the streams, which get what streams have left. As wasi_fd_read(), -EAGAIN also while a stream has
 * the buffer; in->readable happens when trying again may help.
 */
ssize_t wasi_input_read(struct wasi_input *in, void *bytes, size_t size);
bool wasi_input_is_ready(struct wasi_input *in);

#endif
