/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Writing of output files. Errors are reported here. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stddef.h>

/* To the file of that name, or to the standard output where it is "-"; an exit code. */
int output_write(const char *output, const void *bytes, size_t size);

#endif
