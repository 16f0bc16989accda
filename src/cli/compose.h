/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A component behind others: each is given what the next one exports, and the first is what is seen from outside. */
#ifndef CLI_COMPOSE_H
#define CLI_COMPOSE_H

#include <stddef.h>

#include "weir/component.h"

/*
 * Makes one component of the files, the outermost first, and compiles it. `count` is at least 2. Returns an exit code,
 * and reports every other than CLI_OK.
 */
int compose_open(weir_engine *engine, const char *const *paths, size_t count, weir_component **ret);

#endif
