/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What the imports of the parts become (plug_import.h). An import that another part serves is an alias of an export.
 * The others are imports of the result: those of one name, or of compatible versions, are one.
 */
#include "fuse/plug_import.h"

#include "component/version.h"
#include "wasm/put.h"

enum { DEPTH_MAX = 100, INSTANTIATE = 0 };

/* ---- which imports are one --------------------------------------------------------------------------------------- */

static bool is_kept(const struct writing *w, uint32_t input, uint32_t import) {
  return w->p->wires[input][import].provider == GRAPH_NONE;
}

/* The best leader among the imports of the components in front; it stays its own where there is none. */
static void find_leader(struct writing *w, uint32_t input, uint32_t import) {
  const struct weir_extern *item = &w->p->inputs[input].graph->imports[import];
  struct plug_place *place = &w->parts[input].places[import];
  struct str best = STR("");
  *place = (struct plug_place){.leader_input = input, .leader_import = import};
  for (uint32_t i = 0; i < input && is_kept(w, input, import); i++) {
    const struct graph *g = w->p->inputs[i].graph;
    for (uint32_t k = 0; k < g->import_count; k++) {
      const struct plug_place *other = &w->parts[i].places[k];
      if (g->imports[k].kind != item->kind || !is_kept(w, i, k) ||
          !version_better(item->name.name, g->imports[k].name.name, best))
        continue;
      best = g->imports[k].name.name;
      place->leader_input = other->leader_input;
      place->leader_import = other->leader_import;
    }
  }
}

/* ---- where types come from --------------------------------------------------------------------------------------- */

static void add_source(struct plug_part *part, const struct weir_extern *item, uint32_t import) {
  struct plug_source *source = NULL;
  if (item->kind == WEIR_EXTERN_RESOURCE)
    source = &part->resources[item->resource->index];
  else if (item->kind == WEIR_EXTERN_TYPE && item->type)
    source = &part->types_of[item->type->id];
  if (source && !source->item)
    *source = (struct plug_source){import, item};
}

static void find_sources(struct plug_part *part, const struct graph *g) {
  for (uint32_t i = 0; i < g->import_count; i++) {
    add_source(part, &g->imports[i], i);
    for (uint32_t k = 0; k < g->imports[i].item_count; k++)
      add_source(part, &g->imports[i].items[k], i);
  }
}

static weir_status name_type(void *data, const struct weir_type *type, const struct weir_resource_type *resource,
                             uint32_t *ret) {
  return plug_part_type(data, type, resource, ret);
}

weir_status plug_part_type(struct plug_part *part, const struct weir_type *type,
                           const struct weir_resource_type *resource, uint32_t *ret) {
  const struct plug_source *source = type ? &part->types_of[type->id] : &part->resources[resource->index];
  uint32_t *known = type ? &part->types.types[type->id] : &part->types.resources[resource->index];
  struct writing *w = part->w;
  if (*known == GRAPH_NONE && !source->item)
    return diag_set(w->d, WEIR_ERR_UNSUPPORTED, "an import of " STR_FMT " uses a type that is not imported",
                    STR_ARG(w->p->inputs[part->input].name));
  if (*known == GRAPH_NONE) {
    uint32_t place;
    WEIR_TRY(plug_place(w, part->input, source->import, &place));
    bool inside = source->item != &w->p->inputs[part->input].graph->imports[source->import];
    *known = inside ? plug_put_alias(w, AST_SORT_TYPE, place, source->item->name.name) : place;
  }
  *ret = *known;
  return WEIR_OK;
}

static weir_status part_init(struct writing *w, uint32_t input) {
  const struct graph *g = w->p->inputs[input].graph;
  struct plug_part *part = &w->parts[input];
  struct arena *arena = w->p->arena;
  part->w = w;
  part->input = input;
  part->types_of = ARENA_ARRAY(arena, struct plug_source, type_table_count(g->types));
  part->resources = ARENA_ARRAY(arena, struct plug_source, g->resource_count);
  part->places = ARENA_ARRAY(arena, struct plug_place, g->import_count);
  if (!part->types_of || !part->resources || !part->places)
    return diag_nomem(w->d);
  WEIR_TRY(plug_types_init(&part->types, arena, g, w->out, &w->type_count, w->d));
  part->types.name = name_type;
  part->types.data = part;
  find_sources(part, g);
  for (uint32_t i = 0; i < g->import_count; i++)
    find_leader(w, input, i);
  return WEIR_OK;
}

weir_status plug_parts_init(struct writing *w) {
  struct arena *arena = w->p->arena;
  w->states = ARENA_ARRAY(arena, enum making, w->p->count);
  w->made = ARENA_ARRAY(arena, uint32_t, w->p->count);
  w->parts = ARENA_ARRAY(arena, struct plug_part, w->p->count);
  if (!w->states || !w->made || !w->parts)
    return diag_nomem(w->d);
  for (uint32_t i = 0; i < w->p->count; i++)
    WEIR_TRY(part_init(w, i));
  return WEIR_OK;
}

/* ---- places ------------------------------------------------------------------------------------------------------ */

/* All imports that are one with this one; a type that is imported by itself has its name from here on. */
static void set_places(struct writing *w, const struct plug_place *one, enum making state, uint32_t index) {
  uint32_t leader_input = one->leader_input, leader_import = one->leader_import;
  for (uint32_t i = leader_input; i < w->p->count; i++) {
    const struct graph *g = w->p->inputs[i].graph;
    for (uint32_t k = 0; k < g->import_count; k++) {
      struct plug_place *place = &w->parts[i].places[k];
      if (!plug_is_led(place, leader_input, leader_import))
        continue;
      place->state = state;
      place->index = index;
      if (state == MADE)
        plug_types_name(&w->parts[i].types, &g->imports[k], index);
    }
  }
}

/* ---- instances --------------------------------------------------------------------------------------------------- */

/* What an import is given, with its name in front. */
static weir_status put_argument(struct writing *w, uint32_t input, uint32_t import, struct text *args) {
  const struct weir_extern *item = &w->p->inputs[input].graph->imports[import];
  uint32_t index;
  WEIR_TRY(plug_place(w, input, import, &index));
  put_name(args, item->name.name);
  part_put_sort(args, plug_sort(item));
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
  part_put(w->out, PART_INSTANCE, &body);
  text_done(&body);
  w->made[input] = w->instances++;
  w->states[input] = MADE;
  w->out->failed |= args->failed;
}

weir_status plug_make_instance(struct writing *w, uint32_t input) {
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

static weir_status put_wired(struct writing *w, uint32_t input, uint32_t import, uint32_t *ret) {
  const struct plug_wire *wire = &w->p->wires[input][import];
  WEIR_TRY(plug_make_instance(w, wire->provider));
  enum ast_sort sort = plug_sort(&w->p->inputs[input].graph->imports[import]);
  *ret = plug_put_alias(w, sort, w->made[wire->provider], wire->export->name.name);
  return WEIR_OK;
}

static weir_status put_place(struct writing *w, uint32_t input, uint32_t import, uint32_t *ret) {
  const struct plug_place *place = &w->parts[input].places[import];
  if (!is_kept(w, input, import))
    return put_wired(w, input, import, ret);
  return plug_put_union(w, place->leader_input, place->leader_import, ret);
}

weir_status plug_place(struct writing *w, uint32_t input, uint32_t import, uint32_t *ret) {
  struct plug_place *place = &w->parts[input].places[import];
  struct str name = w->p->inputs[input].graph->imports[import].name.name;
  if (place->state == IN_WORK)
    return diag_set(w->d, WEIR_ERR_LINK, "the import `" STR_FMT "` of " STR_FMT " needs itself, by way of others",
                    STR_ARG(name), STR_ARG(w->p->inputs[input].name));
  if (place->state == NOT_MADE) {
    if (w->depth == DEPTH_MAX)
      return diag_set(w->d, WEIR_ERR_LIMIT, "imports need each other more than %d deep", (int)DEPTH_MAX);
    uint32_t index = 0;
    w->depth++;
    set_places(w, place, IN_WORK, 0);
    WEIR_TRY(put_place(w, input, import, &index));
    set_places(w, place, MADE, index);
    w->depth--;
  }
  *ret = place->index;
  return WEIR_OK;
}
