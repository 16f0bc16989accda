/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Compiled core modules. An eng_module is immutable once made and shared between threads; the module keeps its engine
 * alive. Making the module copies the list of imports, because the runtime asks for the list at every link.
 */
#include "engine/eng.h"

#include "base/mem.h"
#include "engine/eng_private.h"

static enum eng_kind kind_of(const wasm_externtype_t *type) {
  switch (wasm_externtype_kind(type)) {
    case WASM_EXTERN_FUNC:
      return ENG_FUNC;
    case WASM_EXTERN_GLOBAL:
      return ENG_GLOBAL;
    case WASM_EXTERN_TABLE:
      return ENG_TABLE;
    case WASM_EXTERN_MEMORY:
      return ENG_MEMORY;
    default:
      return ENG_TAG;
  }
}

static bool import_copy(struct eng_module *m, const wasm_importtype_t *from, struct eng_import *ret) {
  const wasm_name_t *module = wasm_importtype_module(from), *name = wasm_importtype_name(from);
  ret->module = arena_str(&m->arena, (struct str){module->data, module->size});
  ret->name = arena_str(&m->arena, (struct str){name->data, name->size});
  ret->kind = kind_of(wasm_importtype_type(from));
  return ret->module.data && ret->name.data;
}

static bool imports_copy(struct eng_module *m) {
  wasm_importtype_vec_t types;
  wasmtime_module_imports(m->module, &types);
  m->imports = ARENA_ARRAY(&m->arena, struct eng_import, types.size);
  bool ok = m->imports && types.size <= UINT32_MAX;
  for (size_t i = 0; ok && i < types.size; i++)
    ok = import_copy(m, types.data[i], &m->imports[i]);
  m->import_count = (uint32_t)types.size;
  wasm_importtype_vec_delete(&types);
  return ok;
}

static weir_status module_wrap(struct eng *e, wasmtime_module_t *take, struct eng_module **ret, struct diag *d) {
  struct eng_module *m = mem_zalloc(e->alloc, sizeof(*m));
  if (!m) {
    wasmtime_module_delete(take);
    return diag_nomem(d);
  }
  atomic_init(&m->refs, 1);
  m->engine = eng_ref(e);
  m->module = take;
  arena_init(&m->arena, e->alloc);
  if (!imports_copy(m)) {
    eng_module_unref(m);
    return diag_nomem(d);
  }
  *ret = m;
  return WEIR_OK;
}

weir_status eng_module_compile(struct eng *e, const uint8_t *bytes, size_t size, struct eng_module **ret,
                               struct diag *d) {
  wasmtime_module_t *m = NULL;
  wasmtime_error_t *error = wasmtime_module_new(e->engine, bytes, size, &m);
  if (error)
    return trap_take_error(NULL, error, WEIR_ERR_COMPILE, d);
  return module_wrap(e, m, ret, d);
}

struct eng_module *eng_module_ref(struct eng_module *m) {
  atomic_fetch_add_explicit(&m->refs, 1, memory_order_relaxed);
  return m;
}

void eng_module_unref(struct eng_module *m) {
  if (!m || atomic_fetch_sub_explicit(&m->refs, 1, memory_order_acq_rel) != 1)
    return;
  struct eng *e = m->engine;
  wasmtime_module_delete(m->module);
  arena_done(&m->arena);
  mem_free(e->alloc, m, sizeof(*m));
  eng_unref(e);
}

struct eng *eng_module_engine(const struct eng_module *m) {
  return m->engine;
}

size_t eng_module_size(const struct eng_module *m) {
  void *start = NULL, *end = NULL;
  wasmtime_module_image_range(m->module, &start, &end);
  return sizeof(*m) + m->arena.total + (size_t)((char *)end - (char *)start);
}

weir_status eng_module_serialize(const struct eng_module *m, uint8_t **ret, size_t *ret_size, struct diag *d) {
  wasm_byte_vec_t out;
  wasmtime_error_t *error = wasmtime_module_serialize(m->module, &out);
  if (error)
    return trap_take_error(NULL, error, WEIR_ERR_COMPILE, d);
  /* Both are Rust's boxed slices, so eng_bytes_free() fits. */
  *ret = (uint8_t *)out.data;
  *ret_size = out.size;
  return WEIR_OK;
}

weir_status eng_module_deserialize(struct eng *e, const uint8_t *bytes, size_t size, struct eng_module **ret,
                                   struct diag *d) {
  wasmtime_module_t *m = NULL;
  wasmtime_error_t *error = wasmtime_module_deserialize(e->engine, bytes, size, &m);
  if (error)
    return trap_take_error(NULL, error, WEIR_ERR_MALFORMED, d);
  return module_wrap(e, m, ret, d);
}

uint32_t eng_module_import_count(const struct eng_module *m) {
  return m->import_count;
}

const struct eng_import *eng_module_import(const struct eng_module *m, uint32_t i) {
  return i < m->import_count ? &m->imports[i] : NULL;
}
