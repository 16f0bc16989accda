/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The future<result<_, error-code>> that goes with a stream of bytes. A guest that reads a future that nobody writes
 * traps, so all that settling needs is allocated when the future is made. So an error code has no payload here.
 */
#ifndef WASI_HOST_RESULT_H
#define WASI_HOST_RESULT_H

#include "weir/stream.h"

/* The number of the error code for an errno; each package of WASI has its own error-code. */
typedef uint32_t wasi_result_code_fn(int error);

struct wasi_result {
  weir_stream *future; /* the writable end; NULL: settled */
  weir_value value;
  wasi_result_code_fn *code_of;
  void (*done)(struct wasi_result *result);
};

/* Makes the future; `ret_readable` is for the guest. WEIR_ERR_NOMEM. */
weir_status wasi_result_init(struct wasi_result *result, weir_store *store, wasi_result_code_fn *code_of,
                             weir_value *ret_readable);
/* The error-code of wasi:cli. */
wasi_result_code_fn wasi_result_cli_code;
/*
 * Writes ok (error == 0) or the code for an errno. `done` is called once: in a later step when the guest has it or does
 * not want it, when the store is being freed, or at once where writing failed.
 */
void wasi_result_settle(struct wasi_result *result, int error, void (*done)(struct wasi_result *result));
/* Gives up a result that is not being settled, and drops the future. */
void wasi_result_done(struct wasi_result *result);

#endif
