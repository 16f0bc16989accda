/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What linking makes of whole components: steps, references, identities, marks. Sources: link_vectors.wat. */
#include "unit/component/link_support.h"

static void assert_export_ref(struct core_ref ref, uint32_t instance, const char *name) {
  assert_int_equal(ref.kind, CORE_REF_EXPORT);
  assert_int_equal(ref.index, instance);
  assert_text(ref.name, name);
}

static void assert_steps(const struct graph *g, const enum step_kind *want, uint32_t count) {
  assert_int_equal(g->step_count, count);
  for (uint32_t i = 0; i < count; i++)
    assert_int_equal(g->steps[i].kind, want[i]);
}

static void a_lifted_export_is_two_steps(void **state) {
  (void)state;
  static const enum step_kind steps[] = {STEP_CORE_INSTANCE, STEP_LIFT};
  struct linked l;
  const struct graph *g = linked_ok(&l, "simple");
  assert_steps(g, steps, 2);
  assert_int_equal(g->module_count, 1);
  assert_text(g->modules[0].name, "M");
  assert_int_equal(g->instance_count, 1);
  assert_int_equal(g->instances[0].parent, GRAPH_NONE);
  assert_text(g->instances[0].path, "");
  const struct weir_extern *item = item_of(g->exports, g->export_count, "g");
  assert_int_equal(item->kind, WEIR_EXTERN_FUNC);
  assert_int_equal(item->func->ref.kind, FUNC_REF_LIFT);
  const struct graph_lift *lift = &g->lifts[item->func->ref.index];
  assert_export_ref(lift->callee, 0, "f");
  assert_signature(&lift->signature, "i:i");
  assert_text(lift->name, "g");
  assert_ptr_equal(lift->type, item->func->type);
  linked_done(&l);
}

static void each_instantiation_has_its_own_resource(void **state) {
  (void)state;
  struct linked l;
  const struct graph *g = linked_ok(&l, "twice");
  assert_int_equal(g->instance_count, 3);
  assert_int_equal(g->resource_count, 2);
  assert_int_equal(g->core_instance_count, 4);
  assert_int_equal(g->module_count, 2); /* compiled once, instantiated twice */
  for (uint32_t i = 0; i < 2; i++) {
    const struct weir_resource_type *r = &g->resources[i].decl;
    assert_false(r->imported);
    assert_int_equal(r->index, i);
    assert_int_equal(r->instance, i + 1);
    assert_text(r->name, "r");
    assert_export_ref(g->resources[i].dtor, i * 2, "dtor");
    assert_ptr_equal(g->trampolines[i].resource, r);
  }
  for (int i = 0; i < 2; i++) {
    const struct weir_extern *instance = item_of(g->exports, g->export_count, i ? "b" : "a");
    const struct weir_extern *r = item_of(instance->items, instance->item_count, "r");
    const struct weir_extern *make = item_of(instance->items, instance->item_count, "make");
    assert_int_equal(instance->kind, WEIR_EXTERN_INSTANCE);
    assert_ptr_equal(r->resource, &g->resources[i].decl);
    assert_int_equal(make->func->type->result->kind, TYPE_OWN);
    assert_ptr_equal(make->func->type->result->resource, &g->resources[i].decl);
    assert_int_equal(make->func->ref.index, i);
  }
  linked_done(&l);
}

static void nested_steps_are_in_place(void **state) {
  (void)state;
  static const enum step_kind steps[] = {STEP_CORE_INSTANCE, STEP_RESOURCE,      STEP_TRAMPOLINE, STEP_CORE_INSTANCE,
                                         STEP_LIFT,          STEP_CORE_INSTANCE, STEP_RESOURCE,   STEP_TRAMPOLINE,
                                         STEP_CORE_INSTANCE, STEP_LIFT};
  struct linked l;
  const struct graph *g = linked_ok(&l, "twice");
  assert_steps(g, steps, 10);
  assert_int_equal(g->core_instances[3].imports[0].kind, CORE_REF_TRAMPOLINE);
  assert_int_equal(g->core_instances[3].imports[0].index, 1);
  assert_int_equal(g->core_instances[3].instance, 2);
  linked_done(&l);
}

static void the_roots_imports_are_the_hosts(void **state) {
  (void)state;
  struct linked l;
  const struct graph *g = linked_ok(&l, "host");
  assert_int_equal(g->host_func_count, 3);
  assert_text(g->host_funcs[0].interface_name, "env");
  assert_text(g->host_funcs[0].name, "use");
  assert_text(g->host_funcs[1].interface_name, "env/deep");
  assert_true(g->host_funcs[1].type->async);
  assert_text(g->host_funcs[2].interface_name, "");
  assert_text(g->host_funcs[2].name, "log");
  assert_int_equal(g->resource_count, 2);
  assert_true(g->resources[0].decl.imported && g->resources[1].decl.imported);
  assert_text(g->resources[0].decl.interface_name, "env");
  assert_text(g->resources[0].decl.name, "r");
  assert_text(g->resources[1].decl.interface_name, "");
  assert_text(g->resources[1].decl.name, "own");
  /* "same" is "r", and the borrow in "use" is of it */
  assert_ptr_equal(g->trampolines[0].resource, &g->resources[0].decl);
  assert_ptr_equal(g->trampolines[1].resource, &g->resources[1].decl);
  assert_ptr_equal(g->host_funcs[0].type->params->fields[1].type->resource, &g->resources[0].decl);
  assert_text(g->host_funcs[0].type->params->fields[0].type->name, "point");
  linked_done(&l);
}

static void lowered_imports_reach_the_module_in_its_order(void **state) {
  (void)state;
  struct linked l;
  const struct graph *g = linked_ok(&l, "host");
  const struct graph_core_instance *i = &g->core_instances[1];
  assert_int_equal(i->import_count, 3);
  assert_int_equal(g->trampolines[i->imports[0].index].callee.index, 2); /* log */
  assert_int_equal(g->trampolines[i->imports[1].index].callee.index, 0); /* use */
  assert_export_ref(i->imports[2], 0, "m");
  const struct graph_trampoline *use = &g->trampolines[i->imports[1].index];
  assert_int_equal(use->kind, CANON_LOWER);
  assert_int_equal(use->callee.kind, FUNC_REF_HOST);
  assert_export_ref(use->opts.memory, 0, "m");
  assert_signature(&use->signature, "iiii:");
  assert_text(g->modules[i->module].imports[2].module, "b");
  assert_text(g->modules[i->module].imports[2].name, "m");
  linked_done(&l);
}

static void a_nested_import_is_its_argument(void **state) {
  (void)state;
  struct linked l;
  const struct graph *g = linked_ok(&l, "bound");
  assert_int_equal(g->resource_count, 1);
  assert_int_equal(g->resources[0].decl.instance, 1);
  assert_int_equal(g->trampolines[0].kind, CANON_RESOURCE_DROP);
  assert_ptr_equal(g->trampolines[0].resource, &g->resources[0].decl);
  assert_int_equal(g->trampolines[0].instance, 2);
  assert_int_equal(g->trampolines[1].callee.kind, FUNC_REF_LIFT);
  assert_ptr_equal(g->trampolines[1].type, g->lifts[0].type);
  linked_done(&l);
}

static void outer_aliases_see_the_defining_scope(void **state) {
  (void)state;
  struct linked l;
  const struct graph *g = linked_ok(&l, "outer");
  assert_int_equal(g->instance_count, 3);
  assert_int_equal(g->instances[2].parent, 1);
  assert_text(g->instances[2].path, "A/B");
  assert_int_equal(g->core_instances[0].instance, 2);
  const struct weir_extern *f = item_of(g->exports, g->export_count, "f");
  assert_int_equal(f->func->type->params->fields[0].type->elem->kind, TYPE_TUPLE);
  assert_int_equal(g->lifts[f->func->ref.index].instance, 2);
  linked_done(&l);
}

static void a_component_may_be_an_argument(void **state) {
  (void)state;
  struct linked l;
  const struct graph *g = linked_ok(&l, "passed");
  assert_int_equal(g->instance_count, 4);
  assert_int_equal(g->instances[2].parent, 1);
  assert_int_equal(g->instances[3].parent, 1);
  assert_int_equal(g->module_count, 1);
  assert_int_equal(g->core_instance_count, 2);
  linked_done(&l);
}

static void an_ascribed_type_hides_the_rest(void **state) {
  (void)state;
  struct linked l;
  const struct graph *g = linked_ok(&l, "narrow");
  const struct weir_extern *i = item_of(g->exports, g->export_count, "i");
  assert_int_equal(i->item_count, 1);
  assert_text(i->items[0].name.name, "b");
  linked_done(&l);
}

static void an_imports_type_hides_the_rest(void **state) {
  (void)state;
  struct linked l;
  const struct graph *g = linked_ok(&l, "narrow-import");
  const struct weir_extern *i = item_of(g->exports, g->export_count, "i");
  assert_int_equal(i->item_count, 1);
  assert_text(i->items[0].name.name, "b");
  linked_done(&l);
}

static void what_can_block_marks_its_instance(void **state) {
  (void)state;
  static const bool want[] = {false, false, true, false, true, true, false, true, false};
  struct linked l;
  const struct graph *g = linked_ok(&l, "blocks");
  assert_int_equal(g->instance_count, 9);
  for (uint32_t i = 0; i < 9; i++)
    if (g->instances[i].can_block != want[i])
      fail_msg("instance %u (" STR_FMT ")", i, STR_ARG(g->instances[i].path));
  linked_done(&l);
}

static void a_parent_that_lifts_or_lowers_can_be_reentered(void **state) {
  (void)state;
  struct linked l;
  const struct graph *g = linked_ok(&l, "donut");
  assert_int_equal(g->instance_count, 3);
  assert_false(g->instances[0].donut); /* has a child, but no function of its own */
  assert_true(g->instances[1].donut);
  assert_false(g->instances[2].donut); /* lifts, but has no child */
  linked_done(&l);
}

static void pointers_are_as_wide_as_the_memory(void **state) {
  (void)state;
  struct linked l;
  const struct graph *g = linked_ok(&l, "memory64");
  assert_true(g->trampolines[0].opts.memory64);
  assert_signature(&g->trampolines[0].signature, "lll:");
  assert_true(g->trampolines[1].opts.memory64); /* an imported memory, exported again */
  assert_signature(&g->trampolines[1].signature, "ill:l");
  linked_done(&l);
}

static void built_ins_have_the_specified_signatures(void **state) {
  (void)state;
  static const struct {
    enum canon_kind kind;
    const char *signature;
  } want[] = {
      {CANON_RESOURCE_NEW, "i:i"},
      {CANON_RESOURCE_DROP, "i:"},
      {CANON_RESOURCE_REP, "i:i"},
      {CANON_TASK_CANCEL, ":"},
      {CANON_SUBTASK_CANCEL, "i:i"},
      {CANON_TASK_RETURN, "ii:"},
      {CANON_TASK_RETURN, ":"},
      {CANON_CONTEXT_GET, ":i"},
      {CANON_CONTEXT_SET, "i:"},
      {CANON_THREAD_YIELD, ":i"},
      {CANON_SUBTASK_DROP, "i:"},
      {CANON_STREAM_NEW, ":l"},
      {CANON_STREAM_READ, "iii:i"},
      {CANON_STREAM_WRITE, "iii:i"},
      {CANON_STREAM_CANCEL_READ, "i:i"},
      {CANON_STREAM_CANCEL_WRITE, "i:i"},
      {CANON_STREAM_DROP_READABLE, "i:"},
      {CANON_STREAM_DROP_WRITABLE, "i:"},
      {CANON_FUTURE_NEW, ":l"},
      {CANON_FUTURE_READ, "ii:i"},
      {CANON_FUTURE_WRITE, "ii:i"},
      {CANON_FUTURE_CANCEL_READ, "i:i"},
      {CANON_FUTURE_CANCEL_WRITE, "i:i"},
      {CANON_FUTURE_DROP_READABLE, "i:"},
      {CANON_FUTURE_DROP_WRITABLE, "i:"},
      {CANON_ERROR_CONTEXT_NEW, "ii:i"},
      {CANON_ERROR_CONTEXT_DEBUG_MESSAGE, "ii:"},
      {CANON_ERROR_CONTEXT_DROP, "i:"},
      {CANON_WAITABLE_SET_NEW, ":i"},
      {CANON_WAITABLE_SET_WAIT, "ii:i"},
      {CANON_WAITABLE_SET_POLL, "ii:i"},
      {CANON_WAITABLE_SET_DROP, "i:"},
      {CANON_WAITABLE_JOIN, "ii:"},
      {CANON_BACKPRESSURE_INC, ":"},
      {CANON_BACKPRESSURE_DEC, ":"},
      {CANON_THREAD_INDEX, ":i"},
      {CANON_THREAD_NEW_INDIRECT, "ii:i"},
      {CANON_THREAD_RESUME_LATER, "i:"},
      {CANON_THREAD_SUSPEND, ":i"},
      {CANON_THREAD_SUSPEND_THEN_RESUME, "i:i"},
      {CANON_THREAD_YIELD_THEN_RESUME, "i:i"},
  };
  struct linked l;
  const struct graph *g = linked_ok(&l, "builtins");
  assert_int_equal(g->trampoline_count, sizeof(want) / sizeof(want[0]));
  for (uint32_t i = 0; i < g->trampoline_count; i++) {
    assert_int_equal(g->trampolines[i].kind, want[i].kind);
    assert_signature(&g->trampolines[i].signature, want[i].signature);
  }
  linked_done(&l);
}

static void operands_of_built_ins_are_resolved(void **state) {
  (void)state;
  struct linked l;
  const struct graph *g = linked_ok(&l, "builtins");
  const struct graph_trampoline *t = g->trampolines;
  assert_ptr_equal(t[0].resource, &g->resources[0].decl);
  assert_true(t[4].async);
  assert_int_equal(t[5].value_type->kind, TYPE_STRING);
  assert_null(t[6].value_type);
  assert_int_equal(t[8].slot, 1);
  assert_true(t[9].cancellable);
  assert_int_equal(t[12].value_type->kind, TYPE_STREAM);
  assert_export_ref(t[12].opts.memory, 0, "m");
  assert_false(t[12].opts.async);
  assert_true(t[13].opts.async);
  assert_int_equal(t[19].value_type->kind, TYPE_FUTURE);
  assert_export_ref(t[19].opts.realloc, 0, "r");
  assert_export_ref(t[29].memory, 0, "m");
  assert_true(t[30].cancellable);
  assert_export_ref(t[36].table, 0, "t");
  assert_false(t[36].is64);
  linked_done(&l);
}

static void what_does_not_resolve_is_invalid(void **state) {
  (void)state;
  size_t tried = 0;
  for (size_t i = 0; i < LINK_VECTOR_COUNT; i++) {
    if (strncmp(link_vectors[i].name, "bad-", 4) != 0)
      continue;
    struct linked l;
    linked_init(&l, link_vectors[i].name);
    if (l.status != WEIR_ERR_INVALID)
      fail_msg("%s: %d %s", link_vectors[i].name, l.status, diag_message(&l.diag));
    assert_int_equal(l.diag.status, l.status);
    assert_true(strlen(diag_message(&l.diag)) > 0);
    linked_done(&l);
    tried++;
  }
  assert_int_equal(tried, 15);
}

static void status_of(const char *name, weir_status want) {
  struct linked l;
  linked_init(&l, name);
  if (l.status != want)
    fail_msg("%s: %d %s", name, l.status, diag_message(&l.diag));
  linked_done(&l);
}

static void a_component_that_only_a_host_could_instantiate_is_unsupported(void **state) {
  (void)state;
  status_of("no-component", WEIR_ERR_UNSUPPORTED);
  status_of("interface", WEIR_OK); /* passed around only */
}

static void a_core_module_that_the_root_imports_is_known_by_its_type(void **state) {
  (void)state;
  struct linked l;
  const struct graph *g = linked_ok(&l, "no-module");
  assert_int_equal(g->module_count, 1);
  assert_true(g->modules[0].imported);
  assert_true(g->modules[0].has_tags); /* nobody knows */
  assert_int_equal(g->modules[0].bytes.size, 0);
  assert_int_equal(g->core_instance_count, 1);
  assert_int_equal(g->core_instances[0].module, 0);
  linked_done(&l);
}

static void instantiation_that_multiplies_is_cut_off(void **state) {
  (void)state;
  status_of("doubling", WEIR_ERR_LIMIT);
  status_of("doubling-types", WEIR_ERR_LIMIT);
  status_of("doubling-exports", WEIR_ERR_LIMIT);
}

static void depth_is_limited(void **state) {
  (void)state;
  status_of("chain-short", WEIR_OK);
  status_of("chain-long", WEIR_ERR_LIMIT);
  status_of("deep-type-short", WEIR_OK);
  status_of("deep-type-long", WEIR_ERR_LIMIT);
}

static void a_missing_diag_changes_nothing(void **state) {
  (void)state;
  struct linked l;
  const struct ast_component *ast;
  struct graph *g;
  linked_init(&l, "bad-size");
  const struct link_vector *v = link_vector_find("bad-size");
  assert_int_equal(ast_decode(&l.arena, l.bytes, v->size, &ast, NULL), WEIR_OK);
  assert_int_equal(graph_link(&l.arena, ast, &g, NULL), WEIR_ERR_INVALID);
  linked_done(&l);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_lifted_export_is_two_steps),
      cmocka_unit_test(each_instantiation_has_its_own_resource),
      cmocka_unit_test(nested_steps_are_in_place),
      cmocka_unit_test(the_roots_imports_are_the_hosts),
      cmocka_unit_test(lowered_imports_reach_the_module_in_its_order),
      cmocka_unit_test(a_nested_import_is_its_argument),
      cmocka_unit_test(outer_aliases_see_the_defining_scope),
      cmocka_unit_test(a_component_may_be_an_argument),
      cmocka_unit_test(an_ascribed_type_hides_the_rest),
      cmocka_unit_test(an_imports_type_hides_the_rest),
      cmocka_unit_test(what_can_block_marks_its_instance),
      cmocka_unit_test(a_parent_that_lifts_or_lowers_can_be_reentered),
      cmocka_unit_test(pointers_are_as_wide_as_the_memory),
      cmocka_unit_test(built_ins_have_the_specified_signatures),
      cmocka_unit_test(operands_of_built_ins_are_resolved),
      cmocka_unit_test(what_does_not_resolve_is_invalid),
      cmocka_unit_test(a_component_that_only_a_host_could_instantiate_is_unsupported),
      cmocka_unit_test(a_core_module_that_the_root_imports_is_known_by_its_type),
      cmocka_unit_test(instantiation_that_multiplies_is_cut_off),
      cmocka_unit_test(depth_is_limited),
      cmocka_unit_test(a_missing_diag_changes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
