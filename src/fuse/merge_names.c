/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * One kind of names after another: they are gathered by merged number, because maps are sorted by number, and written.
 * Types are shared by modules, so their names get no prefix; nor do locals, labels and fields.
 */
#include "fuse/merge_names.h"

#include "base/mem.h"
#include "wasm/names.h"
#include "wasm/put.h"

static const struct {
  enum names_id id;
  enum wasm_space space;
  bool prefixed;
} kinds[] = {
    {NAMES_FUNC, SPACE_FUNC, true},     {NAMES_LOCAL, SPACE_FUNC, false}, {NAMES_LABEL, SPACE_FUNC, false},
    {NAMES_TYPE, SPACE_TYPE, false},    {NAMES_TABLE, SPACE_TABLE, true}, {NAMES_MEMORY, SPACE_MEMORY, true},
    {NAMES_GLOBAL, SPACE_GLOBAL, true}, {NAMES_ELEM, SPACE_ELEM, true},   {NAMES_DATA, SPACE_DATA, true},
    {NAMES_FIELD, SPACE_TYPE, false},   {NAMES_TAG, SPACE_TAG, true},
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* By merged number. at 0: no name, because no name stands at the beginning of a module. */
struct naming {
  uint32_t instance;
  struct wasm_span bytes;
};

struct gathering {
  const struct merge *m;
  struct naming *names;
  uint32_t count; /* of the items that have one */
};

static void gather_instance(struct gathering *k, uint32_t kind, uint32_t number) {
  const struct merged_instance *instance = &k->m->instances[number];
  const struct index_map *map = &instance->maps.of[kinds[kind].space];
  struct names names;
  struct names_entry entry;
  if (!names_open(&instance->module->s, kinds[kind].id, &names))
    return;
  while (names_next(&names, &entry)) {
    struct naming *naming = entry.index < map->count ? &k->names[map->to[entry.index]] : NULL;
    if (!naming || naming->bytes.at != 0)
      continue;
    *naming = (struct naming){number, entry.bytes};
    k->count++;
  }
}

static void put_naming(const struct merge *m, uint32_t kind, const struct naming *naming, struct text *body) {
  struct str prefix = m->instances[naming->instance].plan->prefix;
  const uint8_t *bytes = merged_sections(m, naming->instance)->data + naming->bytes.at;
  if (kinds[kind].id != NAMES_LOCAL && kinds[kind].id != NAMES_LABEL && kinds[kind].id != NAMES_FIELD) {
    if (!kinds[kind].prefixed)
      prefix.size = 0;
    put_u32(body, (uint32_t)(prefix.size + naming->bytes.size));
    text_add(body, prefix);
  }
  text_add(body, (struct str){(const char *)bytes, naming->bytes.size});
}

static void put_kind(const struct gathering *k, uint32_t kind, uint32_t items, struct text *body) {
  uint32_t starts = kinds[kind].id == NAMES_FUNC ? k->m->starts.count : 0;
  put_u32(body, k->count + starts);
  for (uint32_t i = 0; i < items; i++) {
    if (k->names[i].bytes.at == 0)
      continue;
    put_u32(body, i);
    put_naming(k->m, kind, &k->names[i], body);
  }
  for (uint32_t i = 0; i < starts; i++) {
    struct str export = k->m->plan->start_exports ? k->m->starts.data[i].export : STR("start");
    put_u32(body, items + i);
    put_name(body, export);
  }
}

static weir_status merge_kind(const struct merge *m, uint32_t kind, struct text *section) {
  enum wasm_space space = kinds[kind].space;
  uint32_t items = space == SPACE_TYPE ? m->types.count : m->count[space];
  struct gathering k = {.m = m};
  struct text body;
  if (items == 0)
    return WEIR_OK;
  k.names = mem_array(m->alloc, items, sizeof(*k.names));
  if (!k.names)
    return diag_nomem(m->d);
  text_init(&body);
  for (uint32_t i = 0; i < m->plan->instance_count; i++)
    gather_instance(&k, kind, i);
  if (k.count != 0) {
    put_kind(&k, kind, items, &body);
    put_byte(section, (uint8_t)kinds[kind].id);
    put_sized(section, &body);
  }
  text_done(&body);
  mem_free(m->alloc, k.names, items * sizeof(*k.names));
  return WEIR_OK;
}

static weir_status all_kinds(const struct merge *m, struct text *section) {
  struct text body;
  put_name(section, STR("name"));
  size_t empty = section->size;
  if (m->plan->name.size != 0) {
    text_init(&body);
    put_name(&body, m->plan->name);
    put_byte(section, NAMES_MODULE);
    put_sized(section, &body);
    text_done(&body);
  }
  for (uint32_t kind = 0; kind < KINDS; kind++)
    WEIR_TRY(merge_kind(m, kind, section));
  if (section->size == empty)
    section->size = 0;
  return WEIR_OK;
}

weir_status merge_names(const struct merge *m, struct text *out) {
  struct text section;
  text_init(&section);
  weir_status status = all_kinds(m, &section);
  if (status == WEIR_OK)
    put_section(out, SECTION_CUSTOM, &section);
  text_done(&section);
  return status;
}
