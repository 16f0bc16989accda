/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The end of an owned resource: its destructor, a guest's or a host's. */
#ifndef RUNTIME_DROP_H
#define RUNTIME_DROP_H

#include "runtime/state.h"

/* Calls the destructor, if there is one, as a synchronous call from `caller` (NULL: the host). */
weir_status drop_resource(struct rt_store *s, const struct rt_resource_type *type, uint64_t rep,
                          struct rt_instance *caller);

#endif
