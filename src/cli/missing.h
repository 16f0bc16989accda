/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a linker lacks for a component, in a few lines. */
#ifndef CLI_MISSING_H
#define CLI_MISSING_H

#include "weir/linker.h"

/*
 * Checks as weir_linker_check() and writes what is missing, one line for all that one interface lacks, and then what
 * has another type, a line each. *ret_text is released with free(); NULL: nothing is wrong, or what is wrong is not
 * known.
 */
weir_status missing_list(const weir_linker *linker, const weir_component *component, char **ret_text,
                         weir_error **ret_error);

#endif
