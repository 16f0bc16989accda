/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Writes the sections in the order of the format. Each is made in one scratch text, which put_section() empties into
 * the result. Only the code is made before its turn: it tells which functions merge_segments.c has to declare.
 *
 * The parts: the limits of engines, a function for each section, all of them.
 */
#include "fuse/merge_write.h"

#include "fuse/merge_code.h"
#include "fuse/merge_init.h"
#include "fuse/merge_names.h"
#include "fuse/merge_segments.h"
#include "fuse/merge_wire.h"
#include "wasm/put.h"
#include "wasm/write.h"

struct writing {
  struct merge *m;
  struct text *out;
  struct text body; /* scratch */
  struct text code;
  struct name_index exported; /* the names so far */
};

/* What the validator takes, by space. */
static const struct {
  const char *words;
  uint32_t most;
} limits[SPACE_COUNT] = {[SPACE_FUNC] = {"functions", 1000000},
                         [SPACE_TABLE] = {"tables", 100},
                         [SPACE_MEMORY] = {"memories", 100},
                         [SPACE_GLOBAL] = {"globals", 1000000},
                         [SPACE_TAG] = {"tags", 1000000},
                         [SPACE_TYPE] = {"types", 1000000},
                         [SPACE_ELEM] = {"element segments", 100000},
                         [SPACE_DATA] = {"data segments", 100000}};

static weir_status check_limits(const struct merge *m) {
  for (uint32_t space = 0; space < SPACE_COUNT; space++) {
    uint32_t count = m->count[space] + (space == SPACE_FUNC ? m->starts.count : 0);
    if (count > limits[space].most)
      return diag_set(m->d, WEIR_ERR_LIMIT, "the merged module would have %u %s; engines take %u", (unsigned)count,
                      limits[space].words, (unsigned)limits[space].most);
  }
  return WEIR_OK;
}

static void begin(struct writing *k, uint32_t count) {
  if (count != 0)
    put_u32(&k->body, count);
}

static void end(struct writing *k, enum wasm_section_id id) {
  put_section(k->out, id, &k->body);
}

/* ---- one section each ------------------------------------------------------------------------------------------ */

static void write_types(struct writing *k) {
  begin(k, k->m->group_count);
  text_add(&k->body, (struct str){k->m->type_section.data, k->m->type_section.size});
  end(k, SECTION_TYPE);
}

static weir_status write_imports(struct writing *k) {
  const struct merge *m = k->m;
  begin(k, m->imports.count);
  for (uint32_t i = 0; i < m->imports.count; i++) {
    const struct merged_import *entry = &m->imports.data[i];
    struct writer w = merged_writer(m, entry->instance);
    put_name(&k->body, m->plan->outsides[entry->outside].module);
    put_name(&k->body, m->plan->outsides[entry->outside].name);
    WEIR_TRY(write_import_type(&w, &w.s->imports[entry->local], &k->body));
  }
  end(k, SECTION_IMPORT);
  return WEIR_OK;
}

/* The entries of a space that are defined, each written by `write`. */
static weir_status write_defined(struct writing *k, enum wasm_space space, enum wasm_section_id id,
                                 weir_status (*write)(struct writing *k, const struct merged_item *item)) {
  const struct merge *m = k->m;
  begin(k, m->count[space] - m->outside[space]);
  for (uint32_t i = m->outside[space]; i < m->count[space]; i++)
    WEIR_TRY(write(k, &m->items[space][i]));
  end(k, id);
  return WEIR_OK;
}

static weir_status put_table(struct writing *k, const struct merged_item *item) {
  struct writer w = merged_writer(k->m, item->instance);
  const struct wasm_table *table = &w.s->tables[item->local];
  struct text init;
  text_init(&init);
  weir_status status = table->init.size == 0 ? WEIR_OK : merge_init(k->m, item->instance, table->init, &init);
  if (status == WEIR_OK)
    status = write_table(&w, table, (struct str){init.data, init.size}, &k->body);
  k->body.failed |= init.failed;
  text_done(&init);
  return status;
}

static weir_status put_memory(struct writing *k, const struct merged_item *item) {
  write_limits(&merged_sections(k->m, item->instance)->memories[item->local], &k->body);
  return WEIR_OK;
}

static weir_status put_tag(struct writing *k, const struct merged_item *item) {
  struct writer w = merged_writer(k->m, item->instance);
  return write_tag(&w, w.s->tags[item->local], &k->body);
}

static weir_status put_global(struct writing *k, const struct merged_item *item) {
  struct writer w = merged_writer(k->m, item->instance);
  return write_global(&w, &w.s->globals[item->local], &k->body);
}

static weir_status put_func(struct writing *k, const struct merged_item *item) {
  const struct merged_instance *instance = &k->m->instances[item->instance];
  uint32_t type;
  WEIR_TRY(index_map_get(&instance->maps, SPACE_TYPE, instance->module->s.funcs[item->local], 0, k->m->d, &type));
  put_u32(&k->body, type);
  return WEIR_OK;
}

static weir_status write_funcs(struct writing *k) {
  const struct merge *m = k->m;
  begin(k, m->count[SPACE_FUNC] - m->outside[SPACE_FUNC] + m->starts.count);
  for (uint32_t i = m->outside[SPACE_FUNC]; i < m->count[SPACE_FUNC]; i++)
    WEIR_TRY(put_func(k, &m->items[SPACE_FUNC][i]));
  for (uint32_t i = 0; i < m->starts.count; i++)
    put_u32(&k->body, m->start_type);
  end(k, SECTION_FUNCTION);
  return WEIR_OK;
}

static weir_status put_export_as(struct writing *k, struct str name, enum wasm_space space, uint32_t merged) {
  if (name_index_find(&k->exported, name) != UINT32_MAX)
    return diag_set(k->m->d, WEIR_ERR_MISUSE, "the plan has two exports \"" STR_FMT "\"", STR_ARG(name));
  if (!name_index_add(&k->exported, name, 0))
    return diag_nomem(k->m->d);
  put_name(&k->body, name);
  put_byte(&k->body, (uint8_t)space);
  put_u32(&k->body, merged);
  return WEIR_OK;
}

static weir_status put_export(struct writing *k, const struct merge_export *export) {
  uint8_t space = 0;
  uint32_t merged = 0;
  WEIR_TRY(merge_source_find(k->m, &export->source, &space, &merged));
  WEIR_TRY(put_export_as(k, export->name, (enum wasm_space)space, merged));
  if (space == SPACE_FUNC)
    k->m->refs[merged] = 0; /* this declares it */
  return WEIR_OK;
}

static weir_status write_exports(struct writing *k) {
  const struct merge *m = k->m;
  uint32_t starts = 0;
  for (uint32_t i = 0; i < m->starts.count; i++)
    starts += m->starts.data[i].export.size != 0;
  begin(k, m->plan->export_count + starts);
  for (uint32_t i = 0; i < m->plan->export_count; i++)
    WEIR_TRY(put_export(k, &m->plan->exports[i]));
  for (uint32_t i = 0; i < m->starts.count; i++)
    if (m->starts.data[i].export.size != 0)
      WEIR_TRY(put_export_as(k, m->starts.data[i].export, SPACE_FUNC, m->count[SPACE_FUNC] + i));
  end(k, SECTION_EXPORT);
  return WEIR_OK;
}

static weir_status write_start(struct writing *k) {
  const struct merge *m = k->m;
  uint32_t func = m->count[SPACE_FUNC];
  if (m->actions.count == 0 || m->plan->start_export.size != 0 || m->plan->start_exports)
    return WEIR_OK;
  if (m->starts.count == 0) {
    const struct merge_action *only = &m->actions.data[0];
    WEIR_TRY(index_map_get(&m->instances[only->instance].maps, SPACE_FUNC, only->local, 0, m->d, &func));
  }
  put_u32(&k->body, func);
  end(k, SECTION_START);
  return WEIR_OK;
}

/* The one section that is not copied once more. */
static void write_code(struct writing *k) {
  const struct merge *m = k->m;
  uint32_t functions = m->count[SPACE_FUNC] - m->outside[SPACE_FUNC] + m->starts.count;
  if (m->count[SPACE_DATA] != 0)
    put_u32(&k->body, m->count[SPACE_DATA]);
  end(k, SECTION_DATA_COUNT);
  if (functions == 0)
    return;
  put_u32(&k->body, functions);
  put_byte(k->out, SECTION_CODE);
  put_u32(k->out, (uint32_t)(k->body.size + k->code.size));
  text_add(k->out, (struct str){k->body.data, k->body.size});
  text_add(k->out, (struct str){k->code.data, k->code.size});
  k->body.size = 0;
  text_done(&k->code);
}

/* ---- all of them ----------------------------------------------------------------------------------------------- */

static weir_status write_all(struct writing *k) {
  WEIR_TRY(check_limits(k->m));
  WEIR_TRY(merge_code(k->m, &k->code));
  write_preamble(k->out);
  write_types(k);
  WEIR_TRY(write_imports(k));
  WEIR_TRY(write_funcs(k));
  WEIR_TRY(write_defined(k, SPACE_TABLE, SECTION_TABLE, put_table));
  WEIR_TRY(write_defined(k, SPACE_MEMORY, SECTION_MEMORY, put_memory));
  WEIR_TRY(write_defined(k, SPACE_TAG, SECTION_TAG, put_tag));
  WEIR_TRY(write_defined(k, SPACE_GLOBAL, SECTION_GLOBAL, put_global));
  WEIR_TRY(write_exports(k));
  WEIR_TRY(write_start(k));
  WEIR_TRY(merge_put_elems(k->m, &k->body));
  end(k, SECTION_ELEMENT);
  write_code(k);
  WEIR_TRY(merge_put_datas(k->m, &k->body));
  end(k, SECTION_DATA);
  return merge_names(k->m, k->out);
}

weir_status merge_write(struct merge *m, struct text *out) {
  struct writing k = {.m = m, .out = out};
  text_init(&k.body);
  text_init(&k.code);
  name_index_init(&k.exported, &m->arena);
  weir_status status = write_all(&k);
  text_done(&k.body);
  text_done(&k.code);
  if (status == WEIR_OK && out->failed)
    return diag_nomem(m->d);
  return status;
}
