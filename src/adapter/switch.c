/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The module of switches: the k-th trampoline has the type, the import, the global and the function k. A function
 * passes its parameters to the function in its global by a tail call, so backtraces do not show the switch.
 */
#include "adapter/switch.h"

#include "adapter/module_writer.h"
#include "wasm/put.h"

static const struct core_signature *signature_of(const struct graph *g, const struct adapter_group *group, uint32_t k) {
  return &g->trampolines[group->trampolines[k]].signature;
}

static void write_imports(const struct adapter_group *group, struct text *out, struct text *body) {
  put_u32(body, group->count);
  for (uint32_t k = 0; k < group->count; k++) {
    put_name(body, STR(""));
    put_name(body, STR(""));
    put_byte(body, MODULE_EXTERN_FUNC);
    put_u32(body, k);
  }
  put_section(out, SECTION_IMPORT, body);
}

static void write_globals(const struct adapter_group *group, struct text *out, struct text *body) {
  enum { REF_TO = 0x64, MUTABLE = 1 };
  put_u32(body, group->count);
  for (uint32_t k = 0; k < group->count; k++) {
    put_byte(body, REF_TO);
    put_s32(body, (int32_t)k);
    put_byte(body, MUTABLE);
    put_op_u32(body, OP_REF_FUNC, k);
    put_op(body, OP_END);
  }
  put_section(out, SECTION_GLOBAL, body);
}

static void write_exports(const struct adapter_group *group, struct text *out, struct text *body) {
  put_u32(body, 2 * group->count);
  for (uint32_t k = 0; k < 2 * group->count; k++) {
    bool is_func = k < group->count;
    module_put_number(body, k);
    put_byte(body, is_func ? MODULE_EXTERN_FUNC : MODULE_EXTERN_GLOBAL);
    put_u32(body, is_func ? group->count + k : k - group->count);
  }
  put_section(out, SECTION_EXPORT, body);
}

static void write_code(const struct graph *g, const struct adapter_group *group, struct text *out, struct text *body) {
  struct text one;
  text_init(&one);
  put_u32(body, group->count);
  for (uint32_t k = 0; k < group->count; k++) {
    put_u32(&one, 0); /* locals */
    for (uint32_t i = 0; i < signature_of(g, group, k)->param_count; i++)
      put_op_u32(&one, OP_LOCAL_GET, i);
    put_op_u32(&one, OP_GLOBAL_GET, k);
    put_op_u32(&one, OP_RETURN_CALL_REF, k);
    put_op(&one, OP_END);
    put_sized(body, &one);
  }
  text_done(&one);
  put_section(out, SECTION_CODE, body);
}

static void write(const struct graph *g, const struct adapter_group *group, struct text *out, struct text *body) {
  text_add(out, module_preamble);
  put_u32(body, group->count);
  for (uint32_t k = 0; k < group->count; k++)
    module_put_signature(body, signature_of(g, group, k));
  put_section(out, SECTION_TYPE, body);
  write_imports(group, out, body);
  put_u32(body, group->count);
  for (uint32_t k = 0; k < group->count; k++)
    put_u32(body, k);
  put_section(out, SECTION_FUNCTION, body);
  write_globals(group, out, body);
  write_exports(group, out, body);
  write_code(g, group, out, body);
  module_put_name(out, body);
}

static weir_status list_imports(struct arena *arena, struct adapter_group *group, struct diag *d) {
  struct adapter_import *imports = ARENA_ARRAY(arena, struct adapter_import, group->count);
  if (!imports)
    return diag_nomem(d);
  for (uint32_t k = 0; k < group->count; k++)
    imports[k] = (struct adapter_import){.kind = ADAPTER_IMPORT_OUTSIDE,
                                         .ref = {.kind = CORE_REF_TRAMPOLINE, .index = group->trampolines[k]}};
  group->imports = imports;
  group->import_count = group->count;
  return WEIR_OK;
}

weir_status adapter_switch_write(struct arena *arena, const struct graph *g, struct adapter_group *group,
                                 struct diag *d) {
  struct text out, body;
  text_init(&out);
  text_init(&body);
  write(g, group, &out, &body);
  if (!out.failed)
    group->bytes = arena_str(arena, (struct str){out.data, out.size});
  bool written = !out.failed && group->bytes.data;
  text_done(&out);
  text_done(&body);
  return written ? list_imports(arena, group, d) : diag_nomem(d);
}
