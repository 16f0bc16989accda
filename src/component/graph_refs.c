/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See graph_refs.h. */
#include "component/graph_refs.h"

struct visit {
  graph_ref_fn *fn;
  void *data;
};

static weir_status one(const struct visit *v, const struct core_ref *ref, enum graph_use use) {
  return ref->kind == CORE_REF_NONE ? WEIR_OK : v->fn(v->data, ref, use);
}

static weir_status opts(const struct visit *v, const struct graph_opts *o) {
  WEIR_TRY(one(v, &o->memory, GRAPH_USE_MEMORY));
  WEIR_TRY(one(v, &o->realloc, GRAPH_USE_FUNC));
  WEIR_TRY(one(v, &o->callback, GRAPH_USE_FUNC));
  return one(v, &o->post_return, GRAPH_USE_FUNC);
}

weir_status graph_each_ref(const struct graph *g, graph_ref_fn *fn, void *data) {
  const struct visit v = {fn, data};
  for (uint32_t i = 0; i < g->lift_count; i++) {
    WEIR_TRY(one(&v, &g->lifts[i].callee, GRAPH_USE_FUNC));
    WEIR_TRY(opts(&v, &g->lifts[i].opts));
  }
  for (uint32_t i = 0; i < g->trampoline_count; i++) {
    WEIR_TRY(opts(&v, &g->trampolines[i].opts));
    WEIR_TRY(one(&v, &g->trampolines[i].memory, GRAPH_USE_MEMORY));
    WEIR_TRY(one(&v, &g->trampolines[i].table, GRAPH_USE_TABLE));
  }
  for (uint32_t i = 0; i < g->resource_count; i++)
    WEIR_TRY(one(&v, &g->resources[i].dtor, GRAPH_USE_FUNC));
  return WEIR_OK;
}
