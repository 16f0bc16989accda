/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A walk over all that weir/type.h, weir/func.h and weir/extern.h tell of a component, as a binding does it. Whatever
 * was linked, each answer fits the others. The work is bounded by what there is: types are graphs, so each is visited
 * once. What is linked without validation may have a zero byte in a name, so sizes come from inside.
 */
#ifndef TESTS_FUZZ_WORLD_WALK_H
#define TESTS_FUZZ_WORLD_WALK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "component/graph.h"
#include "wit/world_json.h"

struct walk {
  const struct graph *graph;
  bool *seen; /* types, by id */
  uint32_t externs;
};

enum { WALK_TEXT_LIMIT = 3 << 20, WALK_JSON_LIMIT = 66 << 20 };

static inline void walk_must(bool condition, const char *what) {
  if (condition)
    return;
  fprintf(stderr, "property broken: %s\n", what);
  abort();
}

static inline void walk_text(char *text, size_t size) {
  walk_must(text && text[size] == '\0' && size <= WALK_TEXT_LIMIT, "texts are terminated and bounded");
  weir_text_free(text);
}

static inline void walk_type(struct walk *w, const weir_type *t);

static inline void walk_parts(struct walk *w, const weir_type *t, bool names, bool types) {
  size_t count = weir_type_part_count(t);
  for (size_t i = 0; i < count; i++) {
    const char *name = weir_type_part_name(t, i);
    walk_must(names || !name, "parts without names have none");
    walk_must(!types || weir_type_part_type(t, i), "fields and elements have types");
    walk_must(!name || weir_type_find_part(t, name, t->fields[i].label.size) <= i, "a part is found by its name");
    walk_type(w, weir_type_part_type(t, i));
  }
  walk_must(!weir_type_part_name(t, count) && !weir_type_part_type(t, count), "there are no parts beyond the last");
}

static inline void walk_kind(struct walk *w, const weir_type *t) {
  weir_type_kind kind = weir_type_kind_of(t);
  bool handle = kind == WEIR_TYPE_OWN || kind == WEIR_TYPE_BORROW;
  bool list = kind == WEIR_TYPE_LIST || kind == WEIR_TYPE_FIXED_LIST || kind == WEIR_TYPE_MAP;
  bool channel = kind == WEIR_TYPE_STREAM || kind == WEIR_TYPE_FUTURE;
  walk_must(kind >= WEIR_TYPE_BOOL && kind <= WEIR_TYPE_FUTURE, "a type has a kind");
  walk_must(handle == !!weir_type_resource(t), "handles have resources, and nothing else");
  walk_must(list ? !!weir_type_element(t) : channel || !weir_type_element(t), "lists have elements");
  walk_must((kind == WEIR_TYPE_FIXED_LIST) == (weir_type_length(t) > 0), "fixed lists have a length");
  walk_must(weir_type_packed_size(t) <= 8 && (weir_type_packed_size(t) == 0 || !weir_type_has_handle(t)),
            "numbers are small");
  walk_must((weir_type_part_count(t) > 0) <= (kind >= WEIR_TYPE_RECORD && kind <= WEIR_TYPE_FLAGS),
            "only aggregates have parts");
  walk_parts(w, t, kind != WEIR_TYPE_TUPLE, kind == WEIR_TYPE_RECORD || kind == WEIR_TYPE_TUPLE);
  walk_type(w, weir_type_element(t));
}

static inline void walk_type(struct walk *w, const weir_type *t) {
  char *text = NULL;
  size_t size = 0;
  if (!t || w->seen[t->id])
    return;
  w->seen[t->id] = true;
  walk_kind(w, t);
  walk_must(weir_type_equal(t, t), "a type is equal to itself");
  walk_must(weir_type_print(t, &text, &size) == WEIR_OK, "types are printed");
  walk_text(text, size);
}

static inline void walk_func(struct walk *w, const weir_func *f, const weir_extern *item, bool imported) {
  char *text = NULL;
  size_t size = 0;
  const char *name = weir_func_name(f), *member = weir_func_member(f);
  walk_must(strcmp(name, weir_extern_name(item)) == 0, "a function has the name of its extern");
  walk_must(weir_func_interface(f) == weir_extern_interface(item), "and its place");
  walk_must(weir_func_is_imported(f) == imported, "imports are known as such");
  walk_must((weir_func_role_of(f) == WEIR_FUNC_FREE) == !weir_func_resource(f), "members have a resource");
  walk_must(f->member.size <= f->name.size && member == name + f->name.size - f->member.size,
            "a member is the end of its name");
  for (size_t i = 0; i < weir_func_param_count(f); i++) {
    walk_must(weir_func_param_type(f, i), "parameters have types");
    walk_must(!weir_func_is_flat(f) || !weir_type_has_handle(weir_func_param_type(f, i)),
              "flat functions take scalars");
    walk_type(w, weir_func_param_type(f, i));
  }
  walk_type(w, weir_func_result_type(f));
  walk_must(weir_func_print(f, &text, &size) == WEIR_OK, "functions are printed");
  walk_text(text, size);
}

static inline void walk_extern(struct walk *w, const weir_extern *item, bool imported) {
  w->externs++;
  weir_extern_kind kind = weir_extern_kind_of(item);
  walk_must(kind >= WEIR_EXTERN_FUNC && kind <= WEIR_EXTERN_MODULE, "an extern has a kind");
  walk_must((kind == WEIR_EXTERN_FUNC) == !!weir_extern_func(item), "functions are functions");
  walk_must((kind == WEIR_EXTERN_RESOURCE) == !!weir_extern_resource(item), "resources are resources");
  walk_must(kind == WEIR_EXTERN_TYPE || !weir_extern_type(item), "types are types");
  walk_must(kind == WEIR_EXTERN_INSTANCE || weir_extern_count(item) == 0, "instances have externs, and nothing else");
  if (weir_extern_func(item))
    walk_func(w, weir_extern_func(item), item, imported);
  walk_type(w, weir_extern_type(item));
  for (size_t i = 0; i < weir_extern_count(item); i++)
    walk_extern(w, weir_extern_at(item, i), imported);
  walk_must(!weir_extern_at(item, weir_extern_count(item)), "there are no externs beyond the last");
}

static inline void walk_json(const struct graph *g) {
  struct diag d;
  struct text out;
  diag_init(&d);
  text_init(&out);
  weir_status status = world_json(&out, g, &d);
  walk_must(status == WEIR_OK || status == WEIR_ERR_LIMIT, "a component is told as JSON");
  walk_must(out.size <= WALK_JSON_LIMIT, "JSON is bounded");
  walk_must(status != WEIR_OK || (out.data[0] == '{' && out.data[out.size - 1] == '}'), "JSON is an object");
  text_done(&out);
  diag_done(&d);
}

static inline void world_walk(const struct graph *g) {
  struct walk w = {.graph = g, .seen = calloc(type_table_count(g->types) + 1, sizeof(bool))};
  walk_must(w.seen, "there is memory");
  for (uint32_t i = 0; i < g->import_count; i++)
    walk_extern(&w, &g->imports[i], true);
  for (uint32_t i = 0; i < g->export_count; i++)
    walk_extern(&w, &g->exports[i], false);
  for (uint32_t i = 0; i < g->host_func_count; i++)
    walk_must(g->host_funcs[i].graph == g && g->host_funcs[i].name.data, "each host function is an import");
  free(w.seen);
  walk_json(g);
}

#endif
