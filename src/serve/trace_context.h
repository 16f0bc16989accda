/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The trace context of a request (W3C Trace Context, level 1): one that came is gone on with, under a span of the
 * server's own; else a new one begins, not sampled. Guests get it as `traceparent`, the access log names it.
 */
#ifndef SERVE_TRACE_CONTEXT_H
#define SERVE_TRACE_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum { TRACE_ID = 32, TRACE_SPAN = 16, TRACE_PARENT = 55 };

struct trace_context {
  char trace[TRACE_ID + 1];
  char span[TRACE_SPAN + 1];   /* the server's */
  char parent[TRACE_SPAN + 1]; /* the caller's; "": the trace begins here */
  uint8_t flags;
};

/* Numbers that are good enough to tell spans apart; not secret. */
struct trace_source {
  uint64_t state[2];
};

/* Reads a `traceparent`; false: it is none, and *ret is as before. */
bool trace_read(struct str traceparent, struct trace_context *ret);

/* Goes on with what came; `traceparent` without bytes, or none that is right: begins. */
void trace_begin(struct trace_context *t, struct str traceparent, struct trace_source *source);

/* The `traceparent` for what the server calls, terminated. */
void trace_write(const struct trace_context *t, char ret[TRACE_PARENT + 1]);

#endif
