/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See root_find.h. */
#include "runtime/root_find.h"

#include "runtime/fused.h"

weir_status root_find(struct rt_root *root, const struct core_ref *ref, enum eng_kind kind, struct eng_extern *ret) {
  struct rt_store *s = root->store;
  bool found = false;
  if (root->fused)
    WEIR_TRY(fused_find(root, ref, &found, ret));
  else if (ref->kind == CORE_REF_TRAMPOLINE && ref->index < root->graph->trampoline_count) {
    *ret = root->trampolines[ref->index].core;
    found = true;
  } else if (ref->kind == CORE_REF_EXPORT && ref->index < root->graph->core_instance_count) {
    found = eng_instance_export(s->eng, &root->core_instances[ref->index], ref->name, ret);
  }
  if (!found || ret->kind != kind)
    return diag_set(&s->failure, WEIR_ERR_INVALID, "core instance %u has no export \"" STR_FMT "\" of the right kind",
                    ref->index, STR_ARG(ref->name));
  return WEIR_OK;
}

weir_status root_find_func(struct rt_root *root, const struct core_ref *ref, struct eng_func *ret) {
  struct eng_extern x;
  WEIR_TRY(root_find(root, ref, ENG_FUNC, &x));
  *ret = eng_extern_func(&x);
  return WEIR_OK;
}

static bool same_ref(const struct core_ref *a, const struct core_ref *b) {
  return a->kind == b->kind && a->index == b->index && str_eq(a->name, b->name);
}

static weir_status find_realloc(struct rt_root *root, const struct core_ref *ref, struct eng_func *ret) {
  struct found_func *found = &root->found_realloc;
  if (!same_ref(&found->ref, ref)) {
    WEIR_TRY(root_find_func(root, ref, &found->func));
    found->ref = *ref;
  }
  *ret = found->func;
  return WEIR_OK;
}

static weir_status look_up_memory(struct rt_root *root, const struct core_ref *ref, const struct eng_memory **ret) {
  struct rt_store *s = root->store;
  struct eng_extern x;
  WEIR_TRY(root_find(root, ref, ENG_MEMORY, &x));
  struct eng_memory m = eng_extern_memory(&x);
  uint64_t hash = hash_mix(hash_seed(root), eng_memory_number(&m));
  struct index_walk walk = index_walk(&root->memory_index, hash);
  for (uint32_t i; (i = index_next(&walk)) != INDEX_NONE;) {
    if (eng_memory_same(root->memories.data[i], &m)) {
      *ret = root->memories.data[i];
      return WEIR_OK;
    }
  }
  struct eng_memory *copy = ARENA_NEW(&root->arena, struct eng_memory);
  if (!copy || !ARENA_PUSH(&root->arena, &root->memories, copy) ||
      !index_add(&root->memory_index, &root->arena, hash, root->memories.count - 1))
    return diag_nomem(&s->failure);
  *copy = m;
  *ret = copy;
  return WEIR_OK;
}

weir_status root_find_memory(struct rt_root *root, const struct core_ref *ref, const struct eng_memory **ret) {
  struct found_memory *found = &root->found_memory;
  if (!same_ref(&found->ref, ref)) {
    WEIR_TRY(look_up_memory(root, ref, &found->memory));
    found->ref = *ref;
  }
  *ret = found->memory;
  return WEIR_OK;
}

weir_status root_find_opts(struct rt_root *root, const struct graph_opts *decl, struct rt_opts *ret) {
  ret->encoding = decl->encoding;
  ret->async = decl->async;
  ret->memory64 = decl->memory64;
  ret->has_realloc = decl->realloc.kind != CORE_REF_NONE;
  ret->has_callback = decl->callback.kind != CORE_REF_NONE;
  ret->has_post_return = decl->post_return.kind != CORE_REF_NONE;
  if (decl->memory.kind != CORE_REF_NONE)
    WEIR_TRY(root_find_memory(root, &decl->memory, &ret->memory));
  if (ret->has_realloc)
    WEIR_TRY(find_realloc(root, &decl->realloc, &ret->realloc));
  if (ret->has_callback)
    WEIR_TRY(root_find_func(root, &decl->callback, &ret->callback));
  if (ret->has_post_return)
    WEIR_TRY(root_find_func(root, &decl->post_return, &ret->post_return));
  return WEIR_OK;
}
