/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * An import of the result that serves imports of several parts (plug_import.h). Its instance type has the items of all
 * of them, each once, by name: first those of the first part. Whether an item of one part fits the same item of another
 * is for the validator to say, when it looks at what the parts are given.
 */
#include "component/version.h"
#include "fuse/plug_import.h"
#include "wasm/put.h"

enum { DECL_ALIAS = 2, DECL_EXPORT = 4, FORM_INSTANCE = 0x42 };
enum { TARGET_OUTER = 2, BOUND_EQ = 0, BOUND_SUB_RESOURCE = 1 };

struct declared {
  const struct weir_extern *item;
  uint32_t index; /* a type's, in the instance type */
};

/* An instance type in the making. */
struct body {
  struct writing *w;
  struct text out;
  uint32_t decls, types;
  VEC(struct declared) items;
};

/* The names of one part's types in it. */
struct scope {
  struct body *body;
  struct plug_part *part;
  uint32_t import;
  struct plug_types types;
};

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* As Binary.md, nameattributes. */
static void put_extern_name(struct text *out, struct str name, const struct ast_name *like) {
  enum { PLAIN = 0, WITH_ATTRIBUTES = 2 };
  const struct str attributes[] = {like->implements, like->version_suffix, like->external_id};
  uint32_t count = 0;
  for (uint8_t i = 0; i < 3; i++)
    count += attributes[i].size > 0;
  put_byte(out, count > 0 ? WITH_ATTRIBUTES : PLAIN);
  put_name(out, name);
  if (count > 0)
    put_u32(out, count);
  for (uint8_t i = 0; i < 3; i++) {
    if (attributes[i].size == 0)
      continue;
    put_byte(out, i);
    put_name(out, attributes[i]);
  }
}

/* A type from outside of the instance type. */
static weir_status name_outer(void *data, const struct weir_type *type, const struct weir_resource_type *resource,
                              uint32_t *ret) {
  struct scope *s = data;
  uint32_t outer;
  WEIR_TRY(s->part->types.name(s->part, type, resource, &outer));
  put_byte(&s->body->out, DECL_ALIAS);
  put_byte(&s->body->out, AST_SORT_TYPE);
  put_byte(&s->body->out, TARGET_OUTER);
  put_u32(&s->body->out, 1);
  put_u32(&s->body->out, outer);
  s->body->decls++;
  *ret = s->body->types++;
  return WEIR_OK;
}

/* ---- what an item is --------------------------------------------------------------------------------------------- */

static weir_status put_bound(struct plug_types *types, const struct weir_extern *item, bool fresh, struct text *desc) {
  uint32_t index = 0;
  if (item->kind == WEIR_EXTERN_TYPE && item->type)
    WEIR_TRY(plug_types_structure(types, item->type, &index));
  else if (item->kind == WEIR_EXTERN_TYPE)
    WEIR_TRY(plug_types_put(types, item->func_type, &index));
  else if (!fresh && types->resources[item->resource->index] == GRAPH_NONE)
    WEIR_TRY(types->name(types->data, NULL, item->resource, &types->resources[item->resource->index]));
  if (item->kind == WEIR_EXTERN_RESOURCE)
    index = types->resources[item->resource->index];
  put_byte(desc, AST_SORT_TYPE);
  put_byte(desc, fresh ? BOUND_SUB_RESOURCE : BOUND_EQ);
  if (!fresh)
    put_u32(desc, index);
  return WEIR_OK;
}

/* An externdesc of a function or type; what it names is put before. `fresh`: a resource of its own. */
static weir_status put_desc(struct plug_part *part, struct plug_types *types, const struct weir_extern *item,
                            bool fresh, struct text *desc) {
  uint32_t index;
  bool is_type = item->kind == WEIR_EXTERN_TYPE && (item->type || item->func_type);
  if (is_type || item->kind == WEIR_EXTERN_RESOURCE)
    return put_bound(types, item, fresh, desc);
  if (item->kind != WEIR_EXTERN_FUNC)
    return diag_set(part->w->d, WEIR_ERR_UNSUPPORTED,
                    STR_FMT " imports `" STR_FMT "`, which is neither an interface nor a function nor a type in one",
                    STR_ARG(part->w->p->inputs[part->input].name), STR_ARG(item->name.name));
  WEIR_TRY(plug_types_put(types, item->func->type, &index));
  put_byte(desc, AST_SORT_FUNC);
  put_u32(desc, index);
  return WEIR_OK;
}

static bool is_fresh(const struct plug_part *part, const struct weir_extern *item) {
  return item->kind == WEIR_EXTERN_RESOURCE && part->resources[item->resource->index].item == item;
}

/* ---- instance types ---------------------------------------------------------------------------------------------- */

static const struct declared *find_declared(const struct body *b, struct str name) {
  for (uint32_t i = 0; i < b->items.count; i++)
    if (str_eq(b->items.data[i].item->name.name, name))
      return &b->items.data[i];
  return NULL;
}

static weir_status put_item(struct scope *s, const struct weir_extern *item) {
  struct body *b = s->body;
  struct text desc = {0};
  struct declared declared = {item, GRAPH_NONE};
  weir_status status = put_desc(s->part, &s->types, item, is_fresh(s->part, item), &desc);
  if (status == WEIR_OK) {
    put_byte(&b->out, DECL_EXPORT);
    put_extern_name(&b->out, item->name.name, &item->name);
    text_add(&b->out, (struct str){desc.data, desc.size});
    b->out.failed |= desc.failed;
    b->decls++;
    if (plug_sort(item) == AST_SORT_TYPE)
      declared.index = b->types++;
    plug_types_name(&s->types, item, declared.index);
    status = ARENA_PUSH(b->w->p->arena, &b->items, declared) ? WEIR_OK : diag_nomem(b->w->d);
  }
  text_done(&desc);
  return status;
}

static weir_status put_items(struct scope *s) {
  const struct plug_input *input = &s->body->w->p->inputs[s->part->input];
  const struct weir_extern *instance = &input->graph->imports[s->import];
  for (uint32_t i = 0; i < instance->item_count; i++) {
    const struct weir_extern *item = &instance->items[i];
    const struct declared *known = find_declared(s->body, item->name.name);
    if (known && known->item->kind != item->kind)
      return diag_set(s->body->w->d, WEIR_ERR_INVALID,
                      STR_FMT " imports `" STR_FMT "` with another `" STR_FMT "` than a component in front of it",
                      STR_ARG(input->name), STR_ARG(instance->name.name), STR_ARG(item->name.name));
    if (known)
      plug_types_name(&s->types, item, known->index);
    else
      WEIR_TRY(put_item(s, item));
  }
  return WEIR_OK;
}

static weir_status put_member(struct body *b, uint32_t input, uint32_t import) {
  struct plug *p = b->w->p;
  struct scope s = {.body = b, .part = &b->w->parts[input], .import = import};
  WEIR_TRY(plug_types_init(&s.types, p->arena, p->inputs[input].graph, &b->out, &b->types, p->d));
  s.types.declared = &b->decls;
  s.types.name = name_outer;
  s.types.data = &s;
  return put_items(&s);
}

static weir_status put_members(struct body *b, uint32_t leader_input, uint32_t leader_import) {
  struct writing *w = b->w;
  for (uint32_t i = leader_input; i < w->p->count; i++)
    for (uint32_t k = 0; k < w->p->inputs[i].graph->import_count; k++)
      if (plug_is_led(&w->parts[i].places[k], leader_input, leader_import))
        WEIR_TRY(put_member(b, i, k));
  return WEIR_OK;
}

static weir_status put_instance_type(struct writing *w, uint32_t input, uint32_t import, struct text *desc) {
  struct body b = {.w = w};
  struct text section = {0};
  weir_status status = put_members(&b, input, import);
  if (status == WEIR_OK) {
    put_u32(&section, 1);
    put_byte(&section, FORM_INSTANCE);
    put_u32(&section, b.decls);
    text_add(&section, (struct str){b.out.data, b.out.size});
    w->out->failed |= b.out.failed;
    part_put(w->out, PART_TYPE, &section);
    put_byte(desc, AST_SORT_INSTANCE);
    put_u32(desc, w->type_count++);
  }
  text_done(&section);
  text_done(&b.out);
  return status;
}

/* ---- the import -------------------------------------------------------------------------------------------------- */

/* The highest version of those that share the import: it has what all of them have. */
static struct str highest_name(const struct writing *w, uint32_t input, uint32_t import) {
  struct str best = w->p->inputs[input].graph->imports[import].name.name;
  for (uint32_t i = input; i < w->p->count; i++) {
    const struct graph *g = w->p->inputs[i].graph;
    for (uint32_t k = 0; k < g->import_count; k++)
      if (plug_is_led(&w->parts[i].places[k], input, import) &&
          version_compare(version_split(g->imports[k].name.name).version, version_split(best).version) > 0)
        best = g->imports[k].name.name;
  }
  return best;
}

weir_status plug_put_union(struct writing *w, uint32_t input, uint32_t import, uint32_t *ret) {
  const struct weir_extern *item = &w->p->inputs[input].graph->imports[import];
  struct plug_part *part = &w->parts[input];
  struct text desc = {0}, body = {0};
  weir_status status = item->kind == WEIR_EXTERN_INSTANCE
                           ? put_instance_type(w, input, import, &desc)
                           : put_desc(part, &part->types, item, is_fresh(part, item), &desc);
  if (status == WEIR_OK) {
    put_u32(&body, 1);
    put_extern_name(&body, highest_name(w, input, import), &item->name);
    text_add(&body, (struct str){desc.data, desc.size});
    w->out->failed |= desc.failed | body.failed;
    part_put(w->out, PART_IMPORT, &body);
    *ret = plug_count(w, plug_sort(item));
  }
  text_done(&desc);
  text_done(&body);
  return status;
}
