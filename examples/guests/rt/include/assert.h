/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* assert() as a trap. */
#include <stdlib.h>

#undef assert
#define assert(condition) ((condition) ? (void)0 : abort())
