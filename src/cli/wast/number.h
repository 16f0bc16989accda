/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Number literals of the text format: decimal and hexadecimal, `_` between digits, nan, nan:..., inf. */
#ifndef CLI_WAST_NUMBER_H
#define CLI_WAST_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Sign and magnitude; false: not an integer, or more than 64 bits. */
bool wast_integer(struct str text, bool *ret_negative, uint64_t *ret);
/* False: not a number. Rounded once. */
bool wast_f32(struct str text, float *ret);
bool wast_f64(struct str text, double *ret);

#endif
