/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The life of one request. Its outcome is decided in exactly one place, request_settle(), and only while the phase is
 * not REQUEST_DONE; its job's end in exactly one, request_job_end(). All under the lock unless it says otherwise.
 */
#ifndef BRIDGE_REQUEST_H
#define BRIDGE_REQUEST_H

#include "bridge/state.h"

struct request_outcome {
  weir_status status;
  void *take_result;
  weir_error *take_error;
};

/*
 * A request that holds on to the bridge, in no list, with a tail of so many bytes. NULL: no memory. Not under the lock.
 */
struct weir_bridge_request *request_new(struct weir_bridge *b, const struct weir_bridge_job *job, bool handle,
                                        size_t tail);

/* Frees one that was never accepted: the job's data stays the caller's. Not under the lock. */
void request_discard(struct weir_bridge_request *r);

/* Answers the caller. The phase must not be REQUEST_DONE. */
void request_settle(struct weir_bridge_request *r, const struct request_outcome *outcome);

/* Its time is over: the caller is answered, a running job asked to cancel. */
void request_expire(struct weir_bridge_request *r);

/* Someone asks to cancel: one in the inbox ends, a running job is asked. */
void request_cancel(struct weir_bridge_request *r);

/* The job ends without having been asked, because its worker ends. */
void request_job_end(struct weir_bridge_request *r);

/* Tells the job and the caller what they have not been told yet. May free the request. Not under the lock. */
void request_tell(struct weir_bridge_request *r);

/* Ends a request for its job: weir_bridge_complete() with an error object. Not under the lock. */
void request_finish(struct weir_bridge_request *r, const struct request_outcome *outcome);

/* weir_bridge_result() for requests of that kind. Not under the lock. */
weir_status request_result(struct weir_bridge_request *r, const void *kind, void **ret_result, weir_error **ret_error);

#endif
