/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Writes a component around all of them, in which they stand beside each other, as instances that call each other must.
 * First come the imports of the first component, with the types and aliases that these need, definition by definition.
 * Where another component exports what is imported, there stands an alias of that export instead, which has the same
 * place among its kind. In front of the first alias of a component stand the component and an instance of it, which
 * shifts all later instances: their indices are written anew. Then come the first component itself, its instance, and
 * its exports.
 *
 * In order: places; the others' instances; imports; aliases; sections; the first component and its exports.
 */
#include "fuse/plug.h"

#include "component/decode_parts.h"
#include "component/decode_reader.h"
#include "component/version.h"
#include "fuse/plug_type.h"
#include "wasm/put.h"

enum { PREAMBLE = 8, PLAIN_NAME = 0, NO_TYPE = 0, HAS_TYPE = 1 };
enum part {
  PART_CUSTOM = 0,
  PART_CORE_MODULE = 1,
  PART_CORE_TYPE = 3,
  PART_COMPONENT = 4,
  PART_INSTANCE = 5,
  PART_ALIAS = 6,
  PART_TYPE = 7,
  PART_IMPORT = 10,
  PART_EXPORT = 11
};
enum { ALIAS_EXPORT = 0, ALIAS_CORE_EXPORT = 1, ALIAS_OUTER = 2, INSTANTIATE = 0 };

/* What the result has for an import of the first component. */
struct given {
  enum ast_sort sort;
  uint32_t index;
  struct str name;
  bool kept; /* it stayed an import */
};

enum making { NOT_MADE, IN_WORK, MADE };

struct writing {
  struct plug *p;
  struct text *out;
  struct diag *d;
  VEC(uint32_t) places;                  /* of instances: the first component's indices -> those of the result */
  uint32_t instances, components, funcs; /* of the result, so far */
  uint32_t type_count;                   /* the same */
  struct plug_types types;               /* of the result; those with names are the first component\'s */
  VEC(struct given) given;               /* by import of the first component */
  enum making *states;                   /* by input */
  uint32_t *made;                        /* the instance of an input */
};

/* ---- places ------------------------------------------------------------------------------------------------------ */

/* The index of a new definition that the first component has too. */
static weir_status add_place(struct writing *w, enum ast_sort sort, uint32_t *ret) {
  switch (sort) {
    case AST_SORT_INSTANCE:
      *ret = w->instances++;
      return ARENA_PUSH(w->p->arena, &w->places, *ret) ? WEIR_OK : diag_nomem(w->d);
    case AST_SORT_FUNC:
      *ret = w->funcs++;
      return WEIR_OK;
    case AST_SORT_TYPE:
      *ret = w->type_count++;
      return WEIR_OK;
    default:
      return diag_set(w->d, WEIR_ERR_UNSUPPORTED, STR_FMT " imports a core module or a component",
                      STR_ARG(w->p->inputs[0].name));
  }
}

static void put_part(struct text *out, uint8_t id, struct text *body) {
  put_byte(out, id);
  put_sized(out, body);
}

static void put_sort(struct text *out, enum ast_sort sort) {
  if (sort & AST_SORT_CORE)
    put_byte(out, 0);
  put_byte(out, (uint8_t)sort);
}

static void put_alias(struct writing *w, enum ast_sort sort, uint32_t instance, struct str name) {
  struct text body = {0};
  put_u32(&body, 1);
  put_sort(&body, sort);
  put_byte(&body, ALIAS_EXPORT);
  put_u32(&body, instance);
  put_name(&body, name);
  put_part(w->out, PART_ALIAS, &body);
  text_done(&body);
}

/* ---- the others' instances --------------------------------------------------------------------------------------- */

static weir_status make_instance(struct writing *w, uint32_t input);

/* An import of the first component that serves one of another. */
static weir_status find_kept(const struct writing *w, uint32_t input, const struct weir_extern *import,
                             enum ast_sort sort, uint32_t *ret) {
  const struct given *best = NULL;
  for (uint32_t i = 0; i < w->given.count; i++) {
    const struct given *given = &w->given.data[i];
    if (given->kept && given->sort == sort &&
        version_better(import->name.name, given->name, best ? best->name : STR("")))
      best = given;
  }
  if (!best)
    return diag_set(w->d, WEIR_ERR_LINK,
                    STR_FMT " imports `" STR_FMT "`, which no component exports, and " STR_FMT
                            " does not import it before it needs " STR_FMT,
                    STR_ARG(w->p->inputs[input].name), STR_ARG(import->name.name), STR_ARG(w->p->inputs[0].name),
                    STR_ARG(w->p->inputs[input].name));
  *ret = best->index;
  return WEIR_OK;
}

/* What an import of another component is given, with its name in front. */
static weir_status put_argument(struct writing *w, uint32_t input, uint32_t import, struct text *args) {
  const struct weir_extern *item = &w->p->inputs[input].graph->imports[import];
  const struct plug_wire *wire = &w->p->wires[input][import];
  enum ast_sort sort = item->kind == WEIR_EXTERN_FUNC ? AST_SORT_FUNC : AST_SORT_INSTANCE;
  uint32_t index;
  if (item->kind != WEIR_EXTERN_FUNC && item->kind != WEIR_EXTERN_INSTANCE)
    return diag_set(w->d, WEIR_ERR_UNSUPPORTED,
                    STR_FMT " imports `" STR_FMT "`, which is neither interface nor function",
                    STR_ARG(w->p->inputs[input].name), STR_ARG(item->name.name));
  if (wire->provider == GRAPH_NONE) {
    WEIR_TRY(find_kept(w, input, item, sort, &index));
  } else {
    WEIR_TRY(make_instance(w, wire->provider));
    index = sort == AST_SORT_FUNC ? w->funcs++ : w->instances++;
    put_alias(w, sort, w->made[wire->provider], wire->export->name.name);
  }
  put_name(args, item->name.name);
  put_sort(args, sort);
  put_u32(args, index);
  return WEIR_OK;
}

/* The component, and an instance of it. */
static void put_instance_of(struct writing *w, uint32_t input, const struct text *args, uint32_t count) {
  struct str bytes = w->p->inputs[input].bytes;
  struct text body = {0};
  put_byte(w->out, PART_COMPONENT);
  put_u32(w->out, (uint32_t)bytes.size);
  text_add(w->out, bytes);
  put_u32(&body, 1);
  put_byte(&body, INSTANTIATE);
  put_u32(&body, w->components++);
  put_u32(&body, count);
  text_add(&body, (struct str){args->data, args->size});
  put_part(w->out, PART_INSTANCE, &body);
  text_done(&body);
  w->made[input] = w->instances++;
  w->states[input] = MADE;
  w->out->failed |= args->failed;
}

static weir_status make_instance(struct writing *w, uint32_t input) {
  const struct graph *g = w->p->inputs[input].graph;
  struct text args = {0};
  if (w->states[input] == MADE)
    return WEIR_OK;
  if (w->states[input] == IN_WORK)
    return diag_set(w->d, WEIR_ERR_LINK, STR_FMT " needs itself, by way of other components",
                    STR_ARG(w->p->inputs[input].name));
  w->states[input] = IN_WORK;
  weir_status status = WEIR_OK;
  for (uint32_t i = 0; i < g->import_count && status == WEIR_OK; i++)
    status = put_argument(w, input, i, &args);
  if (status == WEIR_OK)
    put_instance_of(w, input, &args, g->import_count);
  text_done(&args);
  return status;
}

/* ---- imports ----------------------------------------------------------------------------------------------------- */

static void put_import_as_it_is(struct writing *w, struct str bytes) {
  struct text body = {0};
  put_u32(&body, 1);
  text_add(&body, bytes);
  put_part(w->out, PART_IMPORT, &body);
  text_done(&body);
}

static weir_status put_import(struct writing *w, struct cursor *c) {
  struct ast_name name;
  struct ast_extern_type type;
  size_t at = c->pos;
  WEIR_TRY(decode_name(c, &name));
  WEIR_TRY(decode_extern_type(c, &type));
  if (w->given.count >= w->p->inputs[0].graph->import_count)
    return diag_set(w->d, WEIR_ERR_INVALID, "an import was read differently");
  const struct plug_wire *wire = &w->p->wires[0][w->given.count];
  struct given given = {.sort = type.sort, .name = name.name, .kept = wire->provider == GRAPH_NONE};
  if (given.kept) {
    put_import_as_it_is(w, (struct str){(const char *)c->data + at, c->pos - at});
  } else {
    WEIR_TRY(make_instance(w, wire->provider));
    put_alias(w, type.sort, w->made[wire->provider], wire->export->name.name);
  }
  WEIR_TRY(add_place(w, type.sort, &given.index));
  plug_types_name(&w->types, &w->p->inputs[0].graph->imports[w->given.count], given.index);
  return ARENA_PUSH(w->p->arena, &w->given, given) ? WEIR_OK : diag_nomem(w->d);
}

static weir_status put_imports(struct writing *w, struct cursor *c) {
  uint32_t count;
  WEIR_TRY(decode_count(c, 3, &count));
  for (uint32_t i = 0; i < count; i++)
    WEIR_TRY(put_import(w, c));
  return WEIR_OK;
}

/* ---- aliases ----------------------------------------------------------------------------------------------------- */

/* In front of imports there are aliases of what imported instances export, and no others. */
static weir_status put_alias_again(struct writing *w, struct cursor *c) {
  enum ast_sort sort;
  uint8_t target;
  uint32_t instance, index;
  struct str name;
  WEIR_TRY(decode_sort(c, &sort));
  WEIR_TRY(cursor_u8(c, &target));
  WEIR_TRY(decode_index(c, &instance));
  if (target != ALIAS_EXPORT || instance >= w->places.count)
    return diag_set(w->d, WEIR_ERR_UNSUPPORTED, STR_FMT " has another alias than of an import in front of an import",
                    STR_ARG(w->p->inputs[0].name));
  WEIR_TRY(cursor_name(c, &name));
  put_alias(w, sort, w->places.data[instance], name);
  return add_place(w, sort, &index);
}

static weir_status put_aliases(struct writing *w, struct cursor *c) {
  uint32_t count;
  WEIR_TRY(decode_count(c, 3, &count));
  for (uint32_t i = 0; i < count; i++)
    WEIR_TRY(put_alias_again(w, c));
  return WEIR_OK;
}

/* ---- sections ---------------------------------------------------------------------------------------------------- */

static weir_status put_types(struct writing *w, uint8_t id, const struct cursor *c) {
  struct cursor look = *c;
  uint32_t count;
  put_byte(w->out, id);
  put_u32(w->out, (uint32_t)c->size);
  text_add(w->out, (struct str){(const char *)c->data, c->size});
  WEIR_TRY(decode_count(&look, 1, &count));
  w->type_count += id == PART_TYPE ? count : 0;
  return WEIR_OK;
}

/* One in front of the last import. Modules and components are of no use to imports. */
static weir_status put_section_of(struct writing *w, uint8_t id, struct cursor *c) {
  switch (id) {
    case PART_CORE_TYPE:
    case PART_TYPE:
      return put_types(w, id, c);
    case PART_ALIAS:
      return put_aliases(w, c);
    case PART_IMPORT:
      return put_imports(w, c);
    case PART_CUSTOM:
    case PART_CORE_MODULE:
    case PART_COMPONENT:
      return WEIR_OK;
    default:
      return diag_set(w->d, WEIR_ERR_UNSUPPORTED, STR_FMT " defines instances or functions in front of an import",
                      STR_ARG(w->p->inputs[0].name));
  }
}

static weir_status put_all_imports(struct writing *w) {
  const struct plug_input *first = &w->p->inputs[0];
  struct cursor c = {
      .data = (const uint8_t *)first->bytes.data, .size = first->bytes.size, .pos = PREAMBLE, .diag = w->d};
  text_add(w->out, (struct str){first->bytes.data, PREAMBLE});
  while (cursor_left(&c) > 0 && w->given.count < first->graph->import_count) {
    uint8_t id;
    uint32_t length;
    struct cursor section;
    WEIR_TRY(cursor_u8(&c, &id));
    WEIR_TRY(cursor_u32_leb(&c, &length));
    WEIR_TRY(cursor_sub(&c, length, &section));
    WEIR_TRY(put_section_of(w, id, &section));
  }
  return WEIR_OK;
}

/* ---- the first component ----------------------------------------------------------------------------------------- */

static void put_first(struct writing *w) {
  struct text args = {0};
  for (uint32_t i = 0; i < w->given.count; i++) {
    put_name(&args, w->given.data[i].name);
    put_sort(&args, w->given.data[i].sort);
    put_u32(&args, w->given.data[i].index);
  }
  put_instance_of(w, 0, &args, w->given.count);
  text_done(&args);
}

/* The type of an exported function: see plug_type.h. */
static weir_status put_ascription(struct writing *w, const struct weir_extern *item, struct text *body) {
  uint32_t type;
  if (item->kind != WEIR_EXTERN_FUNC) {
    put_byte(body, NO_TYPE);
    return WEIR_OK;
  }
  WEIR_TRY(plug_types_put(&w->types, item->func->type, &type));
  put_byte(body, HAS_TYPE);
  put_sort(body, AST_SORT_FUNC);
  put_u32(body, type);
  return WEIR_OK;
}

static weir_status put_export_of(struct writing *w, const struct weir_extern *item, enum ast_sort sort,
                                 struct text *body) {
  uint32_t index;
  put_alias(w, sort, w->made[0], item->name.name);
  WEIR_TRY(add_place(w, sort, &index));
  put_u32(body, 1);
  put_byte(body, PLAIN_NAME);
  put_name(body, item->name.name);
  put_sort(body, sort);
  put_u32(body, index);
  WEIR_TRY(put_ascription(w, item, body));
  put_part(w->out, PART_EXPORT, body);
  WEIR_TRY(add_place(w, sort, &index)); /* an export is one more definition */
  plug_types_name(&w->types, item, index);
  return WEIR_OK;
}

static weir_status put_export(struct writing *w, const struct ast_export *export) {
  const struct graph *g = w->p->inputs[0].graph;
  const struct weir_extern *item = graph_find(g->exports, g->export_count, export->name.name);
  struct text body = {0};
  if (!item)
    return diag_set(w->d, WEIR_ERR_INVALID, "an export was read differently");
  weir_status status = put_export_of(w, item, export->what.sort, &body);
  text_done(&body);
  return status;
}

static weir_status put_exports(struct writing *w) {
  const struct ast_component *first = w->p->inputs[0].ast;
  for (uint32_t i = 0; i < first->def_count; i++)
    if (first->defs[i].kind == AST_DEF_EXPORT)
      WEIR_TRY(put_export(w, first->defs[i].of.export));
  return WEIR_OK;
}

static weir_status check_unused(const struct writing *w) {
  for (uint32_t i = 1; i < w->p->count; i++)
    if (w->states[i] == NOT_MADE)
      return diag_set(w->d, WEIR_ERR_LINK, "nobody needs " STR_FMT ": nothing that it exports is imported",
                      STR_ARG(w->p->inputs[i].name));
  return WEIR_OK;
}

weir_status plug_write(struct plug *p, struct text *out) {
  struct writing w = {.p = p, .out = out, .d = p->d};
  w.states = ARENA_ARRAY(p->arena, enum making, p->count);
  w.made = ARENA_ARRAY(p->arena, uint32_t, p->count);
  if (!w.states || !w.made)
    return diag_nomem(p->d);
  WEIR_TRY(plug_types_init(&w.types, p->arena, p->inputs[0].graph, out, &w.type_count, p->d));
  w.states[0] = IN_WORK;
  WEIR_TRY(put_all_imports(&w));
  WEIR_TRY(check_unused(&w));
  put_first(&w);
  WEIR_TRY(put_exports(&w));
  return out->failed ? diag_nomem(p->d) : WEIR_OK;
}
