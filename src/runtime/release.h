/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The end of a hold (hold.h): the store's rounds ask, and go on with the stacks whose condition has come true. */
#ifndef RUNTIME_RELEASE_H
#define RUNTIME_RELEASE_H

#include "runtime/state.h"

/* Goes on with all whose condition is true now. */
void hold_resume_ready(struct rt_store *s);
bool hold_any_ready(const struct rt_store *s);

#endif
