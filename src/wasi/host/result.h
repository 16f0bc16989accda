/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The future<result<_, error-code>> that goes with a standard stream. A guest that reads a future which is never
 * written traps, so all that settling needs is allocated when the future is made.
 */
#ifndef WASI_HOST_RESULT_H
#define WASI_HOST_RESULT_H

#include "weir/stream.h"

struct wasi_result {
  weir_stream *future; /* the writable end; NULL: settled */
  weir_value value;
  void (*done)(struct wasi_result *result);
};

/* Makes the future; `ret_readable` is for the guest. WEIR_ERR_NOMEM. */
weir_status wasi_result_init(struct wasi_result *result, weir_store *store, weir_value *ret_readable);
/*
 * Writes ok (error == 0) or the code for an errno. `done` is called once: in a later step when the guest has it or does
 * not want it, when the store is being freed, or at once where writing failed.
 */
void wasi_result_settle(struct wasi_result *result, int error, void (*done)(struct wasi_result *result));
/* Gives up a result that is not being settled, and drops the future. */
void wasi_result_done(struct wasi_result *result);

#endif
