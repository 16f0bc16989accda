/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The linker of a replay: a definition for each import of its components. None of them does anything of its own; each
 * keeps what it was given, and has the host do what the record says.
 */
#include <stdlib.h>
#include <string.h>

#include "embed/linker.h"
#include "record/replay.h"
#include "weir/limits.h"

static void on_cancel(void *data, weir_host_call *call) {
  struct replay *r = data;
  (void)call;
  replay_host_runs(r, r->store->cause);
}

static void import_called(void *data, weir_host_call *handle, weir_value *args, size_t count) {
  struct replay *r = data;
  struct host_call *call = host_call_of(handle);
  struct replay_thing *t = replay_add(r, REPLAY_IMPORT, call->tap_id);
  bool good = t;
  if (good)
    t->object = handle;
  for (size_t i = 0; good && i < count; i++)
    good = replay_keep_handles(r, &args[i]);
  if (!good) {
    weir_host_call_fail(handle, "out of memory");
    return;
  }
  weir_host_call_on_cancel(handle, on_cancel, r, NULL);
  replay_host_runs(r, r->store->cause);
}

static void resource_dropped(void *data, weir_store *store, uint64_t rep) {
  struct replay *r = data;
  (void)store;
  (void)rep;
  if (!r->store->rt.stopping)
    replay_host_runs(r, r->store->cause);
}

static weir_status link_func(struct replay *r, const struct weir_func *f) {
  char *interface_name = strndup(f->interface_name.data ? f->interface_name.data : "", f->interface_name.size);
  char *name = strndup(f->name.data, f->name.size);
  weir_status status = WEIR_ERR_NOMEM;
  if (interface_name && name)
    status = weir_linker_define_func(r->linker, interface_name[0] ? interface_name : NULL, name, NULL, import_called, r,
                                     NULL, NULL);
  free(interface_name);
  free(name);
  return status;
}

static weir_status link_resource(struct replay *r, const struct weir_resource_type *decl) {
  char *interface_name = strndup(decl->interface_name.data ? decl->interface_name.data : "", decl->interface_name.size);
  char *name = strndup(decl->name.data ? decl->name.data : "", decl->name.size);
  weir_status status = WEIR_ERR_NOMEM;
  if (interface_name && name)
    status = weir_linker_define_resource(r->linker, interface_name[0] ? interface_name : NULL, name, resource_dropped,
                                         r, NULL, NULL);
  free(interface_name);
  free(name);
  return status;
}

static bool is_defined(const struct replay *r, struct str interface_name, struct str name, enum linker_kind kind) {
  return linker_set_find(linker_set_named(r->linker, interface_name), name, kind);
}

/* What several components import under one name and version is one definition, the first. */
static weir_status link_component(struct replay *r, const struct graph *g) {
  for (uint32_t i = 0; i < g->host_func_count; i++)
    if (!is_defined(r, g->host_funcs[i].interface_name, g->host_funcs[i].name, LINKER_FUNC))
      WEIR_TRY(link_func(r, &g->host_funcs[i]));
  for (uint32_t i = 0; i < g->resource_count; i++) {
    const struct weir_resource_type *decl = &g->resources[i].decl;
    if (decl->imported && !is_defined(r, decl->interface_name, decl->name, LINKER_RESOURCE))
      WEIR_TRY(link_resource(r, decl));
  }
  return WEIR_OK;
}

weir_status replay_link(struct replay *r, struct diag *d) {
  weir_status status = weir_linker_new(r->engine, &r->linker, NULL);
  for (size_t i = 0; status == WEIR_OK && i < r->config->component_count; i++)
    status = link_component(r, r->config->components[i]->graph);
  return status == WEIR_OK ? WEIR_OK : diag_set(d, status, "the replay's host cannot be made");
}
