/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The life and the limits of a store. A store is its Wasmtime store plus the record of its stacks. Wasmtime's store
 * points back to the record: so the runner's host functions find their stack.
 */
#include "engine/eng.h"

#include "base/mem.h"
#include "engine/eng_private.h"

static uint64_t bound_of(uint64_t limit) {
  return limit == 0 ? UINT64_MAX : limit;
}

static void limits_set(struct eng_store *s, const struct eng_store_limits *l) {
  uint64_t instances = bound_of(l->instances);
  s->limits = *l;
  s->limited = true;
  s->limiter = (struct eng_limiter){
      .memory_bytes = bound_of(l->memory_bytes),
      .table_elements = bound_of(l->table_elements),
      .instances = instances < UINT64_MAX ? instances + 1 : instances, /* one more for the runner */
      .tables = bound_of(l->tables),
      .memories = bound_of(l->memories),
      .memory_sum.bound = bound_of(l->total_memory_bytes),
      .table_sum.bound = bound_of(l->total_table_elements),
  };
  weir_engine_limit(s->store, &s->limiter);
}

weir_status eng_store_new(struct eng *e, const struct eng_store_limits *limits, struct eng_store **ret,
                          struct diag *d) {
  struct eng_store *s = mem_zalloc(e->alloc, sizeof(*s));
  if (!s)
    return diag_nomem(d);
  list_init(&s->suspended);
  list_init(&s->kept);
  s->engine = eng_ref(e);
  s->store = wasmtime_store_new(e->engine, s, NULL);
  s->cx = wasmtime_store_context(s->store);
  if (limits)
    limits_set(s, limits);
  budget_init(s);
  thread_bounds_learn();
  *ret = s;
  return WEIR_OK;
}

void eng_store_free(struct eng_store *s) {
  if (!s)
    return;
  stack_drop_all(s);
  struct eng *e = s->engine;
  wasmtime_store_delete(s->store);
  mem_free(e->alloc, s, sizeof(*s));
  eng_unref(e);
}
