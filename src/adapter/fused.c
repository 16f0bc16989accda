/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See fused.h: the names. */
#include "adapter/fused.h"

#include <stdio.h>
#include <string.h>

static const struct str instance_prefix = STR("instance/");

/* The name of an export may have any bytes, zeros too. */
struct str fused_export_name(struct arena *arena, const struct core_ref *ref) {
  if (ref->kind == CORE_REF_TRAMPOLINE)
    return arena_printf(arena, "adapter/%u", (unsigned)ref->index);
  char prefix[16];
  size_t size = (size_t)snprintf(prefix, sizeof(prefix), "%u/", (unsigned)ref->index);
  char *name = arena_alloc(arena, size + ref->name.size);
  if (!name)
    return (struct str){NULL, 0};
  memcpy(name, prefix, size);
  if (ref->name.size > 0)
    memcpy(name + size, ref->name.data, ref->name.size);
  return (struct str){name, size + ref->name.size};
}

struct str fused_start_name(struct arena *arena, uint32_t core_instance) {
  return arena_printf(arena, "start/%u", (unsigned)core_instance);
}

struct str fused_instance_name(struct arena *arena, uint32_t instance) {
  return arena_printf(arena, STR_FMT "%u", STR_ARG(instance_prefix), (unsigned)instance);
}

struct str fused_trampoline_name(struct arena *arena, const struct graph *g, uint32_t trampoline) {
  return arena_printf(arena, "%s#%u", canon_info(g->trampolines[trampoline].kind)->name, (unsigned)trampoline);
}

const char *fused_helper_name(enum adapter_helper helper) {
  static const char *const names[ADAPTER_HELPER_COUNT] = {
      [ADAPTER_TRAP] = "trap",     [ADAPTER_UTF8] = "utf8",     [ADAPTER_TRANSCODE] = "transcode",
      [ADAPTER_HANDLE] = "handle", [ADAPTER_FINISH] = "finish", [ADAPTER_LEAVE] = "leave",
      [ADAPTER_UNLEND] = "unlend",
  };
  return names[helper];
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* A number below `end`, written the one way that the writer has. */
static bool read_number(struct str text, uint32_t end, uint32_t *ret) {
  uint64_t n = 0;
  if (text.size == 0 || text.size > 10 || (text.size > 1 && text.data[0] == '0'))
    return false;
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] < '0' || text.data[i] > '9')
      return false;
    n = n * 10 + (uint64_t)(text.data[i] - '0');
  }
  *ret = (uint32_t)n;
  return n < end;
}

static struct str after(struct str text, size_t size) {
  return (struct str){text.data + size, text.size - size};
}

static bool read_helper(struct str name, struct fused_import *ret) {
  for (uint32_t i = 0; i < ADAPTER_HELPER_COUNT; i++) {
    if (!str_eq(name, str_from(fused_helper_name((enum adapter_helper)i))))
      continue;
    *ret = (struct fused_import){.helper = true, .index = i};
    return true;
  }
  return false;
}

bool fused_import_read(const struct graph *g, struct str module, struct str name, struct fused_import *ret) {
  uint32_t instance, trampoline;
  if (str_eq(module, STR(FUSED_ADAPTER)))
    return read_helper(name, ret);
  const char *mark = memchr(name.data, '#', name.size);
  if (!str_starts_with(module, instance_prefix) || !mark)
    return false;
  size_t kind = (size_t)(mark - name.data);
  if (!read_number(after(module, instance_prefix.size), g->instance_count, &instance) ||
      !read_number(after(name, kind + 1), g->trampoline_count, &trampoline))
    return false;
  *ret = (struct fused_import){.index = trampoline};
  const struct graph_trampoline *t = &g->trampolines[trampoline];
  return t->instance == instance && str_eq((struct str){name.data, kind}, str_from(canon_info(t->kind)->name));
}
