/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Puts small modules together. Each section is kept without its count, which comes when all are written.
 *
 * In order: types and imports; functions; exports and the like; writing.
 */
#include "fuse/small.h"

enum { KIND_FUNC = 0, KIND_TABLE = 1, KIND_MEMORY = 2, FUNCREF = 0x70, FUNC_TYPE = 0x60, NAMES_OF_FUNCS = 1 };

void small_init(struct small *m) {
  *m = (struct small){0};
}

void small_done(struct small *m) {
  struct text *const all[] = {&m->types, &m->imports, &m->funcs, &m->exports, &m->elems, &m->code, &m->names};
  for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
    text_done(all[i]);
}

uint32_t small_type(struct small *m, const struct core_signature *sig) {
  put_byte(&m->types, FUNC_TYPE);
  put_u32(&m->types, sig->param_count);
  for (uint32_t i = 0; i < sig->param_count; i++)
    put_valtype(&m->types, sig->params[i]);
  put_u32(&m->types, sig->result_count);
  for (uint32_t i = 0; i < sig->result_count; i++)
    put_valtype(&m->types, sig->results[i]);
  return m->type_count++;
}

static void import(struct small *m, struct str module, struct str name, uint8_t kind) {
  put_name(&m->imports, module);
  put_name(&m->imports, name);
  put_byte(&m->imports, kind);
  m->import_count++;
}

uint32_t small_import_func(struct small *m, struct str module, struct str name, const struct core_signature *sig) {
  uint32_t type = small_type(m, sig);
  import(m, module, name, KIND_FUNC);
  put_u32(&m->imports, type);
  return m->func_count++;
}

uint32_t small_import_memory(struct small *m, struct str module, struct str name) {
  import(m, module, name, KIND_MEMORY);
  put_byte(&m->imports, 0);
  put_u32(&m->imports, 0);
  return m->memory_count++;
}

static void put_table(struct text *t, uint32_t size) {
  put_byte(t, FUNCREF);
  put_byte(t, 1);
  put_u32(t, size);
  put_u32(t, size);
}

void small_import_table(struct small *m, struct str module, struct str name, uint32_t size) {
  import(m, module, name, KIND_TABLE);
  put_table(&m->imports, size);
}

uint32_t small_func(struct small *m, uint32_t type, struct text *body) {
  put_u32(&m->funcs, type);
  put_sized(&m->code, body);
  m->own_count++;
  return m->func_count++;
}

static void export(struct small *m, struct str name, uint8_t kind, uint32_t index) {
  put_name(&m->exports, name);
  put_byte(&m->exports, kind);
  put_u32(&m->exports, index);
  m->export_count++;
}

void small_export_func(struct small *m, struct str name, uint32_t func) {
  export(m, name, KIND_FUNC, func);
}

void small_export_table(struct small *m, struct str name) {
  export(m, name, KIND_TABLE, 0);
}

void small_export_memory(struct small *m, struct str name) {
  export(m, name, KIND_MEMORY, 0);
}

void small_name_func(struct small *m, uint32_t func, struct str name) {
  put_u32(&m->names, func);
  put_name(&m->names, name);
  m->name_count++;
}

void small_elem(struct small *m, uint32_t place, uint32_t func) {
  put_u32(&m->elems, 0);
  put_i32(&m->elems, place);
  put_op(&m->elems, OP_END);
  put_u32(&m->elems, 1);
  put_u32(&m->elems, func);
  m->elem_count++;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static void put_list(struct text *out, enum wasm_section_id id, uint32_t count, const struct text *items) {
  struct text body = {0};
  if (count > 0) {
    put_u32(&body, count);
    text_add(&body, (struct str){items->data, items->size});
  }
  body.failed |= items->failed;
  put_section(out, id, &body);
  text_done(&body);
}

static void write_names(struct small *m, struct text *out) {
  struct text body = {0}, names = {0};
  if (m->name_count == 0)
    return;
  put_name(&body, STR("name"));
  put_byte(&body, NAMES_OF_FUNCS);
  put_u32(&names, m->name_count);
  text_add(&names, (struct str){m->names.data, m->names.size});
  put_sized(&body, &names);
  body.failed |= m->names.failed;
  put_section(out, SECTION_CUSTOM, &body);
  text_done(&names);
  text_done(&body);
}

void small_write(struct small *m, struct text *out) {
  struct text body = {0};
  text_add(out, STR("\0asm\1\0\0\0"));
  put_list(out, SECTION_TYPE, m->type_count, &m->types);
  put_list(out, SECTION_IMPORT, m->import_count, &m->imports);
  put_list(out, SECTION_FUNCTION, m->own_count, &m->funcs);
  if (m->table > 0) {
    put_u32(&body, 1);
    put_table(&body, m->table);
    put_section(out, SECTION_TABLE, &body);
  }
  if (m->memory) {
    put_u32(&body, 1);
    put_byte(&body, 1);
    put_u32(&body, 1);
    put_u32(&body, 1);
    put_section(out, SECTION_MEMORY, &body);
  }
  put_list(out, SECTION_EXPORT, m->export_count, &m->exports);
  if (m->starts) {
    put_u32(&body, m->func_count - 1);
    put_section(out, SECTION_START, &body);
  }
  put_list(out, SECTION_ELEMENT, m->elem_count, &m->elems);
  put_list(out, SECTION_CODE, m->own_count, &m->code);
  write_names(m, out);
  text_done(&body);
}
