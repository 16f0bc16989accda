/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Types of streams that a record only has as text, which names resources and other types without their definition. */
#ifndef RECORD_REPLAY_TYPE_H
#define RECORD_REPLAY_TYPE_H

#include "base/str.h"
#include "weir/host_call.h"
#include "weir/type.h"

/*
 * The stream (or future) whose elements read as `elem`, in the result of the function that a guest calls: where a host
 * has the type from, too. NULL: there is none.
 */
const weir_type *replay_type(const weir_host_call *call, bool future, struct str elem);

#endif
