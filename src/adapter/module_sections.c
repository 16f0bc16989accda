/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The sections of a module of adapters, in their order: types, imports, functions, the memory of flags, exports, code,
 * and the name. Bodies are written first, since they tell which functions for strings there are.
 */
#include <string.h>

#include "adapter/emit.h"
#include "adapter/module_writer.h"

const struct str module_preamble = {"\0asm\1\0\0", 8};

const struct core_signature module_string_signature = {{CORE_I32, CORE_I32, CORE_I32}, {CORE_I32}, 3, 1};

static bool same_signature(const struct core_signature *a, const struct core_signature *b) {
  return a->param_count == b->param_count && a->result_count == b->result_count &&
         memcmp(a->params, b->params, a->param_count) == 0 && memcmp(a->results, b->results, a->result_count) == 0;
}

uint32_t module_writer_type(struct module_writer *w, const struct core_signature *sig) {
  for (uint32_t i = 0; i < w->type_count; i++)
    if (same_signature(w->types[i], sig))
      return i;
  w->types[w->type_count] = sig;
  return w->type_count++;
}

void module_put_signature(struct text *t, const struct core_signature *sig) {
  enum { FUNC_TYPE = 0x60 };
  put_byte(t, FUNC_TYPE);
  put_u32(t, sig->param_count);
  for (uint32_t k = 0; k < sig->param_count; k++)
    put_valtype(t, sig->params[k]);
  put_u32(t, sig->result_count);
  for (uint32_t k = 0; k < sig->result_count; k++)
    put_valtype(t, sig->results[k]);
}

void module_put_number(struct text *t, uint32_t n) {
  struct text name;
  text_init(&name);
  text_printf(&name, "%u", n);
  put_name(t, (struct str){name.data, name.size});
  t->failed |= name.failed;
  text_done(&name);
}

static void write_types(const struct module_writer *w, struct text *out, struct text *body) {
  put_u32(body, w->type_count);
  for (uint32_t i = 0; i < w->type_count; i++)
    module_put_signature(body, w->types[i]);
  put_section(out, SECTION_TYPE, body);
}

/* Imports are found by their position, so they have no names. A memory may have any size. */
static void write_imports(const struct module_writer *w, struct text *out, struct text *body) {
  put_u32(body, w->m->import_count);
  for (uint32_t i = 0; i < w->m->import_count; i++) {
    put_name(body, STR(""));
    put_name(body, STR(""));
    if (module_import_is_memory(w->m->imports[i].kind)) {
      put_byte(body, MODULE_EXTERN_MEMORY);
      put_u32(body, 0);
      put_u32(body, 0);
    } else {
      put_byte(body, MODULE_EXTERN_FUNC);
      put_u32(body, w->import_types[i]);
    }
  }
  put_section(out, SECTION_IMPORT, body);
}

static void write_functions(struct module_writer *w, struct text *out, struct text *body) {
  put_u32(body, w->m->count + w->m->string_count);
  for (uint32_t i = 0; i < w->m->count; i++)
    put_u32(body, module_writer_type(w, w->m->funcs[i].caller));
  for (uint32_t i = 0; i < w->m->string_count; i++)
    put_u32(body, module_writer_type(w, &module_string_signature));
  put_section(out, SECTION_FUNCTION, body);
}

/* Of one size, so the memory never moves. */
static void write_memories(uint32_t flag_pages, struct text *out, struct text *body) {
  enum { HAS_MAX = 1 };
  if (flag_pages == 0)
    return;
  put_u32(body, 1);
  put_byte(body, HAS_MAX);
  put_u32(body, flag_pages);
  put_u32(body, flag_pages);
  put_section(out, SECTION_MEMORY, body);
}

static void write_exports(const struct module_writer *w, bool makes_flags, struct text *out, struct text *body) {
  put_u32(body, w->m->count + makes_flags);
  if (makes_flags) {
    put_name(body, STR("flags"));
    put_byte(body, MODULE_EXTERN_MEMORY);
    put_u32(body, w->m->flags);
  }
  for (uint32_t i = 0; i < w->m->count; i++) {
    module_put_number(body, i);
    put_byte(body, MODULE_EXTERN_FUNC);
    put_u32(body, w->m->func_count + i);
  }
  put_section(out, SECTION_EXPORT, body);
}

static void write_body(struct emit *e, const struct adapter_func *f) {
  if (f->kind == ADAPTER_FUNC_RETURN)
    emit_task_return(e, f);
  else if (f->kind == ADAPTER_FUNC_CONTEXT)
    emit_context(e, f);
  else
    emit_adapter(e, f);
}

static void write_bodies(struct module_writer *w, struct text *code) {
  struct emit e;
  for (uint32_t i = 0; i < w->m->count; i++) {
    const struct adapter_func *f = &w->m->funcs[i];
    emit_init(&e, w->m, f->caller->params, f->caller->param_count);
    write_body(&e, f);
    emit_body(&e, code);
    emit_done(&e);
  }
  for (uint32_t i = 0; i < w->m->string_count; i++) {
    emit_init(&e, w->m, module_string_signature.params, module_string_signature.param_count);
    emit_string_function(&e, &w->m->strings[i]);
    emit_body(&e, code);
    emit_done(&e);
  }
}

void module_put_name(struct text *out, struct text *body) {
  enum { MODULE_NAME = 0 };
  static const struct str name = {"adapter", 7};
  put_name(body, STR("name"));
  put_byte(body, MODULE_NAME);
  put_u32(body, (uint32_t)name.size + 1);
  put_name(body, name);
  put_section(out, SECTION_CUSTOM, body);
}

void module_sections_write(struct module_writer *w, uint32_t flag_pages, struct text *out) {
  struct text code, body;
  text_init(&code);
  text_init(&body);
  write_bodies(w, &code);
  text_add(out, module_preamble);
  write_types(w, out, &body);
  write_imports(w, out, &body);
  write_functions(w, out, &body);
  write_memories(flag_pages, out, &body);
  write_exports(w, flag_pages > 0, out, &body);
  put_u32(&body, w->m->count + w->m->string_count);
  text_add(&body, (struct str){code.data, code.size});
  body.failed |= code.failed;
  put_section(out, SECTION_CODE, &body);
  module_put_name(out, &body);
  text_done(&code);
  text_done(&body);
}
