/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Operations that may block, beside the loop. A caller tries an operation at first (may_block false), which costs
 * nothing; where the answer is -EAGAIN it makes a request of the same call:
 *
 *   int status = op(&call, false);
 *   if (status == -EAGAIN)
 *     status = wasi_request_new(requests, op, &call, done, data, &request);
 *
 * A request owns all that its operation needs: it has copies of the paths and references to the files. So stores and
 * guests may go while it runs. For the loop's thread.
 */
#ifndef WASI_FILESYSTEM_REQUEST_H
#define WASI_FILESYSTEM_REQUEST_H

#include "wasi/filesystem/budget.h"
#include "wasi/filesystem/op.h"
#include "wasi/filesystem/pool.h"

struct wasi_requests {
  const struct weir_alloc *alloc;
  struct wasi_pool *pool;
  struct wasi_budget *bytes; /* what requests may take together */
};

struct wasi_request {
  struct wasi_job job;
  struct wasi_requests *requests;
  size_t size; /* of the whole block, paths included */
  wasi_op *op;
  struct wasi_file *file, *other;
  struct wasi_op_call call;
  int status; /* the outcome: 0 or the negative of an errno */
  void (*done)(struct wasi_request *request);
  void *data; /* the caller's */
};

/*
 * Starts an operation. `done` is called once, in a later round of the loop, unless the request is dropped before; the
 * request is gone when `done` returns. 0; -ENOMEM: nothing was started.
 */
int wasi_request_new(struct wasi_requests *requests, wasi_op *op, const struct wasi_op_call *call,
                     void (*done)(struct wasi_request *request), void *data, struct wasi_request **ret);

/* Nobody waits for it any more: an operation that has not begun does not begin, the result of another is given up. */
void wasi_request_drop(struct wasi_request *request);

#endif
