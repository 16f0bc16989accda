/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * `weir run --profile jitdump`: `jit-PID.dump` in the current folder, in the format of Linux's jitdump
 * (tools/perf/Documentation/jitdump-specification.txt), with the names and the code of all compiled functions. `perf
 * inject --jit` makes of it what `perf report` and `perf annotate` read.
 */
#ifndef CLI_PROFILE_DUMP_H
#define CLI_PROFILE_DUMP_H

#include "cli/profile_samples.h"

/*
 * Writes the file, and maps it for perf, which notes that it is there. Once all code is compiled, and before any of it
 * runs: perf gives no name to what ran earlier. An exit code; what went wrong is reported.
 */
int profile_dump_write(const struct profile_map *map);

#endif
