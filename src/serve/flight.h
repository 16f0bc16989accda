/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The flight recorder: what crosses between an instance and the host is recorded in memory, from the beginning, and
 * written to a file only if a request of the instance is worth it. The file is a record as `weir run --record` writes:
 * `weir replay` does again what the instance did.
 *
 * An instance whose record grows beyond its bound takes no more requests, so that another one begins a record.
 */
#ifndef SERVE_FLIGHT_H
#define SERVE_FLIGHT_H

#include "serve/state.h"

/* What a request was like, for the question whether its record is kept. */
struct flight_facts {
  bool failed;     /* by the guest's doing */
  uint64_t took;   /* nanoseconds */
  uint64_t number; /* of the request in its worker, from 1 */
};

/* Begins the record of a new store, before its instance; no effect where nothing is recorded. */
weir_status flight_begin(struct instance *i, weir_error **ret_error);

/*
 * A request of the instance is over. If it is worth a record the instance keeps its own; then, and where its memory is
 * full, the instance is to take no more requests: true.
 */
bool flight_request(struct instance *i, const struct flight_facts *facts);

/* The instance ends, its store does not run: ends the record, and has it written if it is kept. */
void flight_end(struct instance *i);

#endif
