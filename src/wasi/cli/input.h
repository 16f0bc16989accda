/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:cli/stdin: a descriptor into streams of guests. Nothing is read from the descriptor before a guest reads, so that
 * what the guest leaves is left for others: a write of no bytes to the stream completes when its reader asks for some.
 * At most one buffer is read ahead; it belongs to the input, so that what one stream did not take the next one gets.
 */
#ifndef WASI_CLI_INPUT_H
#define WASI_CLI_INPUT_H

#include "wasi/host/fd.h"
#include "wasi/host/guard.h"
#include "weir/linker.h"

enum { WASI_IN_BUFFER = 65536 };

struct in_stream;

struct wasi_input {
  const struct weir_alloc *alloc;
  struct wasi_guards *guards;
  struct wasi_fd fd;
  uint8_t *buffer; /* NULL until the first read */
  size_t filled, taken;
  struct list streams;      /* all that are alive, oldest first */
  struct in_stream *sender; /* the one that is writing from the buffer */
};

void wasi_input_init(struct wasi_input *in, const struct weir_alloc *alloc, struct wasi_guards *guards, uv_loop_t *loop,
                     int fd);
/* Forgets all streams (their stores are gone); gives the handle that is to be closed, or NULL. */
uv_handle_t *wasi_input_close(struct wasi_input *in);
/* After the loop has closed its handles. */
void wasi_input_done(struct wasi_input *in);

/*
 * To be called when a store waits, before the loop blocks: asks its streams that wait for the descriptor whether their
 * guests still want bytes. True where there are any: then the store has to be stepped before the loop may block.
 */
bool wasi_input_ask(struct wasi_input *in, const weir_store *store);

weir_status wasi_input_link(struct wasi_input *in, weir_linker *linker, weir_error **ret_error);

#endif
