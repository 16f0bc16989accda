/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Inside adapter/: the module of switches (struct adapter_plan). */
#ifndef ADAPTER_SWITCH_H
#define ADAPTER_SWITCH_H

#include "adapter/adapter.h"
#include "base/diag.h"

/* Writes the module of group->trampolines: bytes and imports, the runtime's function of each. WEIR_ERR_NOMEM. */
weir_status adapter_switch_write(struct arena *arena, const struct graph *g, struct adapter_group *group,
                                 struct diag *d);

#endif
