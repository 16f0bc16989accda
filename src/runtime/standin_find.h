/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What is in the memory of stand-ins. Whoever may have written it: what does not fit is nothing. */
#ifndef RUNTIME_STANDIN_FIND_H
#define RUNTIME_STANDIN_FIND_H

#include "runtime/state.h"

/* The owner of the stand-in at an address; NULL: there is none. */
struct rt_instance *standin_owner_at(const struct rt_root *root, uint32_t address);

/* The call that the instance's stand-in stands for; NULL: it stands for none. */
struct rt_trampoline *standin_call_of(const struct rt_root *root, const struct rt_instance *inst);

/* The lift that the code on top of `current` is a call of: that of the top stand-in, or of its task, or NULL. */
const struct rt_lift *standin_running(const struct rt_thread *current);

#endif
