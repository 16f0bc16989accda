/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * output-stream of wasi:io/streams@0.2, over a sink of bytes (a descriptor, a file, a socket). What the sink does not
 * take at once stays in a buffer of the stream, which takes no more until the buffer is empty: so at most one buffer of
 * a guest is here, and a slow reader slows the guest. A stream that has bytes when its handle goes holds itself until
 * they have gone.
 */
#ifndef WASI_P2_OUTPUT_H
#define WASI_P2_OUTPUT_H

#include <sys/types.h>

#include "wasi/p2/poll.h"
#include "wasi/p2/stream_state.h"
#include "wasi/wit.h"

enum { WASI_P2_ROOM = 65536, WASI_P2_CONVENIENT = 4096 /* what one blocking-write-and-flush takes */ };

struct wasi_p2_output {
  struct wasi_object object;
  struct wasi_p2 *p2;
  const struct wasi_p2_sink *sink;
  void *of; /* the sink's */
  enum wasi_p2_stream_state state;
  int error;       /* FAILED */
  uint8_t *buffer; /* DRAINING: `filled` bytes, of which `gone` have left */
  size_t filled, gone;
  struct wasi_waiter waiter; /* DRAINING: for the sink */
  struct wasi_event ready;   /* of the sink */
  struct wasi_p2_pollee pollee;
};

/* What a kind of sink does. All are given `of`. */
struct wasi_p2_sink {
  /* Takes what it can at once: a count > 0, -EAGAIN, or the negative of another errno. */
  ssize_t (*write)(void *of, const uint8_t *bytes, size_t size);
  /* Has wasi_event_happened(event) called whenever writing may take something. false: that cannot be had. */
  bool (*watch)(void *of, struct wasi_event *event);
  void (*unwatch)(void *of, struct wasi_event *event);
  void (*draining)(void *of, bool draining); /* bytes are left here, or none any more; NULL: no matter */
  void (*close)(void *of);                   /* the stream is gone */
};

/* Makes a stream, which owns `of` from then on; on failure it is closed. WEIR_ERR_NOMEM. */
weir_status wasi_p2_output_new(struct wasi_p2 *p2, weir_store *store, const struct wasi_p2_sink *sink, void *of,
                               uint64_t *ret);
/* What a number leads to; NULL: no output-stream. */
struct wasi_p2_output *wasi_p2_output_get(const struct wasi_p2 *p2, uint64_t number);

/* Writes to a stream that is OPEN. WEIR_ERR_NOMEM; any other failure is the stream's state. */
weir_status wasi_p2_output_write(struct wasi_p2_output *out, const uint8_t *bytes, size_t size);
/* The result for a guest: done, or so many, or how the stream has ended. */
weir_status wasi_p2_output_done(struct wasi_p2_output *out, weir_store *store,
                                struct wasi_result_none_p2_io_stream_error *ret);
weir_status wasi_p2_output_counted(struct wasi_p2_output *out, weir_store *store, uint64_t count,
                                   struct wasi_result_u64_p2_io_stream_error *ret);

#endif
