/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Walks over the instances twice, in their order. The first walk numbers what comes from outside, because those
 * numbers stand before all others: one import of the result serves all imports of one type with that source. The
 * second walk numbers what each instance defines, and looks up what earlier instances export: an exported item has
 * its number already, whether the instance defines or imports the item.
 *
 * The parts: the first walk, the second walk, both in their order, and the sources of exports.
 */
#include "fuse/merge_wire.h"

#include "fuse/merge_match.h"
#include "wasm/put.h"
#include "wasm/write.h"

enum { NO_NUMBER = UINT32_MAX };

struct wiring {
  struct merge *m;
  struct name_index keys; /* what is outside, and its type -> position in m->imports */
  struct text key;        /* scratch */
};

static bool numbers_make(struct merge *m, struct merged_instance *instance) {
  const struct wasm_sections *s = &instance->module->s;
  for (uint32_t space = 0; space < SPACE_COUNT; space++) {
    instance->to[space] =
        space == SPACE_TYPE ? instance->module->types : ARENA_ARRAY(&m->arena, uint32_t, s->count[space]);
    if (!instance->to[space])
      return false;
    instance->maps.of[space] = (struct index_map){instance->to[space], s->count[space]};
  }
  return true;
}

/* ---- from outside ---------------------------------------------------------------------------------------------- */

static weir_status write_key(struct wiring *k, uint32_t instance, const struct wasm_import *import, uint32_t outside) {
  const struct merged_module *module = k->m->instances[instance].module;
  struct writer w = {&module->s, &module->by_type, k->m->d};
  k->key.size = 0;
  put_u32(&k->key, outside);
  WEIR_TRY(write_import_type(&w, import, &k->key));
  return k->key.failed ? diag_nomem(k->m->d) : WEIR_OK;
}

/* The number in its space is kept with the key, as the value of the index. */
static weir_status outside_number(struct wiring *k, uint32_t instance, uint32_t local, uint32_t outside,
                                  uint32_t *ret) {
  struct merge *m = k->m;
  const struct wasm_import *import = &merged_sections(m, instance)->imports[local];
  WEIR_TRY(write_key(k, instance, import, outside));
  struct str key = {k->key.data, k->key.size};
  *ret = name_index_find(&k->keys, key);
  if (*ret != NO_NUMBER)
    return WEIR_OK;
  *ret = m->outside[import->space]++;
  struct str kept = arena_str(&m->arena, key);
  struct merged_import entry = {outside, instance, local, *ret};
  if (m->first_import[outside] == NO_NUMBER)
    m->first_import[outside] = m->imports.count;
  if (!kept.data || !name_index_add(&k->keys, kept, *ret) || !ARENA_PUSH(&m->arena, &m->imports, entry))
    return diag_nomem(m->d);
  return WEIR_OK;
}

static weir_status wire_outside(struct wiring *k, uint32_t number) {
  struct merge *m = k->m;
  struct merged_instance *instance = &m->instances[number];
  const struct wasm_sections *s = &instance->module->s;
  for (uint32_t i = 0; i < s->import_count; i++) {
    const struct merge_source *source = &instance->plan->sources[i];
    const struct wasm_import *import = &s->imports[i];
    if (source->instance == MERGE_OUTSIDE)
      WEIR_TRY(outside_number(k, number, i, source->outside, &instance->to[import->space][import->index]));
  }
  return WEIR_OK;
}

/* ---- from inside ----------------------------------------------------------------------------------------------- */

static weir_status find_export(const struct merge *m, uint32_t instance, struct str name, uint8_t *ret_space,
                               uint32_t *ret) {
  const struct merged_module *module = m->instances[instance].module;
  uint32_t position = name_index_find(&module->exports, name);
  if (position == UINT32_MAX)
    return diag_set(m->d, WEIR_ERR_LINK, "instance %u has no export \"" STR_FMT "\"", (unsigned)instance,
                    STR_ARG(name));
  const struct wasm_export *export = &module->s.exports[position];
  *ret_space = export->space;
  return index_map_get(&m->instances[instance].maps, (enum wasm_space) export->space, export->index, 0, m->d, ret);
}

static weir_status wire_import(struct merge *m, uint32_t number, uint32_t local) {
  struct merged_instance *instance = &m->instances[number];
  const struct wasm_import *import = &instance->module->s.imports[local];
  const struct merge_source *source = &instance->plan->sources[local];
  uint32_t *to = &instance->to[import->space][import->index];
  if (source->instance != MERGE_OUTSIDE) {
    uint8_t space;
    WEIR_TRY(find_export(m, source->instance, source->name, &space, to));
    if (space != import->space)
      return diag_set(m->d, WEIR_ERR_LINK, "import \"" STR_FMT "\" \"" STR_FMT "\": a %s was given for a %s",
                      STR_ARG(import->module), STR_ARG(import->name), space_name((enum wasm_space)space),
                      space_name((enum wasm_space)import->space));
    m->stats.wired++;
    return merge_match(m, number, import, m->items[space][*to]);
  }
  return WEIR_OK;
}

static void number_defined(struct merge *m, uint32_t number, enum wasm_space space, uint32_t first) {
  struct merged_instance *instance = &m->instances[number];
  for (uint32_t i = first; i < instance->module->s.count[space]; i++) {
    uint32_t merged = instance->to[space][i] = m->count[space]++;
    if (space < SPACE_EXTERNS)
      m->items[space][merged] = (struct merged_item){number, i};
  }
}

static weir_status wire_instance(struct merge *m, uint32_t number) {
  const struct wasm_sections *s = merged_sections(m, number);
  for (uint32_t i = 0; i < s->import_count; i++)
    WEIR_TRY(wire_import(m, number, i));
  for (uint32_t space = 0; space < SPACE_EXTERNS; space++)
    number_defined(m, number, (enum wasm_space)space, s->imported[space]);
  number_defined(m, number, SPACE_ELEM, 0);
  number_defined(m, number, SPACE_DATA, 0);
  return WEIR_OK;
}

/* ---- both ------------------------------------------------------------------------------------------------------ */

/* The numbers of imports are known: room for all items, the imported ones filled in. */
static weir_status items_make(struct merge *m) {
  uint64_t count[SPACE_EXTERNS];
  for (uint32_t space = 0; space < SPACE_EXTERNS; space++) {
    count[space] = m->outside[space];
    for (uint32_t i = 0; i < m->plan->instance_count; i++)
      count[space] += merged_sections(m, i)->count[space] - merged_sections(m, i)->imported[space];
    m->items[space] = ARENA_ARRAY(&m->arena, struct merged_item, (size_t)count[space]);
    if (!m->items[space])
      return diag_nomem(m->d);
    m->count[space] = 0;
  }
  for (uint32_t i = 0; i < m->imports.count; i++) {
    const struct merged_import *entry = &m->imports.data[i];
    const struct wasm_import *import = &merged_sections(m, entry->instance)->imports[entry->local];
    m->items[import->space][m->count[import->space]++] = (struct merged_item){entry->instance, import->index};
  }
  return WEIR_OK;
}

static weir_status wire_all(struct wiring *k) {
  struct merge *m = k->m;
  m->first_import = ARENA_ARRAY(&m->arena, uint32_t, m->plan->outside_count);
  if (!m->first_import)
    return diag_nomem(m->d);
  for (uint32_t i = 0; i < m->plan->outside_count; i++)
    m->first_import[i] = NO_NUMBER;
  for (uint32_t i = 0; i < m->plan->instance_count; i++) {
    if (!numbers_make(m, &m->instances[i]))
      return diag_nomem(m->d);
    WEIR_TRY(merge_in_module(m, m->plan->instances[i].module, wire_outside(k, i)));
  }
  WEIR_TRY(items_make(m));
  for (uint32_t i = 0; i < m->plan->instance_count; i++)
    WEIR_TRY(merge_in_module(m, m->plan->instances[i].module, wire_instance(m, i)));
  return WEIR_OK;
}

weir_status merge_wire(struct merge *m) {
  struct wiring k = {.m = m};
  name_index_init(&k.keys, &m->arena);
  text_init(&k.key);
  weir_status status = wire_all(&k);
  text_done(&k.key);
  return status;
}

weir_status merge_source_find(const struct merge *m, const struct merge_source *source, uint8_t *ret_space,
                              uint32_t *ret) {
  if (source->instance != MERGE_OUTSIDE) {
    if (source->instance >= m->plan->instance_count)
      return diag_set(m->d, WEIR_ERR_MISUSE, "there is no instance %u", (unsigned)source->instance);
    return find_export(m, source->instance, source->name, ret_space, ret);
  }
  if (source->outside >= m->plan->outside_count)
    return diag_set(m->d, WEIR_ERR_MISUSE, "the plan has no import %u", (unsigned)source->outside);
  uint32_t first = m->first_import[source->outside];
  if (first != NO_NUMBER) {
    const struct merged_import *entry = &m->imports.data[first];
    *ret_space = merged_sections(m, entry->instance)->imports[entry->local].space;
    *ret = entry->number;
    return WEIR_OK;
  }
  return diag_set(m->d, WEIR_ERR_LINK, "nothing imports what import %u of the plan stands for",
                  (unsigned)source->outside);
}
