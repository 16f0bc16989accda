/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See stream.h. */
#include "wasi/p2/stream.h"

#include "base/diag.h"
#include "wasi/p2/error.h"
#include "wasi/wit.h"

weir_status wasi_p2_stream_error(struct wasi_p2 *p2, weir_store *store, enum wasi_p2_stream_state *state, int error,
                                 struct wasi_p2_io_stream_error *ret) {
  ret->tag = WASI_P2_IO_STREAM_ERROR_CLOSED;
  if (*state == WASI_P2_FAILED) {
    WEIR_TRY(wasi_p2_error_new(p2, store, error, &ret->of.last_operation_failed));
    ret->tag = WASI_P2_IO_STREAM_ERROR_LAST_OPERATION_FAILED;
  }
  *state = wasi_p2_stream_next(*state, WASI_P2_TOLD);
  return WEIR_OK;
}
