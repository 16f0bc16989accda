/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Any bytes that decode either link or are refused; a graph refers only to what it has, and each step only to what the
 * steps before it made. Printing it ends, and what the public interface tells of it fits together (world_walk.h).
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "component/graph.h"
#include "fuzz/world_walk.h"
#include "wit/wit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct made {
  uint32_t core_instances, trampolines, lifts;
};

static void must(int condition) {
  if (!condition)
    abort();
}

static void check_ref(const struct made *made, const struct core_ref *ref) {
  must(ref->kind <= CORE_REF_TRAMPOLINE);
  if (ref->kind == CORE_REF_EXPORT)
    must(ref->index < made->core_instances);
  if (ref->kind == CORE_REF_TRAMPOLINE)
    must(ref->index < made->trampolines);
}

static void check_opts(const struct made *made, const struct graph_opts *opts) {
  check_ref(made, &opts->memory);
  check_ref(made, &opts->realloc);
  check_ref(made, &opts->post_return);
  check_ref(made, &opts->callback);
}

static void check_func(const struct graph *g, const struct made *made, struct func_ref f) {
  must(f.index < (f.kind == FUNC_REF_HOST ? g->host_func_count : made->lifts));
}

static void check_trampoline(const struct graph *g, struct made *made, uint32_t index) {
  must(index == made->trampolines && index < g->trampoline_count);
  const struct graph_trampoline *t = &g->trampolines[index];
  must(t->kind < CANON_KIND_COUNT && t->instance < g->instance_count);
  check_opts(made, &t->opts);
  check_ref(made, &t->memory);
  check_ref(made, &t->table);
  if (t->kind == CANON_LOWER)
    check_func(g, made, t->callee);
  if (t->resource)
    must(t->resource == &g->resources[t->resource->index].decl);
  made->trampolines++;
}

static void check_core_instance(const struct graph *g, struct made *made, uint32_t index) {
  must(index == made->core_instances && index < g->core_instance_count);
  const struct graph_core_instance *c = &g->core_instances[index];
  must(c->module < g->module_count && c->instance < g->instance_count);
  must(c->import_count == g->modules[c->module].import_count);
  for (uint32_t i = 0; i < c->import_count; i++) {
    must(c->imports[i].kind != CORE_REF_NONE);
    check_ref(made, &c->imports[i]);
  }
  made->core_instances++;
}

static void check_lift(const struct graph *g, struct made *made, uint32_t index) {
  must(index == made->lifts && index < g->lift_count);
  const struct graph_lift *lift = &g->lifts[index];
  must(lift->callee.kind != CORE_REF_NONE && lift->instance < g->instance_count);
  check_ref(made, &lift->callee);
  check_opts(made, &lift->opts);
  made->lifts++;
}

static void check_steps(const struct graph *g, struct made *made) {
  for (uint32_t i = 0; i < g->step_count; i++) {
    uint32_t index = g->steps[i].index;
    switch (g->steps[i].kind) {
      case STEP_CORE_INSTANCE:
        check_core_instance(g, made, index);
        break;
      case STEP_LIFT:
        check_lift(g, made, index);
        break;
      case STEP_TRAMPOLINE:
        check_trampoline(g, made, index);
        break;
      case STEP_RESOURCE:
        must(index < g->resource_count);
        check_ref(made, &g->resources[index].dtor);
        break;
      default:
        abort();
    }
  }
}

static void check_items(const struct graph *g, const struct made *made, const struct weir_extern *items,
                        uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    if (items[i].kind == WEIR_EXTERN_FUNC)
      check_func(g, made, items[i].func->ref);
    if (items[i].kind == WEIR_EXTERN_RESOURCE)
      must(items[i].resource == &g->resources[items[i].resource->index].decl);
    if (items[i].kind == WEIR_EXTERN_INSTANCE)
      check_items(g, made, items[i].items, items[i].item_count);
  }
}

static void check_graph(const struct graph *g) {
  struct made made = {0};
  struct text text;
  check_steps(g, &made);
  must(made.core_instances == g->core_instance_count && made.trampolines == g->trampoline_count);
  must(made.lifts == g->lift_count);
  check_items(g, &made, g->imports, g->import_count);
  check_items(g, &made, g->exports, g->export_count);
  for (uint32_t i = 1; i < g->instance_count; i++)
    must(g->instances[i].parent < i);
  text_init(&text);
  for (uint32_t i = 0; i < g->import_count; i++)
    wit_item(&text, "import", &g->imports[i], 0);
  for (uint32_t i = 0; i < g->export_count; i++)
    wit_item(&text, "export", &g->exports[i], 0);
  text_done(&text);
  world_walk(g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct arena arena;
  struct diag diag;
  const struct ast_component *ast;
  struct graph *graph;
  arena_init(&arena, &mem_system);
  diag_init(&diag);
  if (ast_decode(&arena, data, size, &ast, &diag) == WEIR_OK) {
    weir_status status = graph_link(&arena, ast, &graph, &diag);
    must(status == diag.status);
    if (status == WEIR_OK)
      check_graph(graph);
  }
  diag_done(&diag);
  arena_done(&arena);
  return 0;
}
