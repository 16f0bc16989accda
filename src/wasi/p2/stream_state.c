/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See stream_state.h. What cannot happen in a state leaves it as it is. */
#include "wasi/p2/stream_state.h"

#include <errno.h>

#define O WASI_P2_OPEN
#define D WASI_P2_DRAINING
#define F WASI_P2_FAILED
#define C WASI_P2_CLOSED

static const unsigned char table[WASI_P2_STATES][WASI_P2_EVENTS] = {
    /*            MOVED LEFT ENDED BROKE TOLD */
    [WASI_P2_OPEN] = {O, D, C, F, O},
    [WASI_P2_DRAINING] = {O, D, C, F, D},
    [WASI_P2_FAILED] = {F, F, F, F, C},
    [WASI_P2_CLOSED] = {C, C, C, C, C},
};

enum wasi_p2_stream_state wasi_p2_stream_next(enum wasi_p2_stream_state state, enum wasi_p2_stream_event event) {
  return (enum wasi_p2_stream_state)table[state][event];
}

enum wasi_p2_stream_event wasi_p2_stream_event_of(long count, int is_read) {
  if (count == -EPIPE || (is_read && count == 0))
    return WASI_P2_ENDED;
  return count < 0 ? WASI_P2_BROKE : WASI_P2_MOVED;
}
