/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The command line of `weir run`: its options, and the settings of the library that follow from them. */
#ifndef CLI_RUN_OPTIONS_H
#define CLI_RUN_OPTIONS_H

#include "cli/options.h"
#include "cli/source.h"
#include "weir/limits.h"
#include "weir/wasi.h"

struct run_options {
  uint32_t features;
  struct option_number timeout, drain; /* milliseconds */
  struct option_number fuel, max_memory, schedule_seed;
  weir_store_config limits; /* of --limit */
  weir_wasi_config world;   /* its limits, the same */
  const char *invoke, *record;
  const char *trace, *trace_only; /* NULL: to stderr; everything */
  bool tracing;
  bool sync;        /* the record, event by event */
  const char **env; /* room for one per argument; entries made here are in `owned` */
  char **owned;
  size_t env_count, owned_count;
  weir_wasi_preopen *dirs; /* room for one per argument; their paths are in `owned` */
  size_t dir_count;
  const char **net; /* room for one per argument */
  size_t net_count;
  struct source_options source;
  const char **args; /* the program's, its name first */
  size_t arg_count;
};

enum { RUN_OPTIONS = 18 };
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
