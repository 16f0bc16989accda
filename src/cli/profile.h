/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * `weir run --profile`: the engine tells perf where compiled code lies, or weir tells perf with the code itself; or
 * weir looks every millisecond of the program's time which functions run, and writes what browsers' profilers read (the
 * format of Chrome's CPU profiles).
 */
#ifndef CLI_PROFILE_H
#define CLI_PROFILE_H

#include <stdio.h>

#include "cli/profile_samples.h"
#include "weir/engine.h"

struct profile_options {
  weir_profile engine; /* what the engine is to write */
  bool dump;           /* jit-PID.dump is written (profile_dump.h) */
  const char *path;    /* a profile for browsers goes there; NULL: none */
};

/* Reads the value of the option; false: it is none, which is reported. */
bool profile_options_read(struct profile_options *o, const char *value);

/* A run. Zeroed: there is no profile. */
struct profile {
  const char *path;
  FILE *out;
  struct profile_map map;
  struct profile_samples samples;
};

/*
 * Where a profile is wanted: opens its file, and begins to look at the calling thread; or writes the dump for perf.
 * Once all code is compiled. An exit code; what went wrong is reported.
 */
int profile_start(struct profile *p, const struct profile_options *o);
/* Writes the profile. The exit code, or that of a failure to write; also after a failed start. */
int profile_end(struct profile *p, int code);

#endif
