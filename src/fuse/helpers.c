/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Writes a group's helpers (helpers.h). A site says which side a string comes from: the module has a function for each
 * memory, and asks one site after another, since only strings beyond ASCII come here.
 *
 * In order: traps; UTF-8; sites; the module.
 */
#include "fuse/helpers.h"

#include "adapter/fused.h"
#include "base/vec.h"
#include "fuse/small.h"

struct making {
  struct arena *arena;
  const struct graph *g;
  struct diag *d;
  struct small m;
  VEC(struct core_ref) memories;
  VEC(struct helper_site) sites;
};

static const struct core_signature nothing = {.param_count = 0};

/* ---- traps ------------------------------------------------------------------------------------------------------- */

/* A function that traps, by the name of the trap. */
static uint32_t put_trap(struct small *m, uint32_t type, const char *words) {
  struct text body = {0};
  put_u32(&body, 0);
  put_op(&body, OP_UNREACHABLE);
  put_op(&body, OP_END);
  uint32_t func = small_func(m, type, &body);
  small_name_func(m, func, str_from(words));
  text_done(&body);
  return func;
}

static uint32_t put_traps(struct small *m) {
  struct text body = {0};
  uint32_t type = small_type(m, &nothing), first = m->func_count;
  for (uint32_t i = 0; i < ADAPTER_TRAP_COUNT; i++)
    put_trap(m, type, adapter_trap_words((enum adapter_trap)i));
  put_u32(&body, 0);
  for (uint32_t i = 0; i < ADAPTER_TRAP_COUNT; i++) {
    put_op_u32(&body, OP_LOCAL_GET, 0);
    put_i32(&body, i);
    put_op(&body, OP_I32_EQ);
    put_op_u32(&body, OP_IF, TYPE_NOTHING);
    put_op_u32(&body, OP_CALL, first + i);
    put_op(&body, OP_END);
  }
  put_op(&body, OP_UNREACHABLE);
  put_op(&body, OP_END);
  uint32_t func = small_func(m, small_type(m, adapter_helper_signature(ADAPTER_TRAP)), &body);
  text_done(&body);
  return func;
}

/* ---- UTF-8 ------------------------------------------------------------------------------------------------------- */

enum { ADDRESS, END, BYTE, MORE, LOW, HIGH, UTF8_LOCALS = 4 }; /* END: the size, at first */

static void get_const(struct text *t, uint32_t local, uint32_t value) {
  put_op_u32(t, OP_LOCAL_GET, local);
  put_i32(t, value);
}

/* local = value where the byte is `byte`, else what is on the stack. */
static void choose(struct text *t, uint32_t byte, uint32_t value) {
  put_i32(t, value);
  get_const(t, BYTE, byte);
  put_op(t, OP_I32_NE);
  put_op(t, OP_SELECT);
}

static void trap_if(struct text *t, uint32_t trap) {
  put_op_u32(t, OP_IF, TYPE_NOTHING);
  put_op_u32(t, OP_CALL, trap);
  put_op(t, OP_END);
}

static void put_byte_in_sequence(struct text *t, uint32_t trap) {
  put_op_u32(t, OP_LOCAL_GET, BYTE);
  put_op_u32(t, OP_LOCAL_GET, LOW);
  put_op(t, OP_I32_LT_U);
  put_op_u32(t, OP_LOCAL_GET, BYTE);
  put_op_u32(t, OP_LOCAL_GET, HIGH);
  put_op(t, OP_I32_GT_U);
  put_op(t, OP_I32_OR);
  trap_if(t, trap);
  put_i32(t, 0x80);
  put_op_u32(t, OP_LOCAL_SET, LOW);
  put_i32(t, 0xbf);
  put_op_u32(t, OP_LOCAL_SET, HIGH);
  get_const(t, MORE, 1);
  put_op(t, OP_I32_SUB);
  put_op_u32(t, OP_LOCAL_SET, MORE);
}

/* The first byte of a sequence says how many follow, and bounds the second one (Unicode, table 3-7). */
static void put_first_byte(struct text *t, uint32_t trap) {
  get_const(t, BYTE, 0xc2);
  put_op(t, OP_I32_SUB);
  put_i32(t, 0xf4 - 0xc2);
  put_op(t, OP_I32_GT_U);
  trap_if(t, trap);
  put_i32(t, 1);
  get_const(t, BYTE, 0xe0);
  put_op(t, OP_I32_GE_U);
  put_op(t, OP_I32_ADD);
  get_const(t, BYTE, 0xf0);
  put_op(t, OP_I32_GE_U);
  put_op(t, OP_I32_ADD);
  put_op_u32(t, OP_LOCAL_SET, MORE);
  put_i32(t, 0x80);
  choose(t, 0xe0, 0xa0);
  choose(t, 0xf0, 0x90);
  put_op_u32(t, OP_LOCAL_SET, LOW);
  put_i32(t, 0xbf);
  choose(t, 0xed, 0x9f);
  choose(t, 0xf4, 0x8f);
  put_op_u32(t, OP_LOCAL_SET, HIGH);
}

static void put_next_byte(struct text *t, uint32_t memory) {
  put_op_u32(t, OP_LOCAL_GET, ADDRESS);
  put_access(t, OP_I32_LOAD8_U, memory, 0);
  put_op_u32(t, OP_LOCAL_SET, BYTE);
  get_const(t, ADDRESS, 1);
  put_op(t, OP_I32_ADD);
  put_op_u32(t, OP_LOCAL_SET, ADDRESS);
}

/* The range has been checked. */
static void put_utf8_body(struct text *t, uint32_t memory, uint32_t trap) {
  put_u32(t, 1);
  put_u32(t, UTF8_LOCALS);
  put_valtype(t, CORE_I32);
  put_op_u32(t, OP_LOCAL_GET, ADDRESS);
  put_op_u32(t, OP_LOCAL_GET, END);
  put_op(t, OP_I32_ADD);
  put_op_u32(t, OP_LOCAL_SET, END);
  put_op_u32(t, OP_BLOCK, TYPE_NOTHING);
  put_op_u32(t, OP_LOOP, TYPE_NOTHING);
  put_op_u32(t, OP_LOCAL_GET, ADDRESS);
  put_op_u32(t, OP_LOCAL_GET, END);
  put_op(t, OP_I32_EQ);
  put_op_u32(t, OP_BR_IF, 1);
  put_next_byte(t, memory);
  put_op_u32(t, OP_LOCAL_GET, MORE);
  put_op_u32(t, OP_IF, TYPE_NOTHING);
  put_byte_in_sequence(t, trap);
  put_op(t, OP_ELSE);
  get_const(t, BYTE, 0x80);
  put_op(t, OP_I32_GE_U);
  put_op_u32(t, OP_IF, TYPE_NOTHING);
  put_first_byte(t, trap);
  put_op(t, OP_END);
  put_op(t, OP_END);
  put_op_u32(t, OP_BR, 0);
  put_op(t, OP_END);
  put_op(t, OP_END);
  put_op_u32(t, OP_LOCAL_GET, MORE);
  trap_if(t, trap);
  put_op(t, OP_END);
}

/* A function for each memory, and one that asks the site. */
static uint32_t put_utf8(struct small *m, const struct helper_site *sites, uint32_t site_count, uint32_t memory_count) {
  static const struct core_signature two = {.params = {CORE_I32, CORE_I32}, .param_count = 2};
  struct text body = {0};
  uint32_t trap = put_trap(m, small_type(m, &nothing), "invalid utf-8"), first = m->func_count;
  uint32_t type = small_type(m, &two);
  for (uint32_t i = 0; i < memory_count; i++) {
    put_utf8_body(&body, i, trap);
    small_func(m, type, &body);
  }
  put_u32(&body, 0);
  for (uint32_t i = 0; i < site_count; i++) {
    get_const(&body, 0, sites[i].site);
    put_op(&body, OP_I32_EQ);
    put_op_u32(&body, OP_IF, TYPE_NOTHING);
    put_op_u32(&body, OP_LOCAL_GET, 1);
    put_op_u32(&body, OP_LOCAL_GET, 2);
    put_op_u32(&body, OP_CALL, first + sites[i].memory);
    put_op(&body, OP_RETURN);
    put_op(&body, OP_END);
  }
  put_op(&body, OP_UNREACHABLE);
  put_op(&body, OP_END);
  uint32_t func = small_func(m, small_type(m, adapter_helper_signature(ADAPTER_UTF8)), &body);
  text_done(&body);
  return func;
}

void helpers_put(struct small *m, const struct helper_site *sites, uint32_t site_count, uint32_t memory_count,
                 uint32_t *ret) {
  ret[ADAPTER_TRAP] = put_traps(m);
  ret[ADAPTER_UTF8] = put_utf8(m, sites, site_count, memory_count);
}

/* ---- sites ------------------------------------------------------------------------------------------------------- */

static weir_status add_site(struct making *k, uint32_t site, const struct core_ref *memory) {
  struct helper_site made = {site, 0};
  if (memory->kind == CORE_REF_NONE)
    return WEIR_OK;
  while (made.memory < k->memories.count && !(k->memories.data[made.memory].index == memory->index &&
                                              str_eq(k->memories.data[made.memory].name, memory->name)))
    made.memory++;
  if (made.memory == k->memories.count) {
    small_import_memory(&k->m, STR(""), STR(""));
    if (!ARENA_PUSH(k->arena, &k->memories, *memory))
      return diag_nomem(k->d);
  }
  return ARENA_PUSH(k->arena, &k->sites, made) ? WEIR_OK : diag_nomem(k->d);
}

static weir_status list_sites(struct making *k, const struct adapter_group *group) {
  for (uint32_t i = 0; i < group->count; i++) {
    uint32_t trampoline = group->trampolines[i];
    const struct graph_trampoline *t = &k->g->trampolines[trampoline];
    WEIR_TRY(add_site(k, trampoline * 2, &t->opts.memory));
    WEIR_TRY(add_site(k, trampoline * 2 + 1, &k->g->lifts[t->callee.index].opts.memory));
  }
  return WEIR_OK;
}

/* ---- the module -------------------------------------------------------------------------------------------------- */

static bool calls_it(const struct adapter_group *group, enum adapter_helper helper) {
  for (uint32_t i = 0; i < group->import_count; i++)
    if (group->imports[i].kind == ADAPTER_IMPORT_HELPER && group->imports[i].helper == helper)
      return true;
  return false;
}

static weir_status check_helpers(const struct adapter_group *group, struct diag *d) {
  for (uint32_t i = 0; i < ADAPTER_HELPER_COUNT; i++) {
    if (i != ADAPTER_TRAP && i != ADAPTER_UTF8 && i != ADAPTER_TRANSCODE && calls_it(group, (enum adapter_helper)i))
      return diag_set(d, WEIR_ERR_UNSUPPORTED, "calls inside of the component need `%s`",
                      fused_helper_name((enum adapter_helper)i));
  }
  return WEIR_OK;
}

/* Glue takes the place of adapters that need it (glue_replaces()). */
static void put_transcode(struct small *m) {
  struct text body = {0};
  put_u32(&body, 0);
  put_op(&body, OP_UNREACHABLE);
  put_op(&body, OP_END);
  small_export_func(m, str_from(fused_helper_name(ADAPTER_TRANSCODE)),
                    small_func(m, small_type(m, adapter_helper_signature(ADAPTER_TRANSCODE)), &body));
  text_done(&body);
}

static weir_status make(struct making *k, const struct adapter_group *group, struct text *out) {
  WEIR_TRY(check_helpers(group, k->d));
  if (calls_it(group, ADAPTER_UTF8)) {
    WEIR_TRY(list_sites(k, group));
    small_export_func(&k->m, str_from(fused_helper_name(ADAPTER_UTF8)),
                      put_utf8(&k->m, k->sites.data, k->sites.count, k->memories.count));
  }
  if (calls_it(group, ADAPTER_TRAP))
    small_export_func(&k->m, str_from(fused_helper_name(ADAPTER_TRAP)), put_traps(&k->m));
  if (calls_it(group, ADAPTER_TRANSCODE))
    put_transcode(&k->m);
  small_write(&k->m, out);
  return out->failed ? diag_nomem(k->d) : WEIR_OK;
}

weir_status helpers_make(struct arena *arena, const struct graph *g, const struct adapter_group *group,
                         struct helpers *ret, struct diag *d) {
  struct making k = {.arena = arena, .g = g, .d = d};
  struct text out = {0};
  small_init(&k.m);
  weir_status status = make(&k, group, &out);
  if (status == WEIR_OK) {
    ret->bytes = arena_str(arena, (struct str){out.data, out.size});
    ret->memories = k.memories.data;
    ret->memory_count = k.memories.count;
    if (!ret->bytes.data)
      status = diag_nomem(d);
  }
  small_done(&k.m);
  text_done(&out);
  return status;
}
