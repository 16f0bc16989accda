/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The steps of an instantiation; see root.h. */
#ifndef RUNTIME_ROOT_STEPS_H
#define RUNTIME_ROOT_STEPS_H

#include "runtime/binding.h"
#include "runtime/state.h"

weir_status root_run_steps(struct rt_root *root, const struct root_binding *binding);

#endif
