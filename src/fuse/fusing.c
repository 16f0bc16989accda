/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See fusing.h: sources and instances. */
#include "fuse/fusing.h"

#include "adapter/fused.h"

static weir_status position_name(struct fusing *f, uint32_t position, struct str *ret) {
  *ret = arena_printf(&f->arena, "%u", (unsigned)position);
  return ret->data ? WEIR_OK : diag_nomem(f->d);
}

weir_status fusing_source(struct fusing *f, const struct core_ref *ref, struct merge_source *ret) {
  if (ref->kind == CORE_REF_EXPORT) {
    *ret = (struct merge_source){.instance = f->core_instances[ref->index], .name = ref->name};
    return WEIR_OK;
  }
  if (f->glued[ref->index] != GRAPH_NONE) {
    *ret = (struct merge_source){.instance = f->glued[ref->index], .name = STR("f")};
    return WEIR_OK;
  }
  uint32_t group = f->adapters->group_of[ref->index];
  if (group == GRAPH_NONE) {
    *ret = (struct merge_source){.instance = MERGE_OUTSIDE, .outside = ref->index};
    return WEIR_OK;
  }
  *ret = (struct merge_source){.instance = f->groups[group]};
  return position_name(f, f->positions[ref->index], &ret->name);
}

/* The runtime inside has the flags at the beginning of its memory. */
struct merge_source fusing_flags(const struct fusing *f) {
  if (f->form == FUSE_INSIDE)
    return (struct merge_source){.instance = f->runtime, .name = STR("memory")};
  uint32_t instance = f->form == FUSE_SHELL ? f->flags : f->groups[f->flags];
  return (struct merge_source){.instance = instance, .name = STR(FUSED_FLAGS)};
}

weir_status fusing_add_instance(struct fusing *f, uint32_t module, struct merge_source *sources, uint32_t count,
                                struct str prefix) {
  if (!prefix.data)
    return diag_nomem(f->d);
  f->instances[f->count++] = (struct merge_instance){module, sources, count, prefix};
  return WEIR_OK;
}

weir_status fusing_add_module(struct fusing *f, struct str bytes, struct merge_source *sources, uint32_t count,
                              struct str prefix) {
  f->modules[f->module_count++] = (struct merge_module){(const uint8_t *)bytes.data, bytes.size};
  return fusing_add_instance(f, f->module_count - 1, sources, count, prefix);
}
