/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See late.h. In order: counting; making; the steps of an instantiation. */
#include "runtime/late.h"

enum { CALLS = 100 }; /* 15 to 20 us, which is what the memory costs */

struct rt_late {
  struct root_binding binding; /* only what lasts as long as the root is read */
  adapted_find find;
  struct eng_instance switches;
  uint32_t calls_left;
};

static const struct adapter_group *switch_group(const struct rt_late *l) {
  return &l->binding.adapters->groups[l->binding.adapters->group_count - 1];
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

static struct wasm_trap_t *count_call(struct eng_host *host, union eng_val *vals) {
  struct rt_trampoline *t = (struct rt_trampoline *)(void *)host;
  struct rt_root *root = t->inst->root;
  if (!root->store->starting && --root->late->calls_left == 0)
    late_make(root);
  return t->entry(host, vals);
}

static void count_no_more(struct rt_root *root) {
  const struct adapter_group *group = switch_group(root->late);
  for (uint32_t i = 0; i < group->count; i++) {
    struct rt_trampoline *t = &root->trampolines[group->trampolines[i]];
    if (t->host.fn == count_call)
      t->host.fn = t->entry;
  }
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

/* The switches of a group begin at `first`. */
static weir_status turn_switches(struct rt_root *root, const struct adapter_group *group,
                                 const struct eng_instance *adapters, uint32_t first) {
  struct rt_store *s = root->store;
  const struct rt_late *l = root->late;
  for (uint32_t i = 0; i < group->count; i++) {
    struct eng_extern global, adapter;
    WEIR_TRY(adapted_export(root, adapters, i, &adapter));
    WEIR_TRY(adapted_export(root, &l->switches, switch_group(l)->count + first + i, &global));
    struct eng_func func = eng_extern_func(&adapter);
    WEIR_TRY(eng_global_set_func(s->eng, &global, &func, &s->failure));
  }
  return WEIR_OK;
}

/* Nobody sees anything of the adapters before all of them are there. */
static weir_status make(struct rt_root *root) {
  const struct root_binding *b = &root->late->binding;
  const struct adapter_plan *plan = b->adapters;
  uint32_t count = plan->group_count - 1 - plan->late_first, first = 0;
  struct eng_instance *made = ARENA_ARRAY(&root->arena, struct eng_instance, count);
  if (!made)
    return diag_nomem(&root->store->failure);
  for (uint32_t i = 0; i < count; i++)
    WEIR_TRY(adapted_make(root, b, plan->late_first + i, root->late->find, &made[i]));
  WEIR_TRY(adapted_take_flags(root, plan, false));
  for (uint32_t i = 0; i < count; i++) {
    const struct adapter_group *group = &plan->groups[plan->late_first + i];
    WEIR_TRY(turn_switches(root, group, &made[i], first));
    first += group->count;
  }
  return WEIR_OK;
}

void late_make(struct rt_root *root) {
  struct rt_store *s = root->store;
  count_no_more(root);
  if (make(root) != WEIR_OK && !s->failed)
    diag_done(&s->failure);
}

/* ---- the steps of an instantiation ------------------------------------------------------------------------------- */

/* The first of the late trampolines: guests may import it after this step. */
static weir_status begin(struct rt_root *root, const struct root_binding *b, adapted_find find) {
  const uint32_t group = b->adapters->group_count - 1;
  struct rt_late *l = ARENA_NEW(&root->arena, struct rt_late);
  if (!l)
    return diag_nomem(&root->store->failure);
  *l = (struct rt_late){.binding = *b, .find = find, .calls_left = CALLS};
  WEIR_TRY(adapted_make(root, b, group, find, &l->switches));
  root->late = l;
  for (uint32_t i = 0; i < switch_group(l)->count; i++)
    WEIR_TRY(adapted_export(root, &l->switches, i, &root->trampolines[switch_group(l)->trampolines[i]].core));
  return WEIR_OK;
}

weir_status late_step(struct rt_root *root, const struct root_binding *b, uint32_t trampoline, adapted_find find) {
  struct rt_trampoline *t = &root->trampolines[trampoline];
  if (!root->late)
    WEIR_TRY(begin(root, b, find));
  if (t->decl->kind == CANON_LOWER) {
    t->entry = t->host.fn;
    t->host.fn = count_call;
  }
  return WEIR_OK;
}
