/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Runs the parts of a merge one after another (merge_state.h), and owns what they share. */
#include "fuse/merge.h"

#include "fuse/merge_order.h"
#include "fuse/merge_read.h"
#include "fuse/merge_types.h"
#include "fuse/merge_wire.h"
#include "fuse/merge_write.h"

static weir_status run(struct merge *m, struct text *out) {
  WEIR_TRY(merge_read(m));
  WEIR_TRY(merge_types(m));
  WEIR_TRY(merge_wire(m));
  WEIR_TRY(merge_order(m));
  return merge_write(m, out);
}

static void count(struct merge *m) {
  m->stats.functions = m->count[SPACE_FUNC] + m->starts.count;
  m->stats.types = m->types.count;
  m->stats.memories = m->count[SPACE_MEMORY];
  m->stats.tables = m->count[SPACE_TABLE];
  m->stats.globals = m->count[SPACE_GLOBAL];
  m->stats.tags = m->count[SPACE_TAG];
  m->stats.imports = m->imports.count;
}

weir_status merge_modules(const struct weir_alloc *alloc, const struct merge_plan *plan, struct text *out,
                          struct merge_stats *ret, struct diag *d) {
  struct merge m = {.alloc = alloc, .plan = plan, .d = d};
  arena_init(&m.arena, alloc);
  text_init(&m.type_section);
  weir_status status = run(&m, out);
  if (status == WEIR_OK && ret) {
    count(&m);
    *ret = m.stats;
  }
  text_done(&m.type_section);
  arena_done(&m.arena);
  return status;
}
