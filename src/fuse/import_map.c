/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Writes the import map. The name of each import has a number, by which the graph tells what the import is.
 *
 * In order: the kinds; texts of types and options; one import; all of them; version 1; both.
 */
#include "fuse/import_map.h"

#include <string.h>

#include "adapter/fused.h"
#include "base/json.h"
#include "wasm/sections_read.h"
#include "wit/wit.h"

enum { MAP_VERSION = 2, MAP_MAX = 64 << 20 };

struct mapping {
  struct arena arena;
  const struct graph *g;
  struct json j;
};

/* ---- kinds ------------------------------------------------------------------------------------------------------- */

static struct str interface_of(const struct graph *g, const struct graph_trampoline *t) {
  return t->callee.kind == FUNC_REF_HOST ? g->host_funcs[t->callee.index].interface_name : STR("");
}

static const char *kind_of(const struct graph *g, const struct graph_trampoline *t) {
  switch (canon_info(t->kind)->class) {
    case CANON_CLASS_CALL:
      return str_starts_with(interface_of(g, t), STR("wasi:")) ? "wasi" : "function";
    case CANON_CLASS_RESOURCE:
      return "resource";
    case CANON_CLASS_STREAM:
      return "stream";
    case CANON_CLASS_FUTURE:
      return "future";
    case CANON_CLASS_ERROR_CONTEXT:
      return "error-context";
    case CANON_CLASS_THREAD:
    case CANON_CLASS_PARALLEL:
      return "thread";
    default:
      return "p3-builtin";
  }
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

static void put_types(struct text *out, const uint8_t *types, uint32_t count) {
  static const char *const names[] = {[CORE_I32] = "i32", [CORE_I64] = "i64", [CORE_F32] = "f32", [CORE_F64] = "f64"};
  for (uint32_t i = 0; i < count; i++)
    text_printf(out, "%s%s", i > 0 ? ", " : "", names[types[i]]);
}

static void member_core_type(struct mapping *m, const struct core_signature *sig) {
  struct text type = {0};
  text_char(&type, '(');
  put_types(&type, sig->params, sig->param_count);
  text_printf(&type, ") -> (");
  put_types(&type, sig->results, sig->result_count);
  text_char(&type, ')');
  json_member(&m->j, "core_type", (struct str){type.data, type.size});
  m->j.out->failed |= type.failed;
  text_done(&type);
}

static void member_wit_type(struct mapping *m, const struct graph_trampoline *t) {
  struct text type = {0};
  if (t->type)
    wit_func(&type, t->type);
  else if (t->value_type)
    wit_type(&type, t->value_type, false);
  json_member_text(&m->j, "wit_type", (struct str){type.data, type.size});
  m->j.out->failed |= type.failed;
  text_done(&type);
}

static void member_ref(struct mapping *m, const char *key, const struct core_ref *ref) {
  if (ref->kind == CORE_REF_NONE)
    return;
  struct str name = fused_export_name(&m->arena, ref);
  m->j.out->failed |= !name.data;
  json_member(&m->j, key, name);
}

static const char *encoding_name(enum ast_encoding encoding) {
  switch (encoding) {
    case AST_ENCODING_UTF16:
      return "utf16";
    case AST_ENCODING_LATIN1_UTF16:
      return "latin1+utf16";
    default:
      return "utf8";
  }
}

/* ---- one import -------------------------------------------------------------------------------------------------- */

static void add_callee(struct mapping *m, const struct graph_trampoline *t) {
  const struct graph *g = m->g;
  if (t->kind != CANON_LOWER)
    return;
  if (t->callee.kind == FUNC_REF_HOST) {
    json_member(&m->j, "function", g->host_funcs[t->callee.index].name);
    json_member_text(&m->j, "interface", interface_of(g, t));
    return;
  }
  json_member(&m->j, "function", g->lifts[t->callee.index].name);
  json_member_number(&m->j, "callee_instance", g->lifts[t->callee.index].instance);
}

static void add_options(struct mapping *m, const struct graph_trampoline *t) {
  const struct core_ref *memory = t->memory.kind != CORE_REF_NONE ? &t->memory : &t->opts.memory;
  if (t->kind == CANON_LOWER)
    json_member(&m->j, "lower", t->opts.async ? STR("async") : STR("sync"));
  member_ref(m, "memory", memory);
  member_ref(m, "realloc", &t->opts.realloc);
  member_ref(m, "table", &t->table);
  if (t->opts.memory.kind != CORE_REF_NONE)
    json_member(&m->j, "encoding", str_from(encoding_name(t->opts.encoding)));
}

static void add_trampoline(struct mapping *m, uint32_t index) {
  const struct graph_trampoline *t = &m->g->trampolines[index];
  json_member(&m->j, "kind", str_from(kind_of(m->g, t)));
  json_member(&m->j, "builtin", str_from(canon_info(t->kind)->name));
  json_member_number(&m->j, "definition", index);
  json_member_number(&m->j, "instance", t->instance);
  json_member(&m->j, "component", m->g->instances[t->instance].path);
  add_callee(m, t);
  add_options(m, t);
  member_core_type(m, &t->signature);
  member_wit_type(m, t);
}

static void add_helper(struct mapping *m, enum adapter_helper helper) {
  json_member(&m->j, "kind", STR("adapter"));
  member_core_type(m, adapter_helper_signature(helper));
}

static weir_status read_import(const struct mapping *m, const struct wasm_import *import, struct fused_import *ret,
                               struct diag *d) {
  if (fused_import_read(m->g, import->module, import->name, ret))
    return WEIR_OK;
  return diag_set(d, WEIR_ERR_INVALID, "the import \"" STR_FMT "\" \"" STR_FMT "\" is none that its component needs",
                  STR_ARG(import->module), STR_ARG(import->name));
}

static weir_status add_import(struct mapping *m, const struct wasm_import *import, uint32_t index, struct diag *d) {
  struct fused_import is;
  WEIR_TRY(read_import(m, import, &is, d));
  json_object(&m->j);
  json_member_number(&m->j, "index", index);
  json_member(&m->j, "module", import->module);
  json_member(&m->j, "name", import->name);
  if (is.helper)
    add_helper(m, (enum adapter_helper)is.index);
  else
    add_trampoline(m, is.index);
  json_object_end(&m->j);
  if (m->j.out->size > MAP_MAX)
    return diag_set(d, WEIR_ERR_LIMIT, "the import map would be longer than 64 MiB");
  return WEIR_OK;
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

static weir_status add_imports(struct mapping *m, const struct wasm_sections *s, struct diag *d) {
  json_object(&m->j);
  json_member_number(&m->j, "version", MAP_VERSION);
  json_key(&m->j, "imports");
  json_array(&m->j);
  for (uint32_t i = 0; i < s->import_count; i++)
    WEIR_TRY(add_import(m, &s->imports[i], i, d));
  json_array_end(&m->j);
  json_object_end(&m->j);
  return m->j.out->failed ? diag_nomem(d) : WEIR_OK;
}

/* ---- version 1 --------------------------------------------------------------------------------------------------- */

/* Four kinds are all that it knows. */
static const char *kind_of_version_1(const struct mapping *m, const struct fused_import *is) {
  const char *kind = is->helper ? "function" : kind_of(m->g, &m->g->trampolines[is->index]);
  bool known = strcmp(kind, "resource") == 0 || strcmp(kind, "wasi") == 0 || strcmp(kind, "p3-builtin") == 0;
  return known ? kind : "function";
}

/* As its readers have it: members in the order of their names, two spaces, no line end at the end. */
static weir_status write_version_1(struct mapping *m, const struct wasm_sections *s, struct diag *d) {
  struct text *out = m->j.out;
  text_printf(out, "{\n  \"imports\": [");
  for (uint32_t i = 0; i < s->import_count; i++) {
    const struct wasm_import *import = &s->imports[i];
    struct fused_import is;
    WEIR_TRY(read_import(m, import, &is, d));
    text_printf(out, "%s\n    {\n      \"index\": %u,\n      \"kind\": \"%s\",\n      \"module\": ", i > 0 ? "," : "",
                (unsigned)i, kind_of_version_1(m, &is));
    json_quote(out, import->module);
    text_printf(out, ",\n      \"name\": ");
    json_quote(out, import->name);
    text_printf(out, "\n    }");
  }
  text_printf(out, "%s]\n}", s->import_count > 0 ? "\n  " : "");
  return out->failed ? diag_nomem(d) : WEIR_OK;
}

/* ---- both -------------------------------------------------------------------------------------------------------- */

weir_status import_map_write(const struct weir_alloc *alloc, const struct graph *g, struct str module, uint32_t version,
                             struct text *out, struct diag *d) {
  struct mapping m = {.g = g};
  struct wasm_sections s;
  arena_init(&m.arena, alloc);
  m.j = json_begin(out);
  weir_status status = sections_read(&m.arena, (const uint8_t *)module.data, module.size, &s, d);
  if (status == WEIR_OK)
    status = version == 1 ? write_version_1(&m, &s, d) : add_imports(&m, &s, d);
  arena_done(&m.arena);
  return status;
}
