/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* `weir wast --replay`: every instance is recorded, and replayed when it is done; the two chains must be the same. */
#ifndef CLI_WAST_TAPE_H
#define CLI_WAST_TAPE_H

#include "weir/limits.h"
#include "weir/record.h"

struct wast_tape {
  char *path; /* NULL: nothing is recorded */
  weir_recorder *recorder;
};

/* Records a store that has no instance yet, in a file of its own. */
weir_status wast_tape_start(struct wast_tape *t, weir_store *store, const weir_component *component,
                            weir_error **ret_error);

/* Ends the record, before its store goes, and replays it. false: it is not the same; reported here. */
bool wast_tape_check(struct wast_tape *t, weir_engine *engine, const weir_component *component);

#endif
