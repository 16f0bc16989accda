/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What goes into a merge (merge.h): modules, instances of them, how instances are wired, what the result exports. */
#ifndef FUSE_MERGE_PLAN_H
#define FUSE_MERGE_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Where something comes from: an export of an earlier instance, or outside. */
enum { MERGE_OUTSIDE = UINT32_MAX };
struct merge_source {
  uint32_t instance; /* its number, or MERGE_OUTSIDE */
  uint32_t outside;  /* with MERGE_OUTSIDE: which import of the result */
  struct str name;   /* else: the name of the export */
};

struct merge_module {
  const uint8_t *data;
  size_t size;
};

struct merge_instance {
  uint32_t module;
  const struct merge_source *sources; /* for each import of the module, in its order */
  uint32_t source_count;
  struct str prefix; /* put before the names of functions and other items ("calc/") */
};

/*
 * An import of the result, if something is wired to it. What is wired to it with several types is imported with each.
 */
struct merge_outside {
  struct str module, name;
};

struct merge_export {
  struct str name;
  struct merge_source source;
};

struct merge_plan {
  const struct merge_module *modules;
  const struct merge_instance *instances;
  const struct merge_outside *outsides;
  const struct merge_export *exports;
  uint32_t module_count, instance_count, outside_count, export_count;
  struct str name; /* of the result, for backtraces; size 0: none */
  /*
   * Size 0: what has to run at instantiation is the result's start function. Otherwise it is exported under this name,
   * as a function without parameters and results, whether anything has to run or not: whoever instantiates the result
   * calls it once before anything else.
   */
  struct str start_export;
  /*
   * NULL: the above. Otherwise a name for each instance, and start_export is not used: what has to run in the turn of
   * an instance is exported under its name, if anything has. Whoever instantiates the result calls these functions in
   * the order of their instances, and calls nothing else of an instance before its own.
   */
  const struct str *start_exports;
};

struct merge_stats {
  uint32_t functions, types, memories, tables, globals, tags; /* of the result */
  uint32_t imports;                                           /* of the result */
  uint32_t wired;                                             /* imports of modules that are satisfied from inside */
  uint32_t deferred; /* active segments that the start function applies, to keep their place in the order */
  uint32_t starts;   /* start functions of modules */
};

#endif
