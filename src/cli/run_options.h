/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The command line of `weir run`: its options, and the settings of the library that follow from them. */
#ifndef CLI_RUN_OPTIONS_H
#define CLI_RUN_OPTIONS_H

#include "cli/confine.h"
#include "cli/options.h"
#include "cli/profile.h"
#include "cli/source.h"
#include "cli/world_options.h"

struct run_options {
  uint32_t features;
  struct option_number timeout, drain; /* milliseconds */
  struct option_number fuel, max_memory, schedule_seed;
  struct world_options world;
  const char *invoke, *record;
  const char *trace, *trace_only; /* NULL: to stderr; everything */
  bool tracing;
  bool sync; /* the record, event by event */
  enum confine_mode confine;
  struct profile_options profile;
  struct source_options source;
  const char **args; /* the program's, its name first */
  size_t arg_count;
};

enum { RUN_OPTIONS = 21 };
extern const struct option run_option_table[RUN_OPTIONS];

/* An exit code; run_options_done() is to be called in any case. */
int run_options_read(struct run_options *o, const struct cli_command *command, int argc, char **argv);
void run_options_done(struct run_options *o);

/* Adds what the engine must know. */
void run_options_engine(const struct run_options *o, weir_engine_config *config);
/* Makes the store, with its limits; from here on guest code is counted. */
weir_status run_options_store(const struct run_options *o, weir_engine *engine, weir_store **ret,
                              weir_error **ret_error);

#endif
