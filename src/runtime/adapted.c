/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The runtime's part in emitted adapters (adapter/plan.h): the helpers that they call, and the groups of adapters that
 * a root instantiates. What always holds: a helper finds its root and its call site in the data of its host function;
 * one that leaves stand-ins as they are hides them while it calls a guest, or tells of a trap in words of its own.
 *
 * In order: helpers; groups.
 */
#include "runtime/adapted.h"

#include "base/utf8.h"
#include "runtime/cx.h"
#include "runtime/direct.h"
#include "runtime/frame.h"
#include "runtime/fused_check.h"
#include "runtime/lend.h"
#include "runtime/standin.h"
#include "runtime/trap.h"

/* ---- helpers ----------------------------------------------------------------------------------------------------- */

/* One translation, as the C code that does not bypass the runtime has it. */
struct passage {
  const struct rt_lift *lift;
  struct rt_cx src, dst;
};

static void passage_init(struct passage *p, const struct rt_root *root, uint32_t site) {
  struct rt_trampoline *t = &root->trampolines[site / 2];
  struct rt_cx *caller = site % 2 ? &p->dst : &p->src, *callee = site % 2 ? &p->src : &p->dst;
  p->lift = t->callee;
  cx_init(caller, t->inst, &t->opts);
  cx_init(callee, t->callee->inst, &t->callee->opts);
}

/* A failure of a translation is told as the callee's, whose task the text would have made by then. */
static void frame_push_callee(struct rt_frame *frame, struct rt_lift *lift) {
  frame_push(frame, lift->inst);
  frame->task.lift = lift;
}

static struct wasm_trap_t *fail_in(struct rt_lift *lift, weir_status status) {
  struct rt_store *s = lift->inst->store;
  struct rt_frame frame;
  standin_hide(lift->inst->root);
  frame_push_callee(&frame, lift);
  rt_fail(s, status);
  frame_pop(&frame);
  return rt_raise(s);
}

static bool site_is_wrong(const struct rt_root *root, uint32_t site) {
  return root->fused && fused_check_site(root, site) != WEIR_OK;
}

static struct wasm_trap_t *helper_trap(struct eng_host *host, union eng_val *vals) {
  const struct rt_root *root = ((struct rt_helper *)(void *)host)->root;
  if (site_is_wrong(root, vals[1].u32))
    return rt_raise(root->store);
  struct rt_lift *lift = root->trampolines[vals[1].u32 / 2].callee;
  const char *words = adapter_trap_words((enum adapter_trap)vals[0].u32);
  if (vals[0].u32 == ADAPTER_TRAP_LEAVE) {
    rt_trap(root->store, "%s", words);
    return rt_raise(root->store);
  }
  return fail_in(lift, diag_set(&root->store->failure, WEIR_ERR_TRAP, "%s", words));
}

static const struct weir_type string_type = {.kind = TYPE_STRING};

static bool in_memory(const struct abi_cx *cx, uint32_t address, uint32_t size) {
  return address <= cx->size && size <= cx->size - address;
}

/*
 * The adapter has checked the range, but who knows what a fused module has for an adapter. What is wrong is found, and
 * told, by the translator.
 */
static struct wasm_trap_t *helper_utf8(struct eng_host *host, union eng_val *vals) {
  const struct rt_root *root = ((struct rt_helper *)(void *)host)->root;
  struct passage p;
  if (site_is_wrong(root, vals[0].u32))
    return rt_raise(root->store);
  passage_init(&p, root, vals[0].u32);
  abi_refresh(&p.src.abi);
  if (in_memory(&p.src.abi, vals[1].u32, vals[2].u32) && utf8_valid(p.src.abi.base + vals[1].u32, vals[2].u32))
    return NULL;
  weir_value value;
  weir_status status = abi_load_string(&p.src.abi, vals[1].u32, vals[2].u32, &value);
  return fail_in(root->trampolines[vals[0].u32 / 2].callee, status);
}

static struct wasm_trap_t *helper_transcode(struct eng_host *host, union eng_val *vals) {
  struct rt_root *root = ((struct rt_helper *)(void *)host)->root;
  if (site_is_wrong(root, vals[0].u32))
    return rt_raise(root->store);
  struct rt_lift *lift = root->trampolines[vals[0].u32 / 2].callee;
  union eng_val to[2];
  struct passage p;
  struct rt_frame frame; /* a realloc may fail, which is told at once */
  passage_init(&p, root, vals[0].u32);
  uint32_t hidden = standin_hide(root);
  frame_push_callee(&frame, lift);
  weir_status status = rt_fail(root->store, abi_copy(&p.src.abi, (struct abi_place){&vals[1], 0}, &p.dst.abi,
                                                     (struct abi_place){to, 0}, &string_type));
  frame_pop(&frame);
  standin_show(root, hidden);
  if (status != WEIR_OK)
    return rt_raise(root->store);
  vals[0].u64 = to[0].u32 | (uint64_t)to[1].u32 << 32;
  return NULL;
}

/* A wrong handle is the callee's fault, whose task the text would have made by then, as a wrong value is. */
static weir_status move_handle(const struct rt_root *root, uint32_t site, const struct weir_type *t, uint32_t *index) {
  struct passage p;
  union abi_handle handle;
  passage_init(&p, root, site);
  uint32_t from = *index;
  WEIR_TRY(p.src.abi.ops->lift_handle(&p.src.abi, t, from, &handle));
  if (t->kind == TYPE_BORROW)
    WEIR_TRY(lend_to_callee(p.dst.inst, p.src.inst, from));
  return p.dst.abi.ops->lower_handle(&p.dst.abi, t, handle, index);
}

/* A borrow becomes no handle. */
static bool may_move(const struct rt_root *root, uint32_t site, const struct weir_type *t) {
  if (t && t->kind == TYPE_BORROW)
    return site % 2 == 0 &&
           cx_resource((struct rt_root *)root, t->resource)->impl == root->trampolines[site / 2].callee->inst;
  return t &&
         (t->kind == TYPE_OWN || t->kind == TYPE_STREAM || t->kind == TYPE_FUTURE || t->kind == TYPE_ERROR_CONTEXT);
}

static struct wasm_trap_t *helper_handle(struct eng_host *host, union eng_val *vals) {
  struct rt_root *root = ((struct rt_helper *)(void *)host)->root;
  const struct weir_type *t = type_table_at(root->graph->types, vals[1].u32);
  if (site_is_wrong(root, vals[0].u32) ||
      (root->fused && !may_move(root, vals[0].u32, t) && fused_trap_adapter(root) != WEIR_OK))
    return rt_raise(root->store);
  struct rt_frame frame;
  uint32_t hidden = standin_hide(root), index = vals[2].u32;
  frame_push_callee(&frame, root->trampolines[vals[0].u32 / 2].callee);
  weir_status status = move_handle(root, vals[0].u32, t, &index);
  frame_pop(&frame);
  standin_show(root, hidden);
  vals[0].u32 = index;
  return status == WEIR_OK ? NULL : rt_raise(root->store);
}

/*
 * After the core function of a callee that could not end without the runtime: its stand-in was replaced, or it is now.
 */
static struct rt_trampoline *find_call(struct rt_root *root, uint32_t site) {
  if (site_is_wrong(root, site) || standin_replace(root) != WEIR_OK)
    return NULL;
  return &root->trampolines[site / 2];
}

static struct wasm_trap_t *helper_finish(struct eng_host *host, union eng_val *vals) {
  struct rt_root *root = ((struct rt_helper *)(void *)host)->root;
  struct rt_trampoline *t = find_call(root, vals[0].u32);
  union eng_val result = {0};
  if (!t || standin_finish(t, vals[1], &result) != WEIR_OK)
    return rt_raise(root->store);
  vals[0].u64 = result.u64;
  return NULL;
}

static struct wasm_trap_t *helper_leave(struct eng_host *host, union eng_val *vals) {
  struct rt_root *root = ((struct rt_helper *)(void *)host)->root;
  struct rt_trampoline *t = find_call(root, vals[0].u32);
  return t && standin_leave(t) == WEIR_OK ? NULL : rt_raise(root->store);
}

static struct wasm_trap_t *helper_unlend(struct eng_host *host, union eng_val *vals) {
  const struct rt_root *root = ((struct rt_helper *)(void *)host)->root;
  if (site_is_wrong(root, vals[0].u32))
    return rt_raise(root->store);
  lend_end_callee(root->trampolines[vals[0].u32 / 2].callee->inst);
  return NULL;
}

struct eng_extern adapted_helper(struct rt_root *root, const struct root_binding *b, enum adapter_helper kind) {
  static const eng_host_fn functions[ADAPTER_HELPER_COUNT] = {
      [ADAPTER_TRAP] = helper_trap,     [ADAPTER_UTF8] = helper_utf8,     [ADAPTER_TRANSCODE] = helper_transcode,
      [ADAPTER_HANDLE] = helper_handle, [ADAPTER_FINISH] = helper_finish, [ADAPTER_LEAVE] = helper_leave,
      [ADAPTER_UNLEND] = helper_unlend,
  };
  struct rt_helper *h = &root->helpers[kind];
  if (h->root)
    return h->core;
  h->host.fn = functions[kind];
  h->root = root;
  eng_host_func(root->store->eng, b->helper_signatures[kind], &h->host, &h->core);
  return h->core;
}

/* ---- groups ------------------------------------------------------------------------------------------------------ */

static weir_status find_import(struct rt_root *root, const struct root_binding *b, const struct adapter_import *import,
                               adapted_find find, struct eng_extern *ret) {
  if (import->kind == ADAPTER_IMPORT_FLAGS) {
    *ret = root->flags;
    return WEIR_OK;
  }
  if (import->kind == ADAPTER_IMPORT_OUTSIDE) {
    eng_host_func(root->store->eng, b->signatures[import->ref.index], &root->trampolines[import->ref.index].host, ret);
    return WEIR_OK;
  }
  if (import->kind != ADAPTER_IMPORT_HELPER)
    return find(root, &import->ref, import->kind == ADAPTER_IMPORT_MEMORY ? ENG_MEMORY : ENG_FUNC, ret);
  *ret = adapted_helper(root, b, import->helper);
  return WEIR_OK;
}

weir_status adapted_export(struct rt_root *root, const struct eng_instance *instance, uint32_t number,
                           struct eng_extern *ret) {
  char digits[12];
  size_t at = sizeof(digits);
  uint32_t n = number;
  do {
    digits[--at] = (char)('0' + n % 10);
    n /= 10;
  } while (n > 0);
  if (eng_instance_export(root->store->eng, instance, (struct str){digits + at, sizeof(digits) - at}, ret))
    return WEIR_OK;
  return diag_set(&root->store->failure, WEIR_ERR_INVALID, "adapter %u is missing", number);
}

weir_status adapted_take_flags(struct rt_root *root, const struct adapter_plan *plan, bool outside) {
  struct rt_store *s = root->store;
  size_t size = 0;
  struct eng_memory memory = eng_extern_memory(&root->flags);
  uint8_t *base = eng_memory_view(s->eng, &memory, &size);
  if (size <= ADAPTER_FLAG_OUTSIDE || root->graph->instance_count > ADAPTER_FLAG_OUTSIDE)
    return diag_set(&s->failure, WEIR_ERR_INVALID, "there are more instances than flags");
  for (uint32_t i = 0; i < root->graph->instance_count; i++) {
    base[i] = *root->instances[i].may_leave;
    root->instances[i].may_leave = base + i;
  }
  if (root->fused) /* only there anybody reads it, and it is in a page of its own */
    base[ADAPTER_FLAG_OUTSIDE] = outside;
  return standin_take(root, plan, base, size);
}

weir_status adapted_make(struct rt_root *root, const struct root_binding *b, uint32_t index, adapted_find find,
                         struct eng_instance *ret) {
  const struct adapter_group *group = &b->adapters->groups[index];
  struct rt_store *s = root->store;
  struct eng_extern *imports = ARENA_ARRAY(&root->arena, struct eng_extern, group->import_count);
  if (!imports)
    return diag_nomem(&s->failure);
  for (uint32_t i = 0; i < group->import_count; i++)
    WEIR_TRY(find_import(root, b, &group->imports[i], find, &imports[i]));
  WEIR_TRY(eng_instantiate_uncounted(s->eng, b->adapter_modules[index], group->makes_flags, imports,
                                     group->import_count, ret, &s->failure));
  if (group->makes_flags && !eng_instance_export(s->eng, ret, STR(FUSED_FLAGS), &root->flags))
    return diag_set(&s->failure, WEIR_ERR_INVALID, "the flags of adapters are missing");
  return WEIR_OK;
}

weir_status adapted_step(struct rt_root *root, const struct root_binding *b, uint32_t trampoline, adapted_find find) {
  uint32_t index = b->adapters->group_of[trampoline];
  const struct adapter_group *group = &b->adapters->groups[index];
  struct eng_instance instance;
  if (group->trampolines[group->count - 1] != trampoline)
    return WEIR_OK;
  WEIR_TRY(adapted_make(root, b, index, find, &instance));
  if (group->makes_flags)
    WEIR_TRY(adapted_take_flags(root, b->adapters, false));
  for (uint32_t i = 0; i < group->count; i++)
    WEIR_TRY(adapted_export(root, &instance, i, &root->trampolines[group->trampolines[i]].core));
  return WEIR_OK;
}
