/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Between guests and the runtime inside of a fused component (rt/rt.h): small core modules, one for each canonical
 * definition, export and pair of stream ends. They hold what a runtime in one memory cannot do: they read arguments,
 * copy values between the guests' memories with the emitter of adapters, and tell the runtime who calls.
 *
 * Each module imports without names, by position; glue_import says what. The function that takes a definition's place
 * is exported as "f".
 */
#ifndef FUSE_GLUE_H
#define FUSE_GLUE_H

#include "adapter/adapter.h"
#include "base/arena.h"
#include "base/diag.h"
#include "base/name_index.h"
#include "component/graph.h"
#include "fuse/outer.h"

/* Places of a subtask in the runtime's memory: arguments of 8 bytes each, then the result. */
enum { RT_ARGS = 32, RT_RESULT = 168 };

/* Modules beside those of definitions, exports and resources, at most. */
enum { GLUE_COPIES_MAX = 4096, GLUE_MORE = GLUE_COPIES_MAX + 4 };

enum glue_source {
  GLUE_RT,     /* a function of the runtime, or its memory */
  GLUE_TABLE,  /* the table of functions that the runtime calls */
  GLUE_REF,    /* what the graph names */
  GLUE_OUTSIDE /* a canonical definition, as the outer runtime makes it */
};

struct glue_import {
  enum glue_source source;
  struct str name;     /* RT */
  struct core_ref ref; /* REF */
  uint32_t index;      /* OUTSIDE */
};

struct glue_module {
  struct str bytes;
  struct glue_import *imports;
  uint32_t import_count;
};

/* What the code of a component instance can do. */
struct glue_instance {
  bool throws;  /* its modules have tags */
  bool context; /* it sees context slots */
  bool exports; /* the root has functions of it that may wait */
};

/* Numbers that all modules of one component agree on. */
struct glue {
  struct arena *arena;
  const struct graph *g;
  struct diag *d;
  uint32_t *edges;           /* by trampoline: the first of three places in the table, or GRAPH_NONE */
  uint32_t *roots;           /* by lift: the same, where the root exports it */
  uint32_t *dtors;           /* by resource: its place, or 0 */
  uint32_t *copies;          /* by trampoline: of a reader its number, of a writer the place of its copy to reader 0 */
  uint32_t *options;         /* by trampoline, then by lift: the number of a memory, or 0, << 2 | encoding */
  uint32_t places;           /* the size of the table */
  struct name_index returns; /* what roots may return with: glue_return_key() */
  bool outer[OUTER_COUNT];   /* which built-ins of the outer runtime the one inside has */
  bool waits;                /* exports may wait: it has some */
  struct glue_instance *instances;
};

/* Whether glue takes the place of a definition, and not an adapter: those that need no task keep theirs. */
bool glue_replaces(const struct adapter_plan *adapters, const struct graph *g, uint32_t trampoline);

/* WEIR_ERR_UNSUPPORTED: more than the runtime takes. */
weir_status glue_plan(struct glue *k, const struct adapter_plan *adapters);

/* The module of a canonical definition. WEIR_ERR_UNSUPPORTED: there is none, or the values cannot be copied. */
weir_status glue_trampoline(struct glue *k, uint32_t trampoline, struct glue_module *ret);
/* Of an export of the root; its function has the type of the lifted one. "callback" takes the place of its callback. */
weir_status glue_root(struct glue *k, uint32_t lift, struct glue_module *ret);
/* Puts a resource's destructor into the table. */
weir_status glue_dtor(struct glue *k, uint32_t resource, struct glue_module *ret);
/* Puts the function that copies from a writer to a reader into the table. */
weir_status glue_copy(struct glue *k, uint32_t writer, uint32_t reader, struct glue_module *ret);

/* The table, the functions that trap by name, and what tells the runtime its instances. */
weir_status glue_table(struct glue *k, struct glue_module *ret);
weir_status glue_traps(struct glue *k, struct glue_module *ret);
weir_status glue_instances(struct glue *k, struct glue_module *ret);
/* The compiled runtime (tools/build_fuse_rt.py). It imports traps by name, and the table. */
struct str glue_runtime(void);

#endif
