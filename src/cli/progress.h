/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One line on a terminal that says what a command is doing while that takes long. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stddef.h>

/*
 * Replaces the line by `weir fuse: fusing, 12 MB`. Nothing where the standard error stream is no terminal, or the input
 * is small.
 */
void progress_tell(const char *command, const char *doing, size_t bytes);
/* Takes the line away, before anything else is printed. `bytes`: as it was told with. */
void progress_end(size_t bytes);

#endif
