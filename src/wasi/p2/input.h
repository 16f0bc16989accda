/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * input-stream of wasi:io/streams@0.2, over a source of bytes (a descriptor, a file, a socket). The stream has the
 * state; the source reads, and says when reading may give something.
 */
#ifndef WASI_P2_INPUT_H
#define WASI_P2_INPUT_H

#include <sys/types.h>

#include "wasi/p2/poll.h"
#include "wasi/p2/stream_state.h"

enum { WASI_P2_READ_MAX = 65536 }; /* bytes that one call gives */

struct wasi_p2_input {
  struct wasi_object object;
  struct wasi_p2 *p2;
  const struct wasi_p2_source *source;
  void *of; /* the source's */
  enum wasi_p2_stream_state state;
  int error; /* FAILED */
  struct wasi_p2_pollee pollee;
};

/* What a kind of source does. All are given `of`. */
struct wasi_p2_source {
  /* Up to `size` bytes: their number, 0 at the end, -EAGAIN, or the negative of another errno. */
  ssize_t (*read)(void *of, uint8_t *bytes, size_t size);
  /* Whether `read` would not give -EAGAIN. */
  bool (*ready)(void *of);
  struct pollfd (*asks)(void *of); /* as in poll.h; NULL: no source of this kind asks the system */
  /* Has wasi_event_happened(event) called whenever reading may give something. false: that cannot be had. */
  bool (*watch)(void *of, struct wasi_event *event);
  void (*unwatch)(void *of, struct wasi_event *event);
  void (*close)(void *of); /* the stream is gone */
};

/* Makes a stream, which owns `of` from then on; on failure it is closed. WEIR_ERR_NOMEM. */
weir_status wasi_p2_input_new(struct wasi_p2 *p2, weir_store *store, const struct wasi_p2_source *source, void *of,
                              uint64_t *ret);
/* What a number leads to; NULL: no input-stream. */
struct wasi_p2_input *wasi_p2_input_get(const struct wasi_p2 *p2, uint64_t number);

/* Reads: a count, -EAGAIN, or -EPIPE: the stream has failed or is closed (its state says which). */
ssize_t wasi_p2_input_read(struct wasi_p2_input *in, uint8_t *bytes, size_t size);

#endif
