/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Arguments of an import that are shown again when the call has ended. The host's function owns what it is called with
 * and may take it, so it gets the values and the call keeps copies. Handles cannot be copied: the copies have the bits
 * of them, to be looked at and not to be dropped.
 */
#ifndef EMBED_SEAM_ARGS_H
#define EMBED_SEAM_ARGS_H

#include "embed/host_call.h"

/* Calls the host's function; call->args are copies from then on. Out of memory: the call fails. */
void seam_args_run(struct host_call *call);
/* Releases call->args where they are copies. */
void seam_args_clear(struct host_call *call);

#endif
