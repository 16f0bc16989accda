/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Resource handles: the check that every use begins with. Dropping is in builtin_resource.c. */
#ifndef RUNTIME_RESOURCE_H
#define RUNTIME_RESOURCE_H

#include "runtime/state.h"

/* Traps unless the entry is a handle to a resource of type `want`. */
weir_status resource_check(struct rt_store *s, const struct rt_handle *h, const struct rt_resource_type *want,
                           uint32_t index);

#endif
