/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Linkers: how definitions come in. See linker.h.
 *
 * What holds: a definition does not change once it is in its set, but for weir_linker_let_wait(). In order: the types
 * of signatures; defining; what embedders call; the life of a linker. linker_set.c finds the definition that serves an
 * import, linker_check.c compares the two.
 */
#include "embed/linker.h"

#include <string.h>

#include "abi/abi.h"
#include "base/mem.h"
#include "weir/resource.h"
#include "wit/signature.h"

/* A signature names resources by name only; whose they are is decided when it is compared. */
struct naming {
  const weir_linker *linker;
  struct arena *arena;
  bool out_of_memory;
};

/* A bare word that nobody has defined is more likely a type that does not exist. */
static const struct weir_resource_type *name_resource(void *data, struct str name, bool bare) {
  struct naming *naming = data;
  if (bare && !linker_has_resource(naming->linker, name))
    return NULL;
  struct weir_resource_type *decl = ARENA_NEW(naming->arena, struct weir_resource_type);
  struct str copy = decl ? arena_str(naming->arena, name) : (struct str){0};
  naming->out_of_memory = !copy.data;
  if (!copy.data)
    return NULL;
  decl->imported = true;
  decl->name = copy;
  return decl;
}

static weir_status parse_type(const weir_linker *l, struct linker_def *def, struct type_table *types,
                              const char *signature, struct diag *d) {
  struct naming naming = {.linker = l, .arena = &def->arena};
  weir_status status = signature_parse(types, str_from(signature), name_resource, &naming, &def->type, d);
  if (!naming.out_of_memory)
    return status;
  diag_done(d); /* it was taken for a name that nobody knows */
  return diag_nomem(d);
}

static weir_status def_fill(const weir_linker *l, struct linker_def *def, const char *interface_name, const char *name,
                            const char *signature, struct diag *d) {
  def->interface_name = arena_str(&def->arena, interface_name ? str_from(interface_name) : STR(""));
  def->name = arena_str(&def->arena, str_from(name));
  if (!def->interface_name.data || !def->name.data)
    return diag_nomem(d);
  if (!signature)
    return WEIR_OK;
  struct type_table *types = type_table_new(&def->arena);
  if (!types)
    return diag_nomem(d);
  weir_status status = parse_type(l, def, types, signature, d);
  if (status != WEIR_OK)
    diag_prefix(d, "signature of `%s`: ", name);
  return status;
}

static weir_status check_flat(const struct linker_def *def, struct diag *d) {
  if (!def->type)
    return diag_set(d, WEIR_ERR_MISUSE, "a flat host function needs a signature");
  if (abi_all_scalars(def->type->params) && (!def->type->result || abi_is_scalar(def->type->result)))
    return WEIR_OK;
  return diag_set(d, WEIR_ERR_TYPE,
                  "a flat host function takes up to 16 booleans, numbers and characters and gives at most one");
}

static weir_status keep_module(struct linker_def *def, const struct linker_def *template, struct diag *d) {
  def->skeleton = arena_str(&def->arena, template->skeleton);
  def->binary = arena_str(&def->arena, template->binary);
  return def->skeleton.data && def->binary.data ? WEIR_OK : diag_nomem(d);
}

weir_status linker_define(weir_linker *l, const char *interface_name, const char *name, const char *signature,
                          const struct linker_def *template, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  struct linker_def *def = linker_def_new(&l->engine->alloc);
  weir_status status = def ? def_fill(l, def, interface_name, name, signature, &d) : diag_nomem(&d);
  if (status == WEIR_OK && template->flat)
    status = check_flat(def, &d);
  if (status == WEIR_OK && template->module)
    status = keep_module(def, template, &d);
  if (status == WEIR_OK) {
    def->kind = template->kind;
    def->fn = template->fn;
    def->flat = template->flat;
    def->drop = template->drop;
    def->data = template->data;
    if (!linker_add(l, def)) {
      status = diag_nomem(&d);
    } else {
      def->free = template->free;
      def->module = template->module;
    }
  }
  if (status != WEIR_OK)
    linker_def_unref(def);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}

weir_status weir_linker_define_func(weir_linker *linker, const char *interface_name, const char *name,
                                    const char *signature, weir_host_fn fn, void *data, void (*free)(void *data),
                                    weir_error **ret_error) {
  struct linker_def template = {.fn = fn, .data = data, .free = free};
  return linker_define(linker, interface_name, name, signature, &template, ret_error);
}

weir_status weir_linker_define_func_flat(weir_linker *linker, const char *interface_name, const char *name,
                                         const char *signature, weir_flat_fn fn, void *data, void (*free)(void *data),
                                         weir_error **ret_error) {
  struct linker_def template = {.flat = fn, .data = data, .free = free};
  return linker_define(linker, interface_name, name, signature, &template, ret_error);
}

weir_status weir_linker_let_wait(weir_linker *linker, const char *interface_name, const char *name,
                                 weir_error **ret_error) {
  struct str interface = interface_name ? str_from(interface_name) : STR("");
  struct linker_def *def = linker_set_find(linker_set_named(linker, interface), str_from(name), LINKER_FUNC);
  if (def) {
    def->may_wait = linker->any_may_wait = true;
    return WEIR_OK;
  }
  struct diag d;
  diag_init(&d);
  diag_set(&d, WEIR_ERR_NOT_FOUND, "the linker has no function `%s`", name);
  return diag_raise(&d, ret_error);
}

weir_status weir_linker_define_resource(weir_linker *linker, const char *interface_name, const char *name,
                                        weir_resource_drop_fn drop, void *data, void (*free)(void *data),
                                        weir_error **ret_error) {
  struct linker_def template = {.kind = LINKER_RESOURCE, .drop = drop, .data = data, .free = free};
  return linker_define(linker, interface_name, name, NULL, &template, ret_error);
}

weir_status weir_linker_new(weir_engine *engine, weir_linker **ret, weir_error **ret_error) {
  weir_linker *l = mem_zalloc(&engine->alloc, sizeof(*l));
  if (!l) {
    struct diag d;
    diag_init(&d);
    diag_nomem(&d);
    diag_raise(&d, ret_error);
    return WEIR_ERR_NOMEM;
  }
  atomic_init(&l->holders, 1);
  l->engine = weir_engine_ref(engine);
  arena_init(&l->names, &engine->alloc);
  *ret = l;
  return WEIR_OK;
}

weir_linker *weir_linker_ref(weir_linker *l) {
  atomic_fetch_add_explicit(&l->holders, 1, memory_order_relaxed);
  return l;
}

void weir_linker_free(weir_linker *l) {
  if (!l || atomic_fetch_sub_explicit(&l->holders, 1, memory_order_acq_rel) != 1)
    return;
  weir_engine *engine = l->engine;
  for (uint32_t i = 0; i < l->sets.count; i++) {
    struct linker_set *set = &l->sets.data[i];
    for (uint32_t k = 0; k < set->defs.count; k++)
      linker_def_unref(set->defs.data[k]);
    VEC_DONE(&engine->alloc, &set->defs);
  }
  VEC_DONE(&engine->alloc, &l->sets);
  arena_done(&l->names);
  mem_free(&engine->alloc, l, sizeof(*l));
  weir_engine_free(engine);
}
