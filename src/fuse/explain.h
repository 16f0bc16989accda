/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What becomes of each call between components when they are fused, and why, for readers. */
#ifndef FUSE_EXPLAIN_H
#define FUSE_EXPLAIN_H

#include "base/diag.h"
#include "base/text.h"
#include "component/graph.h"
#include "weir/alloc.h"

/* Adds a line for each call to `out`. WEIR_ERR_NOMEM. */
weir_status fuse_explain(const struct weir_alloc *alloc, const struct graph *g, struct text *out, struct diag *d);

#endif
