/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The merger on what there is: the guests of the examples and of the behaviour tests, our own scripts, and the
 * specification's where they are. Each core module is written as it was read; the core instances of each component, as
 * it is linked, become one module, which imports what the runtime gives them. The validator takes what is written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <ftw.h>

#include "base/mem.h"
#include "cli/wast/form.h"
#include "component/graph.h"
#include "engine/eng.h"
#include "fuse/merge.h"
#include "wasm/sections_read.h"
#include "wasm/sections_write.h"

enum { EVERY_FEATURE = (1 << 12) - 1 };

static struct { uint32_t files, modules, components, instances, deferred; } seen;

static const char *current; /* the file, for messages */

static void require_valid(struct str module, const char *what) {
  struct diag d;
  diag_init(&d);
  if (eng_validate((const uint8_t *)module.data, module.size, EVERY_FEATURE, &d) != WEIR_OK)
    fail_msg("%s: %s: %s", current, what, diag_message(&d));
  diag_done(&d);
}

/* ---- modules --------------------------------------------------------------------------------------------------- */

static void compare(const struct wasm_sections *a, const struct wasm_sections *b) {
  assert_memory_equal(a->count, b->count, sizeof(a->count));
  assert_memory_equal(a->imported, b->imported, sizeof(a->imported));
  assert_int_equal(a->customs.count, b->customs.count);
  assert_int_equal(a->export_count, b->export_count);
  assert_true(a->has_start == b->has_start && a->start == b->start);
  for (uint32_t i = 0; i < a->export_count; i++)
    assert_true(str_eq(a->exports[i].name, b->exports[i].name) && a->exports[i].index == b->exports[i].index);
  for (uint32_t i = a->imported[SPACE_FUNC]; i < a->count[SPACE_FUNC]; i++) {
    struct wasm_span x = a->bodies[i - a->imported[SPACE_FUNC]], y = b->bodies[i - a->imported[SPACE_FUNC]];
    assert_int_equal(x.size, y.size);
    assert_memory_equal(a->data + x.at, b->data + y.at, x.size);
    assert_int_equal(a->funcs[i], b->funcs[i]);
  }
}

static void check_module(struct str module) {
  struct arena arena;
  struct wasm_sections s, again;
  struct text out;
  struct diag d;
  diag_init(&d);
  arena_init(&arena, &mem_system);
  text_init(&out);
  if (sections_read(&arena, (const uint8_t *)module.data, module.size, &s, &d) != WEIR_OK ||
      sections_write(&s, &out, &d) != WEIR_OK ||
      sections_read(&arena, (const uint8_t *)out.data, out.size, &again, &d) != WEIR_OK)
    fail_msg("%s: %s", current, diag_message(&d));
  compare(&s, &again);
  require_valid((struct str){out.data, out.size}, "a module that was written as it was read");
  seen.modules++;
  text_done(&out);
  arena_done(&arena);
  diag_done(&d);
}

/* ---- components ------------------------------------------------------------------------------------------------ */

/* What the runtime makes is imported by its number. */
static struct merge_source source_of(struct arena *arena, const struct core_ref *ref, struct merge_outside *outsides) {
  if (ref->kind == CORE_REF_EXPORT)
    return (struct merge_source){.instance = ref->index, .name = ref->name};
  outsides[ref->index].module = STR("runtime");
  outsides[ref->index].name = arena_printf(arena, "%u", (unsigned)ref->index);
  return (struct merge_source){.instance = MERGE_OUTSIDE, .outside = ref->index};
}

static void plan_make(struct arena *arena, const struct graph *g, struct merge_plan *ret) {
  struct merge_module *modules = ARENA_ARRAY(arena, struct merge_module, g->module_count);
  struct merge_instance *instances = ARENA_ARRAY(arena, struct merge_instance, g->core_instance_count);
  struct merge_outside *outsides = ARENA_ARRAY(arena, struct merge_outside, g->trampoline_count);
  for (uint32_t i = 0; i < g->module_count; i++)
    modules[i] = (struct merge_module){(const uint8_t *)g->modules[i].bytes.data, g->modules[i].bytes.size};
  for (uint32_t n = 0; n < g->core_instance_count; n++) {
    const struct graph_core_instance *from = &g->core_instances[n];
    struct merge_source *sources = ARENA_ARRAY(arena, struct merge_source, from->import_count);
    for (uint32_t i = 0; i < from->import_count; i++)
      sources[i] = source_of(arena, &from->imports[i], outsides);
    instances[n] =
        (struct merge_instance){from->module, sources, from->import_count, arena_printf(arena, "%u/", (unsigned)n)};
  }
  *ret = (struct merge_plan){.modules = modules,
                             .module_count = g->module_count,
                             .instances = instances,
                             .instance_count = g->core_instance_count,
                             .outsides = outsides,
                             .outside_count = g->trampoline_count,
                             .start_export = STR("init")};
}

static void merge_graph(struct arena *arena, const struct graph *g) {
  struct merge_plan plan;
  struct merge_stats stats;
  struct text out;
  struct diag d;
  diag_init(&d);
  text_init(&out);
  plan_make(arena, g, &plan);
  weir_status status = merge_modules(&mem_system, &plan, &out, &stats, &d);
  if (status == WEIR_OK) {
    require_valid((struct str){out.data, out.size}, "a merged module");
    seen.components++;
    seen.instances += g->core_instance_count;
    seen.deferred += stats.deferred;
  } else if (status != WEIR_ERR_LIMIT) {
    fail_msg("%s: %s", current, diag_message(&d));
  }
  text_done(&out);
  diag_done(&d);
}

/* A module that the host gives has no bytes to merge. */
static bool has_all_modules(const struct graph *g) {
  for (uint32_t i = 0; i < g->module_count; i++)
    if (g->modules[i].imported)
      return false;
  return true;
}

static void check_component(struct str component) {
  struct arena arena;
  const struct ast_component *ast;
  struct graph *g;
  if (eng_validate((const uint8_t *)component.data, component.size, EVERY_FEATURE, NULL) != WEIR_OK)
    return;
  arena_init(&arena, &mem_system);
  if (ast_decode(&arena, (const uint8_t *)component.data, component.size, &ast, NULL) == WEIR_OK &&
      graph_link(&arena, ast, &g, NULL) == WEIR_OK && has_all_modules(g)) {
    for (uint32_t i = 0; i < g->module_count; i++)
      check_module(g->modules[i].bytes);
    merge_graph(&arena, g);
  }
  arena_done(&arena);
}

static void check_bytes(const char *code, size_t size) {
  uint8_t *bytes;
  size_t length;
  struct diag d;
  diag_init(&d);
  if (eng_text_to_binary((const uint8_t *)code, size, &bytes, &length, &d) == WEIR_OK) {
    struct str binary = {(const char *)bytes, length};
    if (ast_layer(bytes, length) == AST_LAYER_COMPONENT)
      check_component(binary);
    else if (eng_validate(bytes, length, EVERY_FEATURE, NULL) == WEIR_OK)
      check_module(binary);
    eng_bytes_free(bytes, length);
  }
  diag_done(&d);
}

/* ---- files ----------------------------------------------------------------------------------------------------- */

static void check_script(struct str source) {
  struct arena arena;
  const struct sexp *form;
  arena_init(&arena, &mem_system);
  assert_int_equal(wast_read(&arena, source, &form, NULL), WEIR_OK);
  for (; form; form = form->next) {
    struct wast_form code;
    if (!str_eq(sexp_head(form), STR("component")) && !str_eq(sexp_head(form), STR("module")))
      continue;
    if (wast_form_read(form, source, &code, NULL) != WEIR_OK)
      continue;
    if (!code.is_instance)
      check_bytes(code.code, code.code_size);
    wast_form_done(&code);
  }
  arena_done(&arena);
}

static void check_file(const char *path) {
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  fseek(file, 0, SEEK_END);
  size_t size = (size_t)ftell(file);
  rewind(file);
  char *data = malloc(size + 1);
  assert_non_null(data);
  assert_int_equal(fread(data, 1, size, file), size);
  fclose(file);
  current = path;
  seen.files++;
  if (strcmp(strrchr(path, '.'), ".wast") == 0)
    check_script((struct str){data, size});
  else
    check_bytes(data, size);
  free(data);
}

static int visit(const char *path, const struct stat *info, int type, struct FTW *place) {
  (void)info;
  (void)place;
  const char *dot = strrchr(path, '.');
  if (type == FTW_F && dot && (strcmp(dot, ".wasm") == 0 || strcmp(dot, ".wat") == 0 || strcmp(dot, ".wast") == 0))
    check_file(path);
  return 0;
}

static void check_folder(const char *path) {
  nftw(path, visit, 8, FTW_PHYS);
}

static void guests_are_merged(void **state) {
  (void)state;
  check_folder(WEIR_SOURCE_DIR "/examples/guests");
  check_folder(WEIR_SOURCE_DIR "/tests/behaviour/guests");
  check_folder(WEIR_SOURCE_DIR "/tests/spec/own");
  assert_true(seen.files > 20 && seen.components > 20);
}

static void components_of_the_specification_are_merged(void **state) {
  (void)state;
  const char *folder = getenv("WEIR_SPEC_TESTS");
  check_folder(folder ? folder : WEIR_SOURCE_DIR "/../shared/spec/component-model/test");
  print_message("%u files: %u modules; %u components of %u core instances merged, %u segments deferred\n", seen.files,
                seen.modules, seen.components, seen.instances, seen.deferred);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(guests_are_merged),
      cmocka_unit_test(components_of_the_specification_are_merged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
