/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Runs the directives of one script in order. Reports a directive that fails, and goes on. */
#ifndef CLI_WAST_RUN_H
#define CLI_WAST_RUN_H

#include "cli/wast/report.h"
#include "weir/limits.h"

struct wast_options {
  uint32_t features;
  uint64_t schedule_seed; /* of every store; 0: FIFO */
  uint32_t schedule_keep; /* weir_choice bits that the seed does not permute */
  uint64_t slice;         /* of every store: weir_store_config.slice */
  bool replay;            /* record each instance and replay it */
  bool fused;             /* fuse each component to a core module (weir/fuse.h) */
  bool fused_component;   /* or to one component */
  bool strict;            /* messages of assert_invalid and assert_malformed must match too */
};

void wast_run(weir_engine *engine, const struct wast_options *options, struct str source, struct wast_report *report);

#endif
