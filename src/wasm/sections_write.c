/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Writes a module as it was read, which shows that neither reading nor writing loses anything. Each section is made
 * in one scratch text, which put_section() empties into the output. The maps keep all numbers.
 *
 * The parts: sections in the order of the format, some in one function; then all of them.
 */
#include "wasm/sections_write.h"

#include "wasm/put.h"
#include "wasm/renumber.h"
#include "wasm/write.h"

struct writing {
  struct writer w;
  struct text *out;
  struct text body, code; /* scratch: of a section, of a function */
};

static void identity(const struct wasm_sections *s, struct index_maps *ret) {
  for (uint32_t i = 0; i < SPACE_COUNT; i++)
    ret->of[i] = (struct index_map){NULL, s->count[i]};
}

/* How many items of a space are defined, not imported. */
static uint32_t defined(const struct wasm_sections *s, enum wasm_space space) {
  return s->count[space] - s->imported[space];
}

static void begin(struct writing *k, uint32_t count) {
  if (count != 0)
    put_u32(&k->body, count);
}

static void end(struct writing *k, enum wasm_section_id id) {
  put_section(k->out, id, &k->body);
}

static weir_status types_and_imports(struct writing *k) {
  const struct wasm_sections *s = k->w.s;
  begin(k, s->group_count);
  for (uint32_t i = 0; i < s->group_count; i++)
    WEIR_TRY(write_group(&k->w, &s->groups[i], &k->body));
  end(k, SECTION_TYPE);
  begin(k, s->import_count);
  for (uint32_t i = 0; i < s->import_count; i++) {
    put_name(&k->body, s->imports[i].module);
    put_name(&k->body, s->imports[i].name);
    WEIR_TRY(write_import_type(&k->w, &s->imports[i], &k->body));
  }
  end(k, SECTION_IMPORT);
  begin(k, defined(s, SPACE_FUNC));
  for (uint32_t i = s->imported[SPACE_FUNC]; i < s->count[SPACE_FUNC]; i++)
    put_u32(&k->body, s->funcs[i]);
  end(k, SECTION_FUNCTION);
  return WEIR_OK;
}

static weir_status tables_and_memories(struct writing *k) {
  const struct wasm_sections *s = k->w.s;
  begin(k, defined(s, SPACE_TABLE));
  for (uint32_t i = s->imported[SPACE_TABLE]; i < s->count[SPACE_TABLE]; i++) {
    struct wasm_span init = s->tables[i].init;
    WEIR_TRY(write_table(&k->w, &s->tables[i], (struct str){(const char *)s->data + init.at, init.size}, &k->body));
  }
  end(k, SECTION_TABLE);
  begin(k, defined(s, SPACE_MEMORY));
  for (uint32_t i = s->imported[SPACE_MEMORY]; i < s->count[SPACE_MEMORY]; i++)
    write_limits(&s->memories[i], &k->body);
  end(k, SECTION_MEMORY);
  return WEIR_OK;
}

static weir_status tags_and_globals(struct writing *k) {
  const struct wasm_sections *s = k->w.s;
  begin(k, defined(s, SPACE_TAG));
  for (uint32_t i = s->imported[SPACE_TAG]; i < s->count[SPACE_TAG]; i++)
    WEIR_TRY(write_tag(&k->w, s->tags[i], &k->body));
  end(k, SECTION_TAG);
  begin(k, defined(s, SPACE_GLOBAL));
  for (uint32_t i = s->imported[SPACE_GLOBAL]; i < s->count[SPACE_GLOBAL]; i++)
    WEIR_TRY(write_global(&k->w, &s->globals[i], &k->body));
  end(k, SECTION_GLOBAL);
  return WEIR_OK;
}

static void exports_and_start(struct writing *k) {
  const struct wasm_sections *s = k->w.s;
  begin(k, s->export_count);
  for (uint32_t i = 0; i < s->export_count; i++) {
    put_name(&k->body, s->exports[i].name);
    put_byte(&k->body, s->exports[i].space);
    put_u32(&k->body, s->exports[i].index);
  }
  end(k, SECTION_EXPORT);
  if (s->has_start)
    put_u32(&k->body, s->start);
  end(k, SECTION_START);
}

static weir_status code(struct writing *k) {
  const struct wasm_sections *s = k->w.s;
  begin(k, defined(s, SPACE_FUNC));
  for (uint32_t i = 0; i < defined(s, SPACE_FUNC); i++) {
    WEIR_TRY(renumber_body(k->w.maps, sections_cursor(s, s->bodies[i], k->w.d), &k->code, NULL));
    put_sized(&k->body, &k->code);
  }
  end(k, SECTION_CODE);
  return WEIR_OK;
}

static weir_status segments_and_code(struct writing *k) {
  const struct wasm_sections *s = k->w.s;
  begin(k, s->count[SPACE_ELEM]);
  for (uint32_t i = 0; i < s->count[SPACE_ELEM]; i++)
    WEIR_TRY(write_elem(&k->w, &s->elems[i], (enum segment_mode)s->elems[i].mode, &k->body));
  end(k, SECTION_ELEMENT);
  if (s->has_data_count)
    put_u32(&k->body, s->count[SPACE_DATA]);
  end(k, SECTION_DATA_COUNT);
  WEIR_TRY(code(k));
  begin(k, s->count[SPACE_DATA]);
  for (uint32_t i = 0; i < s->count[SPACE_DATA]; i++)
    WEIR_TRY(write_data(&k->w, &s->datas[i], (enum segment_mode)s->datas[i].mode, &k->body));
  end(k, SECTION_DATA);
  return WEIR_OK;
}

static void customs(struct writing *k) {
  const struct wasm_sections *s = k->w.s;
  for (uint32_t i = 0; i < s->customs.count; i++) {
    put_name(&k->body, s->customs.data[i].name);
    text_add(&k->body,
             (struct str){(const char *)s->data + s->customs.data[i].bytes.at, s->customs.data[i].bytes.size});
    end(k, SECTION_CUSTOM);
  }
}

static weir_status all(struct writing *k) {
  write_preamble(k->out);
  WEIR_TRY(types_and_imports(k));
  WEIR_TRY(tables_and_memories(k));
  WEIR_TRY(tags_and_globals(k));
  exports_and_start(k);
  WEIR_TRY(segments_and_code(k));
  customs(k);
  return WEIR_OK;
}

weir_status sections_write(const struct wasm_sections *s, struct text *out, struct diag *d) {
  struct index_maps maps;
  struct writing k = {.w = {s, &maps, d}, .out = out};
  identity(s, &maps);
  text_init(&k.body);
  text_init(&k.code);
  weir_status status = all(&k);
  text_done(&k.body);
  text_done(&k.code);
  if (status == WEIR_OK && out->failed)
    return diag_nomem(d);
  return status;
}
