/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The states of an input-stream or output-stream of 0.2. A failure is told once; from then on the stream is closed.
 *
 *   OPEN --bytes are left--> DRAINING --all have gone--> OPEN        (output only)
 *     `--ended--> CLOSED <--told-- FAILED <--broke-- OPEN or DRAINING
 */
#ifndef WASI_P2_STREAM_STATE_H
#define WASI_P2_STREAM_STATE_H

enum wasi_p2_stream_state {
  WASI_P2_OPEN,
  WASI_P2_DRAINING, /* bytes of the guest are still here, and no more are taken */
  WASI_P2_FAILED,   /* and the guest has not heard of it */
  WASI_P2_CLOSED,
  WASI_P2_STATES
};

enum wasi_p2_stream_event {
  WASI_P2_MOVED, /* bytes have moved, and none are left here */
  WASI_P2_LEFT,  /* some are left */
  WASI_P2_ENDED, /* end of input, or nobody reads what is written */
  WASI_P2_BROKE, /* another failure */
  WASI_P2_TOLD,  /* the guest hears of the failure */
  WASI_P2_EVENTS
};

enum wasi_p2_stream_state wasi_p2_stream_next(enum wasi_p2_stream_state state, enum wasi_p2_stream_event event);

/* The event of an outcome of reading or writing: a count (0 of a read: its end), or a negative errno but EAGAIN. */
enum wasi_p2_stream_event wasi_p2_stream_event_of(long count, int is_read);

#endif
