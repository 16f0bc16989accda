/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Types are equal by structure: two recursion groups are one where they are equal up to the names of their own members
 * (core specification, "Recursive types"). So a group is written with its members numbered from a base that no merged
 * type reaches, and all others under their merged number; groups whose bytes are equal are equal, because what they
 * refer to has been made one before. Each group is written twice, once as this key, once for the result.
 */
#include "fuse/merge_types.h"

#include "wasm/put.h"
#include "wasm/write.h"

enum { KEY_BASE = 0x40000000, TYPES_MAX = 1000000 };

struct typing {
  struct merge *m;
  struct merged_module *module;
  struct text key; /* scratch */
};

/* Maps the members of a group to numbers from `base` on. */
static void number_members(const struct typing *k, const struct wasm_group *group, uint32_t base) {
  for (uint32_t i = 0; i < group->count; i++)
    k->module->types[group->first + i] = base + i;
}

static weir_status add_subtypes(const struct typing *k, const struct wasm_group *group) {
  struct merge *m = k->m;
  struct cursor c = sections_cursor(&k->module->s, group->types, m->d);
  for (uint32_t i = 0; i < group->count; i++) {
    struct wasm_subtype type;
    WEIR_TRY(subtype_copy(&c, &k->module->by_type, NULL, &type));
    if (!ARENA_PUSH(&m->arena, &m->types, type))
      return diag_nomem(m->d);
  }
  return WEIR_OK;
}

static weir_status add_group(const struct typing *k, const struct writer *w, const struct wasm_group *group) {
  struct merge *m = k->m;
  uint32_t base = m->types.count;
  if (group->count > TYPES_MAX - base)
    return diag_set(m->d, WEIR_ERR_LIMIT, "the merged module would have more than %u types", (unsigned)TYPES_MAX);
  struct str kept = arena_str(&m->arena, (struct str){k->key.data, k->key.size});
  if (!kept.data || !name_index_add(&m->type_keys, kept, base))
    return diag_nomem(m->d);
  number_members(k, group, base);
  WEIR_TRY(write_group(w, group, &m->type_section));
  m->group_count++;
  return add_subtypes(k, group);
}

static weir_status merge_group(struct typing *k, const struct wasm_group *group) {
  struct merge *m = k->m;
  struct writer w = {&k->module->s, &k->module->by_type, m->d};
  k->module->by_type.of[SPACE_TYPE].count = group->first + group->count;
  if (group->count == 0)
    return WEIR_OK;
  number_members(k, group, KEY_BASE);
  k->key.size = 0;
  WEIR_TRY(write_group(&w, group, &k->key));
  if (k->key.failed)
    return diag_nomem(m->d);
  uint32_t known = name_index_find(&m->type_keys, (struct str){k->key.data, k->key.size});
  if (known == UINT32_MAX)
    return add_group(k, &w, group);
  number_members(k, group, known);
  return WEIR_OK;
}

static weir_status merge_module_types(struct typing *k, uint32_t number) {
  struct merge *m = k->m;
  struct merged_module *module = k->module = &m->modules[number];
  const struct wasm_sections *s = &module->s;
  module->types = ARENA_ARRAY(&m->arena, uint32_t, s->count[SPACE_TYPE]);
  if (!module->types)
    return diag_nomem(m->d);
  module->by_type.of[SPACE_TYPE].to = module->types;
  for (uint32_t i = 0; i < s->group_count; i++)
    WEIR_TRY(merge_group(k, &s->groups[i]));
  return WEIR_OK;
}

/* The type of the merged start function: [] -> []. */
static weir_status add_start_type(struct merge *m) {
  static const uint8_t nothing[] = {TYPE_FUNC, 0, 0};
  struct str key = {(const char *)nothing, sizeof(nothing)};
  m->start_type = name_index_find(&m->type_keys, key);
  if (m->start_type != UINT32_MAX)
    return WEIR_OK;
  m->start_type = m->types.count;
  text_add(&m->type_section, key);
  m->group_count++;
  struct wasm_subtype type = {TYPE_FUNC, SUBTYPE_NO_SUPER};
  return ARENA_PUSH(&m->arena, &m->types, type) ? WEIR_OK : diag_nomem(m->d);
}

static weir_status merge_all(struct typing *k) {
  struct merge *m = k->m;
  for (uint32_t i = 0; i < m->plan->instance_count; i++) {
    uint32_t module = m->plan->instances[i].module;
    if (!m->modules[module].types)
      WEIR_TRY(merge_in_module(m, module, merge_module_types(k, module)));
  }
  return add_start_type(m);
}

weir_status merge_types(struct merge *m) {
  struct typing k = {.m = m};
  name_index_init(&m->type_keys, &m->arena);
  text_init(&k.key);
  weir_status status = merge_all(&k);
  text_done(&k.key);
  return status;
}
