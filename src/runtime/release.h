/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The end of a hold (hold.h): the store's rounds ask, and go on with the stacks whose condition has come true. */
#ifndef RUNTIME_RELEASE_H
#define RUNTIME_RELEASE_H

#include "runtime/state.h"

/*
 * Looks at the first `count` holds, goes on with those whose condition is true now, and puts all of them at the end;
 * stops where a time slice is used up. Returns how many are left.
 */
size_t hold_resume_ready(struct rt_store *s, size_t count);
bool hold_any_ready(const struct rt_store *s);

/*
 * The store has failed or goes: guest code that was set aside is dropped, and the C code that it was called by unwinds,
 * while what that refers to is still there. Not from inside a guest's call.
 */
void hold_drop_aside(struct rt_store *s);

#endif
