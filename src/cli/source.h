/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The source of the component for `weir run` and `weir compile`: a component in binary or text form, compiled now or
 * taken from the cache, or a file of compiled code. source.c reports errors.
 */
#ifndef CLI_SOURCE_H
#define CLI_SOURCE_H

#include <stdbool.h>

#include "weir/cache.h"
#include "weir/code.h"

struct source_options {
  const char *path;
  bool no_cache;         /* compile, and keep nothing */
  bool cache;            /* the cache is asked for: a cache that cannot be used is told */
  const char *cache_dir; /* as `cache`; NULL: $XDG_CACHE_HOME/weir or ~/.cache/weir */
  bool fused;            /* run the core module that the component is fused to (weir/fuse.h) */
  bool compiled;         /* files of compiled code are welcome */
};

/* Whether a file of that name counts as compiled code. */
bool source_is_compiled(const char *path);

/* The folder that the cache is in; NULL: there is none. For free(). */
char *source_cache_directory(const struct source_options *options);

/* Makes the component; an exit code. */
int source_open(const struct source_options *options, weir_engine *engine, weir_component **ret);

#endif
