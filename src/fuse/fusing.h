/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Inside fuse/: a merge in the making from a graph (core.c), and with a runtime inside (core_inside.c). */
#ifndef FUSE_FUSING_H
#define FUSE_FUSING_H

#include "adapter/adapter.h"
#include "base/name_index.h"
#include "fuse/form.h"
#include "fuse/glue.h"
#include "fuse/guard.h"
#include "fuse/merge_plan.h"

struct fusing {
  struct arena arena;
  const struct graph *g;
  enum fuse_form form;
  const struct adapter_plan *adapters;
  struct diag *d;
  struct merge_outside *outsides; /* a trampoline, or behind all of them a helper */
  struct merge_module *modules;   /* those of the graph, then those of adapters */
  struct merge_instance *instances;
  struct str *starts;       /* by instance of the merge */
  uint32_t *core_instances; /* number in the merge */
  uint32_t *groups;         /* the same, of each group of adapters */
  uint32_t *positions;      /* by trampoline: where an adapter is in its group */
  uint32_t flags;           /* the group that makes the memory of flags; in a shell an instance; or GRAPH_NONE */
  uint32_t count;           /* instances so far */
  uint32_t module_count;    /* modules so far */
  uint32_t *glued;          /* by trampoline: the instance whose "f" takes its place, or GRAPH_NONE */
  struct glue glue;         /* with a runtime inside, and the numbers of its modules in the merge: */
  uint32_t table, runtime;  /* its table, itself */
  uint32_t *glued_roots;    /* by lift, or GRAPH_NONE */
  uint32_t *ends;           /* by type, its readers, then its writers: the last trampoline that is glued, plus 1 */
  uint32_t *next_end;       /* by trampoline: the same, before it */
  struct guard *guards;     /* in a shell with flags */
  uint32_t guard_count;
  bool *staying;           /* by instance: adapters call a realloc or post-return of it */
  struct name_index names; /* of exports */
  VEC(struct merge_export) exports;
};

/* Where a core definition comes from, and the memory of flags. */
weir_status fusing_source(struct fusing *f, const struct core_ref *ref, struct merge_source *ret);
struct merge_source fusing_flags(const struct fusing *f);

/* One more instance: of a module that is there, or of a new one. prefix without data: memory is out. */
weir_status fusing_add_instance(struct fusing *f, uint32_t module, struct merge_source *sources, uint32_t count,
                                struct str prefix);
weir_status fusing_add_module(struct fusing *f, struct str bytes, struct merge_source *sources, uint32_t count,
                              struct str prefix);

/* With a runtime inside: room for its modules (`more` counts modules), what comes first, and what a step adds. */
weir_status fusing_allocate_inside(struct fusing *f, uint32_t *more);
weir_status fusing_begin_inside(struct fusing *f);
weir_status fusing_step_inside(struct fusing *f, const struct graph_step *step);

#endif
