/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One line of the access log: what became of a request, as a JSON object. */
#ifndef SERVE_ACCESS_H
#define SERVE_ACCESS_H

#include "base/text.h"
#include "serve/trace_context.h"

struct access {
  uint64_t time; /* of the head, nanoseconds since 1970 */
  struct str remote, method, host, path;
  uint8_t version;         /* 10, 11, 20 */
  uint32_t status;         /* 0: broken off before a response */
  uint64_t received, sent; /* bytes of the bodies */
  uint64_t waited, took;   /* nanoseconds: for an instance, in all */
  uint64_t instance;       /* its number in the server; 0: none */
  const char *why;         /* what went wrong; NULL: nothing */
  struct str detail;       /* in words; no bytes: none */
  struct str record;       /* the file of the flight record; no bytes: none */
  const struct trace_context *trace;
};

/* Adds the line with its line break. */
void access_write(struct text *out, const struct access *a);

#endif
