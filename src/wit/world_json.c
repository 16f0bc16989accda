/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A component as JSON. Types are graphs that may unfold to a much larger size. So each type stands once, in a table
 * where parts come before wholes, and others name it by its number there; types without parts are their own name. Each
 * text in WIT syntax is bounded, and so is the whole.
 */
#include "wit/world_json.h"

#include "base/json.h"
#include "base/mem.h"
#include "wit/wit.h"

enum { JSON_LIMIT = 64 << 20 };

struct world {
  const struct graph *g;
  struct json j;
  uint32_t *numbers;              /* by type id: the place in the table and one more; 0: not in it */
  const struct weir_type **types; /* the table */
  uint32_t count;
};

static bool is_full(const struct world *w) {
  return w->j.out->size >= JSON_LIMIT || w->j.out->failed;
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

static bool has_own_word(const struct weir_type *t) {
  return t->kind <= TYPE_ERROR_CONTEXT;
}

/* Numbers a type behind its parts. As deep as types nest. */
static void number_type(struct world *w, const struct weir_type *t) {
  if (!t || has_own_word(t) || w->numbers[t->id])
    return;
  number_type(w, t->elem);
  for (uint32_t i = 0; i < t->field_count; i++)
    number_type(w, t->fields[i].type);
  w->types[w->count++] = t;
  w->numbers[t->id] = w->count;
}

static void number_func(struct world *w, const struct func_type *f) {
  for (uint32_t i = 0; i < f->params->field_count; i++)
    number_type(w, f->params->fields[i].type);
  number_type(w, f->result);
}

static void number_externs(struct world *w, const struct weir_extern *items, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    if (items[i].func)
      number_func(w, items[i].func->type);
    number_type(w, items[i].type);
    number_externs(w, items[i].items, items[i].item_count);
  }
}

/* ---- types ------------------------------------------------------------------------------------------------------- */

/* A word, or the number of an entry of the table; null: none. */
static void add_ref(struct world *w, const char *key, const struct weir_type *t) {
  json_key(&w->j, key);
  if (!t)
    json_null(&w->j);
  else if (has_own_word(t))
    json_string(&w->j, str_from(type_kind_name(t->kind)));
  else
    json_number(&w->j, w->numbers[t->id] - 1);
}

static void add_parts(struct world *w, const char *key, const struct weir_type *t) {
  json_key(&w->j, key);
  json_array(&w->j);
  for (uint32_t i = 0; i < t->field_count && !is_full(w); i++) {
    json_object(&w->j);
    json_member_text(&w->j, "name", t->fields[i].label);
    add_ref(w, "type", t->fields[i].type);
    json_object_end(&w->j);
  }
  json_array_end(&w->j);
}

static void add_type(struct world *w, const struct weir_type *t) {
  json_object(&w->j);
  json_member(&w->j, "kind", str_from(type_kind_name(t->kind)));
  json_member_text(&w->j, "name", t->name);
  json_member_text(&w->j, "interface", t->interface_name);
  if (t->field_count)
    add_parts(w, "parts", t);
  if (t->elem || t->kind == TYPE_STREAM || t->kind == TYPE_FUTURE)
    add_ref(w, "element", t->elem);
  if (t->kind == TYPE_FIXED_LIST)
    json_member_number(&w->j, "length", t->length);
  if (t->resource)
    json_member_number(&w->j, "resource", t->resource->index);
  json_object_end(&w->j);
}

static void add_types(struct world *w) {
  json_key(&w->j, "types");
  json_array(&w->j);
  for (uint32_t i = 0; i < w->count && !is_full(w); i++)
    add_type(w, w->types[i]);
  json_array_end(&w->j);
}

static void add_resource_types(struct world *w) {
  json_key(&w->j, "resource_types");
  json_array(&w->j);
  for (uint32_t i = 0; i < w->g->resource_count && !is_full(w); i++) {
    const struct weir_resource_type *r = &w->g->resources[i].decl;
    json_object(&w->j);
    json_member_text(&w->j, "name", r->name);
    json_member_text(&w->j, "interface", r->interface_name);
    json_member_bool(&w->j, "imported", r->imported);
    json_object_end(&w->j);
  }
  json_array_end(&w->j);
}

/* ---- externs ----------------------------------------------------------------------------------------------------- */

/* In WIT syntax, for readers. */
static void add_wit(struct world *w, const struct weir_extern *item) {
  struct text wit;
  text_init(&wit);
  if (item->func)
    wit_func(&wit, item->func->type);
  else if (item->type)
    wit_type(&wit, item->type, true);
  else if (item->func_type)
    wit_func(&wit, item->func_type);
  w->j.out->failed |= wit.failed;
  json_member_text(&w->j, "type", (struct str){wit.data, wit.size});
  text_done(&wit);
}

static void add_func(struct world *w, const struct weir_func *func) {
  static const char *const roles[] = {"free", "constructor", "method", "static"};
  json_member_bool(&w->j, "async", func->type->async);
  json_member_bool(&w->j, "flat", weir_func_is_flat(func));
  json_member(&w->j, "role", str_from(roles[func->role]));
  json_member_text(&w->j, "member", func->member);
  if (func->resource)
    json_member_number(&w->j, "resource", func->resource->index);
  add_parts(w, "params", func->type->params);
  add_ref(w, "result", func->type->result);
}

static void add_externs(struct world *w, const char *key, const struct weir_extern *items, uint32_t count);

static void add_extern(struct world *w, const struct weir_extern *item) {
  json_object(&w->j);
  json_member(&w->j, "name", item->name.name);
  json_member(&w->j, "kind", str_from(weir_extern_kind_name(item->kind)));
  json_member_text(&w->j, "implements", item->name.implements);
  json_member_text(&w->j, "external-id", item->name.external_id);
  add_wit(w, item);
  if (item->func)
    add_func(w, item->func);
  if (item->type)
    add_ref(w, "type_ref", item->type);
  if (item->resource)
    json_member_number(&w->j, "resource", item->resource->index);
  if (item->kind == WEIR_EXTERN_INSTANCE)
    add_externs(w, "items", item->items, item->item_count);
  json_object_end(&w->j);
}

/* Instances nest only as far as the graph's limit, 100. */
static void add_externs(struct world *w, const char *key, const struct weir_extern *items, uint32_t count) {
  json_key(&w->j, key);
  json_array(&w->j);
  for (uint32_t i = 0; i < count && !is_full(w); i++)
    add_extern(w, &items[i]);
  json_array_end(&w->j);
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static void add_modules(struct world *w) {
  const struct graph *g = w->g;
  json_key(&w->j, "core_modules");
  json_array(&w->j);
  for (uint32_t i = 0; i < g->module_count && !is_full(w); i++) {
    json_object(&w->j);
    json_member_text(&w->j, "name", g->modules[i].name);
    json_member_number(&w->j, "size", g->modules[i].bytes.size);
    json_member_number(&w->j, "imports", g->modules[i].import_count);
    json_object_end(&w->j);
  }
  json_array_end(&w->j);
}

static void add_world(struct world *w) {
  const struct graph *g = w->g;
  json_object(&w->j);
  json_member_text(&w->j, "name", g->name);
  add_externs(w, "imports", g->imports, g->import_count);
  add_externs(w, "exports", g->exports, g->export_count);
  add_types(w);
  add_resource_types(w);
  add_modules(w);
  json_member_number(&w->j, "component_instances", g->instance_count);
  json_member_number(&w->j, "core_instances", g->core_instance_count);
  json_member_number(&w->j, "lifted_functions", g->lift_count);
  json_member_number(&w->j, "builtins", g->trampoline_count);
  json_member_number(&w->j, "resources", g->resource_count);
  json_member_number(&w->j, "host_functions", g->host_func_count);
  json_object_end(&w->j);
}

weir_status world_json(struct text *out, const struct graph *g, struct diag *d) {
  uint32_t types = type_table_count(g->types) + 1;
  struct world w = {.g = g, .j = json_begin(out)};
  w.numbers = mem_array(&mem_system, types, sizeof(*w.numbers));
  w.types = mem_array(&mem_system, types, sizeof(*w.types));
  if (w.numbers && w.types) {
    number_externs(&w, g->imports, g->import_count);
    number_externs(&w, g->exports, g->export_count);
    add_world(&w);
  } else {
    out->failed = true;
  }
  mem_free(&mem_system, w.numbers, types * sizeof(*w.numbers));
  mem_free(&mem_system, w.types, types * sizeof(*w.types));
  if (out->failed)
    return diag_nomem(d);
  if (out->size >= JSON_LIMIT)
    return diag_set(d, WEIR_ERR_LIMIT, "the component as JSON has more than %d MiB", JSON_LIMIT >> 20);
  return WEIR_OK;
}
