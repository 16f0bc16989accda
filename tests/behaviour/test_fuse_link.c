/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Several components are linked to one, by the names of what they import and export, and fused. What cannot be linked
 * says why.
 */
#include "behaviour/behaviour.h"
#include "support/fault.h"

#define THINGS "test:host/things@1.0.0"

/* run(5): 5 + 7 from link-ops.wat, 100 times its first handle, and 10000 times what link-log.wat was told. */
enum { RUN_5 = 50000 + 100 + 12, PARTS = 3 };

static const char *const parts[PARTS] = {"link-app", "link-ops", "link-log"};

/* ---- support ----------------------------------------------------------------------------------------------------- */

static void make_thing(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value thing;
  (void)data, (void)args;
  assert_int_equal(count, 0);
  must(weir_resource_new(weir_host_call_instance(call), THINGS, "thing", 77, &thing, NULL), NULL);
  weir_host_call_return(call, &thing, NULL);
}

static void thing_dropped(void *data, weir_store *store, uint64_t rep) {
  (void)store;
  assert_int_equal(rep, 77);
  ++*(int *)data;
}

struct linked {
  weir_component *components[PARTS + 1];
  void *bytes;
  size_t size;
};

/* The guests of these names. */
static void read_parts(weir_engine *engine, const char *const *names, size_t count, struct linked *ret) {
  weir_error *error = NULL;
  memset(ret, 0, sizeof(*ret));
  for (size_t i = 0; i < count; i++) {
    size_t size;
    char *text = guest_text(names[i], &size);
    must(weir_component_inspect(engine, text, size, &ret->components[i], &error), &error);
    free(text);
  }
}

static weir_status link_parts(struct linked *l, const char *const *names, size_t count, weir_error **ret_error) {
  weir_fuse_link_config config = WEIR_FUSE_LINK_CONFIG_INIT;
  config.names = names;
  return weir_fuse_link((const weir_component *const *)l->components, count, &config, &l->bytes, &l->size, ret_error);
}

static void linked_done(struct linked *l) {
  for (size_t i = 0; i <= PARTS; i++)
    weir_component_free(l->components[i]);
  weir_bytes_free(l->bytes);
}

/* ---- linked ------------------------------------------------------------------------------------------------------ */

static void check_run(bool fused) {
  int drops = 0;
  struct linked l;
  struct outcome o;
  weir_value five = u32(5);
  weir_error *error = NULL;
  struct world *w = world_open("fused");
  read_parts(w->engine, parts, PARTS, &l);
  must(link_parts(&l, parts, PARTS, &error), &error);
  weir_component_free(w->component);
  w->component = component_from(w->engine, l.bytes, l.size);
  if (fused) {
    void *bytes;
    size_t size;
    must(weir_fuse_core(w->component, NULL, &bytes, &size, NULL, &error), &error);
    weir_component_free(w->component);
    w->component = component_from(w->engine, bytes, size);
    weir_bytes_free(bytes);
  }
  must(weir_linker_define_resource(w->linker, THINGS, "thing", thing_dropped, &drops, NULL, &error), &error);
  world_func(w, THINGS, "make", "func() -> own<thing>", make_thing, NULL);
  world_start(w);
  call_args(w, &o, "run", &five, 1);
  world_settle(w);
  assert_u32(&o, RUN_5);
  assert_int_equal(drops, 1);
  linked_done(&l);
  world_close(w);
}

static void components_are_linked_by_names_and_versions(void **state) {
  (void)state;
  check_run(false);
}

static void linked_components_are_fused(void **state) {
  (void)state;
  check_run(true);
}

static void the_same_components_give_the_same_bytes(void **state) {
  (void)state;
  struct linked a, b;
  weir_error *error = NULL;
  struct world *w = world_open("fused");
  read_parts(w->engine, parts, PARTS, &a);
  read_parts(w->engine, parts, PARTS, &b);
  must(link_parts(&a, parts, PARTS, &error), &error);
  must(link_parts(&b, parts, PARTS, &error), &error);
  assert_int_equal(a.size, b.size);
  assert_memory_equal(a.bytes, b.bytes, a.size);
  linked_done(&a);
  linked_done(&b);
  world_close(w);
}

static weir_status link_scenario(const struct weir_alloc *alloc, void *ctx) {
  weir_engine_config config = {.size = sizeof(config), .alloc = alloc, .fast_compile = true};
  const char *const *texts = ctx;
  weir_component *components[PARTS] = {NULL};
  weir_engine *engine = NULL;
  void *bytes = NULL;
  size_t size;
  weir_status status = weir_engine_new(&config, &engine, NULL);
  for (size_t i = 0; i < PARTS && status == WEIR_OK; i++)
    status = weir_component_inspect(engine, texts[i], strlen(texts[i]), &components[i], NULL);
  if (status == WEIR_OK)
    status = weir_fuse_link((const weir_component *const *)components, PARTS, NULL, &bytes, &size, NULL);
  weir_bytes_free(bytes);
  for (size_t i = 0; i < PARTS; i++)
    weir_component_free(components[i]);
  weir_engine_free(engine);
  return status;
}

static void memory_may_run_out(void **state) {
  (void)state;
  char *texts[PARTS];
  size_t size;
  for (size_t i = 0; i < PARTS; i++) {
    texts[i] = guest_text(parts[i], &size);
    texts[i][size] = '\0';
  }
  assert_true(fault_sweep(link_scenario, texts) > 15);
  for (size_t i = 0; i < PARTS; i++)
    free(texts[i]);
}

/* ---- refused ----------------------------------------------------------------------------------------------------- */

static void check_refused(const char *const *names, size_t count, weir_status status, const char *words) {
  struct linked l;
  weir_error *error = NULL;
  struct world *w = world_open("fused");
  read_parts(w->engine, names, count, &l);
  weir_status found = link_parts(&l, names, count, &error);
  if (found != status || !strstr(weir_error_message(error), words))
    fail_msg("%s: %s, not %s", weir_status_name(found), error ? weir_error_message(error) : "", words);
  weir_error_free(error);
  linked_done(&l);
  world_close(w);
}

static void what_cannot_be_linked_says_why(void **state) {
  (void)state;
  static const char *const one[] = {"link-app"}, *const twice[] = {"link-app", "link-ops", "link-log", "link-log"};
  static const char *const unused[] = {"link-log", "fused"};
  check_refused(twice, 4, WEIR_ERR_LINK, "link-app imports `sum`, which both link-log and link-log export");
  check_refused(unused, 2, WEIR_ERR_LINK, "nobody needs fused");
  check_refused(one, 0, WEIR_ERR_MISUSE, "nothing to link");
}

static void types_that_do_not_fit_are_both_told(void **state) {
  (void)state;
  static const char importer[] =
      "(component (import \"a:b/c\" (instance $i (export \"f\" (func (param \"x\" u32)))))"
      " (core func (canon lower (func $i \"f\"))))";
  static const char exporter[] =
      "(component (core module $m (func (export \"f\") (param i32))) (core instance $m (instantiate $m))"
      " (func $f (param \"x\" s32) (canon lift (core func $m \"f\"))) (instance $i (export \"f\" (func $f)))"
      " (export \"a:b/c\" (instance $i)))";
  static const char *const names[] = {"one.wasm", "two.wasm"};
  struct linked l = {{NULL}, NULL, 0};
  weir_error *error = NULL;
  struct world *w = world_open("fused");
  must(weir_component_inspect(w->engine, importer, sizeof(importer) - 1, &l.components[0], &error), &error);
  must(weir_component_inspect(w->engine, exporter, sizeof(exporter) - 1, &l.components[1], &error), &error);
  assert_int_equal(link_parts(&l, names, 2, &error), WEIR_ERR_INVALID);
  assert_non_null(strstr(weir_error_message(error), "one.wasm:\n  import a:b/c: interface {\n    f: func(x: u32);"));
  assert_non_null(strstr(weir_error_message(error), "two.wasm:\n  export a:b/c: interface {\n    f: func(x: s32);"));
  weir_error_free(error);
  linked_done(&l);
  world_close(w);
}

static weir_component *inspected(struct world *w, const char *text) {
  weir_component *c;
  weir_error *error = NULL;
  must(weir_component_inspect(w->engine, text, strlen(text), &c, &error), &error);
  return c;
}

/* The first one imports a type and a function of the second, which imports a function of the third. */
static void functions_and_types_are_linked_by_themselves(void **state) {
  (void)state;
  static const char *const texts[PARTS] = {
      "(component (type $e' (enum \"a\" \"b\")) (import \"e\" (type $e (eq $e'))) (import \"f\" (func $f (param \"x\" "
      "u32) (result u32)))"
      " (core func $f (canon lower (func $f))) (core module $m (import \"\" \"f\" (func $f (param i32) (result i32)))"
      "   (func (export \"run\") (result i32) (i32.add (i32.const 1) (call $f (i32.const 20)))))"
      " (core instance $m (instantiate $m (with \"\" (instance (export \"f\" (func $f))))))"
      " (func (export \"run\") (result u32) (canon lift (core func $m \"run\"))))",
      "(component (import \"g\" (func $g (result u32))) (core func $g (canon lower (func $g)))"
      " (type $e' (enum \"a\" \"b\")) (export $e \"e\" (type $e'))"
      " (core module $m (import \"\" \"g\" (func $g (result i32)))"
      "   (func (export \"f\") (param i32) (result i32) (i32.mul (local.get 0) (call $g))))"
      " (core instance $m (instantiate $m (with \"\" (instance (export \"g\" (func $g))))))"
      " (func (export \"f\") (param \"x\" u32) (result u32) (canon lift (core func $m \"f\"))))",
      ("(component (core module $m (func (export \"g\") (result i32) (i32.const 3))) (core instance $m (instantiate "
       "$m))"
       " (func (export \"g\") (result u32) (canon lift (core func $m \"g\"))))"),
  };
  struct linked l = {{NULL}, NULL, 0};
  struct outcome o;
  weir_error *error = NULL;
  struct world *w = world_open("fused");
  for (size_t i = 0; i < PARTS; i++)
    l.components[i] = inspected(w, texts[i]);
  must(link_parts(&l, parts, PARTS, &error), &error);
  weir_component_free(w->component);
  w->component = component_from(w->engine, l.bytes, l.size);
  assert_int_equal(weir_component_import_count(w->component), 0);
  world_start(w);
  call(w, &o, "run");
  world_settle(w);
  assert_u32(&o, 61);
  linked_done(&l);
  world_close(w);
}

static weir_status link_with(struct linked *l, const char *link, weir_error **ret_error) {
  weir_fuse_link_config config = WEIR_FUSE_LINK_CONFIG_INIT;
  config.names = (const char *const[]){"dir/app.wasm", "lib.v2.wasm"};
  config.links = &link;
  config.link_count = 1;
  return weir_fuse_link((const weir_component *const *)l->components, 2, &config, &l->bytes, &l->size, ret_error);
}

static void a_link_is_stronger_than_names(void **state) {
  (void)state;
  static const char app[] =
      "(component (import \"a:b/c@1.0.0\" (instance $i (export \"f\" (func))))"
      " (core func (canon lower (func $i \"f\"))))";
  static const char lib[] =
      "(component (core module $m (func (export \"f\"))) (core instance $m (instantiate $m))"
      " (func $f (canon lift (core func $m \"f\"))) (instance $i (export \"f\" (func $f)))"
      " (export \"x:y/z@2.0.0\" (instance $i)))";
  static const struct {
    const char *link, *words;
  } wrong[] = {
      {"a:b/c", "has no `=`"},
      {"other.a:b/c@1.0.0=lib.v2.x:y/z@2.0.0", "names no component"},
      {"app.a:b/c@2.0.0=lib.v2.x:y/z@2.0.0", "dir/app.wasm imports no `a:b/c@2.0.0`"},
      {"app.a:b/c@1.0.0=lib.v2.x:y/z", "lib.v2.wasm exports no `x:y/z`"},
  };
  struct linked l = {{NULL}, NULL, 0};
  weir_error *error = NULL;
  struct world *w = world_open("fused");
  l.components[0] = inspected(w, app);
  l.components[1] = inspected(w, lib);
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    assert_int_equal(link_with(&l, wrong[i].link, &error), WEIR_ERR_NOT_FOUND);
    if (!strstr(weir_error_message(error), wrong[i].words))
      fail_msg("%s, not %s", weir_error_message(error), wrong[i].words);
    weir_error_free(error);
    error = NULL;
  }
  must(link_with(&l, "app.a:b/c@1.0.0=lib.v2.x:y/z@2.0.0", &error), &error);
  must(weir_component_inspect(w->engine, l.bytes, l.size, &l.components[2], &error), &error);
  assert_int_equal(weir_component_import_count(l.components[2]), 0);
  linked_done(&l);
  world_close(w);
}

/* The types of functions name the exports of the result. */
static void functions_are_exported_with_their_types(void **state) {
  (void)state;
  static const char exporter[] =
      "(component (core module $m (memory (export \"mem\") 1)"
      "   (func (export \"f\") (param i32 i32 i32 i32) (result i32) (i32.store8 (i32.const 0) (i32.const 1))"
      "     (i32.store (i32.const 4) (i32.add (local.get 0) (local.get 1))) (i32.const 0))"
      "   (func (export \"realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 64)) (func (export \"g\") (param "
      "i32 i32)))"
      " (core instance $m (instantiate $m)) (type $p' (record (field \"x\" u32) (field \"y\" u32)))"
      " (export $p \"point\" (type $p')) (type $r' (resource (rep i32))) (export $r \"thing\" (type $r'))"
      " (func (export \"f\") (param \"p\" $p) (param \"l\" (list (tuple $p $p))) (result (option u32))"
      "   (canon lift (core func $m \"f\") (memory $m \"mem\") (realloc (func $m \"realloc\"))))"
      " (func (export \"g\") (param \"t\" (own $r)) (param \"u\" (borrow $r)) (canon lift (core func $m \"g\"))))";
  static const char *const names[] = {"one.wasm"};
  struct linked l = {{NULL}, NULL, 0};
  weir_error *error = NULL;
  char *before, *after;
  struct world *w = world_open("fused");
  l.components[0] = inspected(w, exporter);
  must(link_parts(&l, names, 1, &error), &error);
  must(weir_component_inspect(w->engine, l.bytes, l.size, &l.components[1], &error), &error);
  must(weir_component_print(l.components[0], &before, NULL), NULL);
  must(weir_component_print(l.components[1], &after, NULL), NULL);
  assert_string_equal(before, after);
  weir_text_free(before);
  weir_text_free(after);
  linked_done(&l);
  world_close(w);
}

/* ---- imports of all parts ---------------------------------------------------------------------------------------- */

#define EXPORTS_F                                                                                                    \
  " (core module $m (func (export \"f\"))) (core instance $m (instantiate $m))"                                      \
  " (func $f (canon lift (core func $m \"f\"))) (instance $f (export \"f\" (func $f))) (export \"a:b/f\" (instance " \
  "$f)))"
#define FRONT_OF_F                                                                                           \
  "(component (import \"x:y/s\" (instance $s (export \"r\" (type (sub resource))) (export \"one\" (func))))" \
  " (import \"a:b/f\" (instance (export \"f\" (func)))))"

static weir_status link_two(struct world *w, struct linked *l, const char *front, const char *back, weir_error **ret) {
  static const char *const names[] = {"front", "back"};
  l->components[0] = inspected(w, front);
  l->components[1] = inspected(w, back);
  return link_parts(l, names, 2, ret);
}

static void the_result_imports_what_any_part_imports(void **state) {
  (void)state;
  static const char back[] =
      "(component (import \"x:y/s\" (instance $s (export \"r\" (type (sub resource))) (export \"two\" (func (param "
      "\"n\" u8)))))"
      " (alias export $s \"r\" (type $r)) (import \"x:y/t\" (instance (alias outer 1 $r (type $r2))"
      "   (export \"r\" (type $r3 (eq $r2))) (export \"take\" (func (param \"r\" (own $r3))))))" EXPORTS_F;
  struct linked l = {{NULL}, NULL, 0};
  weir_error *error = NULL;
  char *text;
  struct world *w = world_open("fused");
  must(link_two(w, &l, FRONT_OF_F, back, &error), &error);
  must(weir_component_inspect(w->engine, l.bytes, l.size, &l.components[2], &error), &error);
  assert_int_equal(weir_component_import_count(l.components[2]), 2);
  must(weir_component_print(l.components[2], &text, NULL), NULL);
  assert_non_null(strstr(text, "one: func();"));
  assert_non_null(strstr(text, "two: func(n: u8);"));
  assert_non_null(strstr(text, "take: func(r: r);"));
  weir_text_free(text);
  linked_done(&l);
  world_close(w);
}

static void imports_that_differ_are_both_told(void **state) {
  (void)state;
  static const char back[] =
      "(component (import \"x:y/s\" (instance (export \"one\" (func (param \"n\" u8)))))" EXPORTS_F;
  struct linked l = {{NULL}, NULL, 0};
  weir_error *error = NULL;
  struct world *w = world_open("fused");
  assert_int_equal(link_two(w, &l, FRONT_OF_F, back, &error), WEIR_ERR_INVALID);
  if (!strstr(weir_error_message(error), "one: func(n: u8)") || !strstr(weir_error_message(error), "one: func();"))
    fail_msg("%s", weir_error_message(error));
  weir_error_free(error);
  linked_done(&l);
  world_close(w);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_result_imports_what_any_part_imports),
    cmocka_unit_test(imports_that_differ_are_both_told),
    cmocka_unit_test(components_are_linked_by_names_and_versions),
    cmocka_unit_test(linked_components_are_fused),
    cmocka_unit_test(the_same_components_give_the_same_bytes),
    cmocka_unit_test(memory_may_run_out),
    cmocka_unit_test(what_cannot_be_linked_says_why),
    cmocka_unit_test(types_that_do_not_fit_are_both_told),
    cmocka_unit_test(functions_and_types_are_linked_by_themselves),
    cmocka_unit_test(a_link_is_stronger_than_names),
    cmocka_unit_test(functions_are_exported_with_their_types),
};
BEHAVIOUR_MAIN(tests)
