/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The making of instances, behind weir/instance.h. */
#ifndef EMBED_INSTANCE_H
#define EMBED_INSTANCE_H

#include "embed/state.h"

/* Called by the store after the runtime's root is gone. */
void instance_free(struct instance *inst);

#endif
