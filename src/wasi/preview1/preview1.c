/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Puts a module of preview 1 into the component that is there for it. The module goes into its place as it is, but for
 * the import section: a module may import a function twice (Go's do), a component's may not. So each further import of
 * one name gets a module name of its own, which the component has too.
 *
 * In order: what the module has to be; imports; the component.
 */
#include "wasi/preview1/preview1.h"

#include <stdio.h>

#include "base/mem.h"
#include "wasi/preview1_bytes.h"
#include "wasm/put.h"
#include "wasm/sections_read.h"
#include "weir/wasi.h"

/* The component has so many module names for one function. More imports than that are no toolchain's. */
enum { SAME_NAMES = WASI_PREVIEW1_COPIES, IMPORTS_MAX = 1024, HEADER = 8, CORE_MODULE = 1 };

static const struct str module_name = STR("wasi_snapshot_preview1");

/* ---- what the module has to be ----------------------------------------------------------------------------------- */

static bool has_export(const struct wasm_sections *s, struct str name, uint8_t space) {
  for (uint32_t i = 0; i < s->export_count; i++)
    if (s->exports[i].space == space && str_eq(s->exports[i].name, name))
      return true;
  return false;
}

static weir_status check_import(const struct wasm_import *import, struct diag *d) {
  if (!str_eq(import->module, module_name))
    return diag_set(d, WEIR_ERR_LINK, "the module imports `" STR_FMT "` of `" STR_FMT "`, which is not WASI preview 1",
                    STR_ARG(import->name), STR_ARG(import->module));
  if (import->space != SPACE_FUNC)
    return diag_set(d, WEIR_ERR_LINK, "the module imports `" STR_FMT "`, which is no function of WASI preview 1",
                    STR_ARG(import->name));
  for (size_t i = 0; i < sizeof(wasi_preview1_names) / sizeof(wasi_preview1_names[0]); i++)
    if (str_eq(import->name, str_from(wasi_preview1_names[i])))
      return WEIR_OK;
  return diag_set(d, WEIR_ERR_LINK, "WASI preview 1 has no function `" STR_FMT "`", STR_ARG(import->name));
}

static weir_status check_module(const struct wasm_sections *s, struct diag *d) {
  if (s->import_count > IMPORTS_MAX)
    return diag_set(d, WEIR_ERR_LINK, "the module has more than %d imports", IMPORTS_MAX);
  for (uint32_t i = 0; i < s->import_count; i++)
    WEIR_TRY(check_import(&s->imports[i], d));
  if (!has_export(s, STR("_start"), SPACE_FUNC))
    return diag_set(d, WEIR_ERR_LINK, "the module exports no `_start`, so it is not a program");
  if (!has_export(s, STR("memory"), SPACE_MEMORY))
    return diag_set(d, WEIR_ERR_LINK, "the module exports no `memory`, where WASI preview 1 finds arguments");
  return WEIR_OK;
}

/* ---- imports ----------------------------------------------------------------------------------------------------- */

/* How many imports before this one have its name. */
static uint32_t count_before(const struct wasm_sections *s, uint32_t i) {
  uint32_t count = 0;
  for (uint32_t k = 0; k < i; k++)
    count += str_eq(s->imports[k].name, s->imports[i].name);
  return count;
}

static void put_import(struct text *body, const struct wasm_sections *s, uint32_t i, uint32_t copy) {
  char name[40];
  if (copy == 0)
    put_name(body, module_name);
  else
    put_name(body, (struct str){name, (size_t)snprintf(name, sizeof(name), "%s %u", module_name.data, copy + 1)});
  put_name(body, s->imports[i].name);
  put_byte(body, 0); /* a function */
  put_u32(body, s->funcs[s->imports[i].index]);
}

static weir_status put_imports(struct text *out, const struct wasm_sections *s, struct diag *d) {
  struct text body;
  text_init(&body);
  put_u32(&body, s->import_count);
  weir_status status = WEIR_OK;
  for (uint32_t i = 0; status == WEIR_OK && i < s->import_count; i++) {
    uint32_t copy = count_before(s, i);
    if (copy < SAME_NAMES)
      put_import(&body, s, i, copy);
    else
      status = diag_set(d, WEIR_ERR_LINK, "the module imports `" STR_FMT "` more than %d times",
                        STR_ARG(s->imports[i].name), SAME_NAMES);
  }
  out->failed = out->failed || body.failed;
  put_section(out, SECTION_IMPORT, &body);
  text_done(&body);
  return status;
}

/* The module with its sections as they are, but for the imports. sections_read() has checked all sizes. */
static weir_status put_module(struct text *out, const struct wasm_sections *s, struct diag *d) {
  struct cursor c = {.data = s->data, .size = s->size, .pos = HEADER, .diag = d};
  text_add(out, (struct str){(const char *)s->data, HEADER});
  while (cursor_left(&c) > 0) {
    size_t begin = c.pos;
    uint8_t id;
    uint32_t size;
    const uint8_t *body;
    WEIR_TRY(cursor_u8(&c, &id));
    WEIR_TRY(cursor_u32_leb(&c, &size));
    WEIR_TRY(cursor_bytes(&c, size, &body));
    if (id == SECTION_IMPORT)
      WEIR_TRY(put_imports(out, s, d));
    else
      text_add(out, (struct str){(const char *)s->data + begin, c.pos - begin});
  }
  return WEIR_OK;
}

/* ---- the component ----------------------------------------------------------------------------------------------- */

static weir_status put_component(struct text *out, const struct wasm_sections *s, struct diag *d) {
  struct text module;
  text_init(&module);
  weir_status status = put_module(&module, s, d);
  text_add(out, (struct str){(const char *)wasi_preview1_before, sizeof(wasi_preview1_before)});
  put_byte(out, CORE_MODULE);
  out->failed = out->failed || module.failed;
  put_sized(out, &module);
  text_add(out, (struct str){(const char *)wasi_preview1_after, sizeof(wasi_preview1_after)});
  text_done(&module);
  if (status != WEIR_OK)
    return status;
  return out->failed ? diag_nomem(d) : WEIR_OK;
}

weir_status wasi_preview1_adapt(const struct weir_alloc *alloc, const uint8_t *bytes, size_t size, struct text *out,
                                struct diag *d) {
  struct arena arena;
  struct wasm_sections s;
  arena_init(&arena, alloc);
  weir_status status = sections_read(&arena, bytes, size, &s, d);
  if (status == WEIR_OK)
    status = check_module(&s, d);
  if (status == WEIR_OK)
    status = put_component(out, &s, d);
  arena_done(&arena);
  return status;
}

weir_status weir_wasi_adapt_preview1(const void *bytes, size_t size, void **ret, size_t *ret_size,
                                     weir_error **ret_error) {
  struct diag d;
  struct text out;
  diag_init(&d);
  text_init(&out);
  weir_status status = wasi_preview1_adapt(&mem_system, bytes, size, &out, &d);
  if (status == WEIR_OK) {
    *ret = text_take(&out, ret_size);
    status = *ret ? WEIR_OK : diag_nomem(&d);
  }
  text_done(&out);
  return status == WEIR_OK ? WEIR_OK : diag_raise(&d, ret_error);
}
