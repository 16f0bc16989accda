/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Memory: every allocation of a linking may fail, and what multiplies itself takes a bounded amount of it. */
#include "support/fault.h"
#include "unit/component/link_support.h"

static weir_status link_with(const struct weir_alloc *alloc, const struct link_vector *v, size_t fill) {
  struct arena ast_arena, arena;
  struct diag diag;
  const struct ast_component *ast;
  struct graph *g = NULL;
  arena_init(&ast_arena, &mem_system);
  arena_init(&arena, alloc);
  diag_init(&diag);
  assert_int_equal(ast_decode(&ast_arena, v->bytes, v->size, &ast, &diag), WEIR_OK);
  weir_status status = WEIR_ERR_NOMEM;
  if (arena_alloc(&arena, fill)) {
    status = graph_link(&arena, ast, &g, &diag);
    assert_int_equal(diag.status, status);
  }
  diag_done(&diag);
  arena_done(&arena);
  arena_done(&ast_arena);
  return status;
}

/* The arena asks for a block at a time, so it is filled beforehand to different heights. */
static weir_status link_all_with(const struct weir_alloc *alloc, void *ctx) {
  static const char *const names[] = {"twice", "host", "bound", "outer", "passed", "builtins", "types", "interface"};
  size_t fill = *(const size_t *)ctx;
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    weir_status status = link_with(alloc, link_vector_find(names[i]), fill);
    if (status != WEIR_OK)
      return status;
  }
  return WEIR_OK;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  size_t requests = 0;
  for (size_t fill = 16; fill <= 1024; fill += 48)
    requests += fault_sweep(link_all_with, &fill);
  assert_true(requests > 200);
}

struct bounded {
  struct weir_alloc alloc; /* first */
  size_t live, peak;
};

static void *bounded_reallocate(void *ctx, void *block, size_t old_size, size_t new_size) {
  struct bounded *b = ctx;
  void *moved = mem_system.reallocate(mem_system.ctx, block, old_size, new_size);
  if (new_size && !moved)
    return NULL;
  b->live = b->live - old_size + new_size;
  if (b->live > b->peak)
    b->peak = b->live;
  return moved;
}

static void what_multiplies_stays_small(void **state) {
  (void)state;
  static const char *const names[] = {"doubling", "doubling-types", "doubling-exports"};
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    struct bounded b = {.alloc = {.reallocate = bounded_reallocate}};
    b.alloc.ctx = &b;
    assert_int_equal(link_with(&b.alloc, link_vector_find(names[i]), 16), WEIR_ERR_LIMIT);
    assert_int_equal(b.live, 0);
    assert_true(b.peak < 512u << 20);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(what_multiplies_stays_small),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
