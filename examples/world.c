/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Asks a component what it is made of, as a binding does: all imports and exports with their types. Then a linker is
 * filled by pattern: whatever the component imports of "wasi:" and "docs:" gets a function that says its name.
 *
 *     example-world examples/guests/wat/shop.wat
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/weir.h"

static void must(weir_status status, weir_error *const *error) {
  if (status == WEIR_OK)
    return;
  fprintf(stderr, "%s: %s\n", weir_status_name(status), error && *error ? weir_error_message(*error) : "no details");
  exit(1);
}

/* ---- types ------------------------------------------------------------------------------------------------------ */

static void print_type(const weir_type *type);

/* `<a, b>` of the parts; where there is no type, `_`. */
static void print_parts(const weir_type *type, size_t first) {
  for (size_t i = first; i < weir_type_part_count(type); i++) {
    printf(i == first ? "<" : ", ");
    print_type(weir_type_part_type(type, i));
  }
  printf(">");
}

/* A type where it is used: by name if it has one. */
static void print_type(const weir_type *type) {
  const weir_type *element = weir_type_element(type);
  if (weir_type_name(type)) {
    printf("%s", weir_type_name(type));
    return;
  }
  printf("%s", type ? weir_type_kind_name(weir_type_kind_of(type)) : "_");
  switch (weir_type_kind_of(type)) {
    case WEIR_TYPE_TUPLE:
    case WEIR_TYPE_RESULT:
      print_parts(type, 0);
      return;
    case WEIR_TYPE_OPTION:
      print_parts(type, 1); /* behind none */
      return;
    case WEIR_TYPE_OWN:
    case WEIR_TYPE_BORROW:
      printf("<%s>", weir_resource_type_name(weir_type_resource(type)));
      return;
    default:
      break;
  }
  if (!element)
    return;
  printf("<");
  print_type(element);
  printf(">");
}

/* A type where it is declared: with its fields, cases or labels. */
static void print_declaration(const weir_type *type) {
  printf("%s\n", weir_type_kind_name(weir_type_kind_of(type)));
  for (size_t i = 0; i < weir_type_part_count(type); i++) {
    printf("      %zu %s: ", i, weir_type_part_name(type, i));
    print_type(weir_type_part_type(type, i));
    printf("\n");
  }
}

/* ---- functions and externs -------------------------------------------------------------------------------------- */

static void print_func(const weir_func *func) {
  static const char *const roles[] = {"func", "constructor", "method", "static"};
  const char *resource = weir_resource_type_name(weir_func_resource(func)), *member = weir_func_member(func);
  printf("%s%s %s%s%s(", weir_func_is_async(func) ? "async " : "", roles[weir_func_role_of(func)],
         resource ? resource : "", resource && *member ? "." : "", member);
  for (size_t i = 0; i < weir_func_param_count(func); i++) {
    printf("%s%s: ", i ? ", " : "", weir_func_param_name(func, i));
    print_type(weir_func_param_type(func, i));
  }
  printf(") -> ");
  print_type(weir_func_result_type(func));
  printf("%s\n", weir_func_is_flat(func) ? "   (flat)" : "");
}

static void print_extern(const weir_extern *item) {
  switch (weir_extern_kind_of(item)) {
    case WEIR_EXTERN_FUNC:
      print_func(weir_extern_func(item));
      return;
    case WEIR_EXTERN_TYPE:
      printf("type %s = ", weir_extern_name(item));
      print_declaration(weir_extern_type(item));
      return;
    default:
      printf("%s %s\n", weir_extern_kind_name(weir_extern_kind_of(item)), weir_extern_name(item));
  }
  for (size_t i = 0; i < weir_extern_count(item); i++) {
    printf("    ");
    print_extern(weir_extern_at(item, i));
  }
}

static void print_world(const weir_component *component) {
  for (size_t i = 0; i < weir_component_import_count(component); i++) {
    printf("import ");
    print_extern(weir_component_import(component, i));
  }
  for (size_t i = 0; i < weir_component_export_count(component); i++) {
    printf("export ");
    print_extern(weir_component_export(component, i));
  }
}

/* ---- a linker by pattern ---------------------------------------------------------------------------------------- */

struct pattern {
  const char *beginning; /* of the names of interfaces */
  weir_linker *linker;
  int funcs, resources;
};

/* `data` is the import that the function stands for; it lives as long as the component. */
static void say_name(void *data, weir_host_call *call, weir_value *args, size_t count) {
  const weir_func *func = data;
  char message[200];
  (void)args, (void)count;
  snprintf(message, sizeof(message), "nobody has written %s of %s", weir_func_name(func), weir_func_interface(func));
  weir_host_call_fail(call, message);
}

static void define(struct pattern *p, const weir_extern *item) {
  weir_error *error = NULL;
  const char *in = weir_extern_interface(item);
  if (weir_extern_func(item)) {
    must(weir_linker_define_func(p->linker, in, weir_extern_name(item), NULL, say_name, (void *)weir_extern_func(item),
                                 NULL, &error),
         &error);
    p->funcs++;
  } else if (weir_extern_resource(item)) {
    must(weir_linker_define_resource(p->linker, in, weir_extern_name(item), NULL, NULL, NULL, &error), &error);
    p->resources++;
  }
}

static void define_all(struct pattern *p, const weir_component *component) {
  for (size_t i = 0; i < weir_component_import_count(component); i++) {
    const weir_extern *instance = weir_component_import(component, i);
    if (strncmp(weir_extern_name(instance), p->beginning, strlen(p->beginning)) != 0)
      continue;
    for (size_t k = 0; k < weir_extern_count(instance); k++)
      define(p, weir_extern_at(instance, k));
  }
  printf("%s*: %d functions and %d resources\n", p->beginning, p->funcs, p->resources);
}

/* ---- the program ------------------------------------------------------------------------------------------------ */

static size_t read_file(const char *path, char *buffer, size_t size) {
  FILE *file = fopen(path, "rb");
  size_t n = file ? fread(buffer, 1, size, file) : 0;
  if (!file || n == size)
    must(WEIR_ERR_IO, NULL);
  fclose(file);
  return n;
}

int main(int argc, char **argv) {
  static char bytes[1 << 20];
  weir_engine *engine = NULL;
  weir_component *component = NULL;
  weir_error *error = NULL;
  struct pattern wasi = {.beginning = "wasi:"}, docs = {.beginning = "docs:"};
  if (argc != 2) {
    fprintf(stderr, "usage: example-world COMPONENT\n");
    return 2;
  }
  size_t size = read_file(argv[1], bytes, sizeof(bytes));
  must(weir_engine_new(NULL, &engine, &error), &error);
  must(weir_component_inspect(engine, bytes, size, &component, &error), &error); /* to look at: nothing is compiled */
  print_world(component);

  must(weir_linker_new(engine, &wasi.linker, &error), &error);
  docs.linker = wasi.linker;
  define_all(&wasi, component);
  define_all(&docs, component);
  must(weir_linker_check(wasi.linker, component, &error), &error);
  printf("every import has a definition\n");
  weir_linker_free(wasi.linker);
  weir_component_free(component);
  weir_engine_free(engine);
  return 0;
}
