/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * See linker.h: definitions by interface, the set of them that serves an import, and whose resource a signature names.
 */
#include "component/version.h"
#include "embed/linker.h"
#include "load/component.h"

/* ---- adding ------------------------------------------------------------------------------------------------------ */

static struct linker_set *set_for(weir_linker *l, struct str interface_name) {
  struct linker_set *set = (struct linker_set *)linker_set_named(l, interface_name);
  if (set)
    return set;
  struct linker_set empty = {.interface_name = arena_str(&l->names, interface_name)};
  empty.base = version_split(empty.interface_name).base;
  if (!empty.interface_name.data || !VEC_PUSH(&l->engine->alloc, &l->sets, empty))
    return NULL;
  return &l->sets.data[l->sets.count - 1];
}

bool linker_add(weir_linker *l, struct linker_def *def) {
  atomic_store_explicit(&l->served, 0, memory_order_relaxed);
  struct linker_set *set = set_for(l, def->interface_name);
  if (!set)
    return false;
  for (uint32_t i = 0; i < set->defs.count; i++) {
    struct linker_def *old = set->defs.data[i];
    if (old->kind == def->kind && str_eq(old->name, def->name)) {
      set->defs.data[i] = def;
      linker_def_unref(old);
      return true;
    }
  }
  return VEC_PUSH(&l->engine->alloc, &set->defs, def);
}

/* ---- finding ----------------------------------------------------------------------------------------------------- */

const struct linker_set *linker_set_named(const weir_linker *l, struct str interface_name) {
  for (uint32_t i = 0; l && i < l->sets.count; i++)
    if (str_eq(l->sets.data[i].interface_name, interface_name))
      return &l->sets.data[i];
  return NULL;
}

/* A set that only failed definitions have left is none. */
const struct linker_set *linker_serving(const weir_linker *l, struct str interface_name) {
  const struct linker_set *best = NULL;
  struct str base = version_split(interface_name).base;
  for (uint32_t i = 0; l && i < l->sets.count; i++) {
    const struct linker_set *set = &l->sets.data[i];
    if (!str_eq(set->base, base))
      continue; /* nearly all of them: versions are worth reading for the others only */
    struct str so_far = best ? best->interface_name : (struct str){0};
    if (set->defs.count > 0 && version_better(interface_name, set->interface_name, so_far))
      best = set;
  }
  return best;
}

const struct linker_set *linker_set_serving(struct serving *s, struct str interface_name) {
  if (!s->interface_name.data || !str_eq(s->interface_name, interface_name)) {
    s->interface_name = interface_name;
    s->set = linker_serving(s->linker, interface_name);
  }
  return s->set;
}

struct linker_def *linker_set_find(const struct linker_set *set, struct str name, enum linker_kind kind) {
  for (uint32_t i = 0; set && i < set->defs.count; i++)
    if (set->defs.data[i]->kind == kind && str_eq(set->defs.data[i]->name, name))
      return set->defs.data[i];
  return NULL;
}

bool linker_may_wait(const weir_linker *l, const weir_component *c) {
  if (!l || !l->any_may_wait)
    return false;
  struct serving serving = {.linker = l};
  for (uint32_t i = 0; i < c->graph->host_func_count; i++) {
    const struct weir_func *want = &c->graph->host_funcs[i];
    const struct linker_def *def =
        linker_set_find(linker_set_serving(&serving, want->interface_name), want->name, LINKER_FUNC);
    if (def && def->may_wait)
      return true;
  }
  return false;
}

bool linker_has_resource(const weir_linker *l, struct str name) {
  for (uint32_t i = 0; i < l->sets.count; i++)
    if (linker_set_find(&l->sets.data[i], name, LINKER_RESOURCE))
      return true;
  return false;
}

/* ---- whose resource ---------------------------------------------------------------------------------------------- */

/* "wasi:io/streams" is of the package "wasi:io". */
static struct str package_of(struct str base) {
  for (size_t i = base.size; i > 0; i--)
    if (base.data[i - 1] == '/')
      return (struct str){base.data, i - 1};
  return base;
}

static int nearness(struct str a, struct str b) {
  struct versioned x = version_split(a), y = version_split(b);
  if (str_eq(a, b))
    return 4;
  return (str_eq(x.version, y.version) ? 2 : 0) + (str_eq(package_of(x.base), package_of(y.base)) ? 1 : 0);
}

const struct linker_def *linker_resource_meant(const weir_linker *l, const struct linker_def *def, struct str name) {
  const struct linker_def *nearest = NULL;
  int best = -1;
  for (uint32_t i = 0; i < l->sets.count; i++) {
    const struct linker_def *found = linker_set_find(&l->sets.data[i], name, LINKER_RESOURCE);
    int near = found ? nearness(def->interface_name, l->sets.data[i].interface_name) : -1;
    if (near == best)
      nearest = NULL;
    if (near > best)
      nearest = found;
    best = near > best ? near : best;
  }
  return nearest;
}
