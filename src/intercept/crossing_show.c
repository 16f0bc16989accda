/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What interceptors see of a call, and what they have left behind in its crossing. */
#include <stdlib.h>

#include "base/utf8.h"
#include "intercept/crossing.h"

/* Field by field: this is on the way of every call, and clearing so large an object at once is slow. */
static inline void begin(struct crossing *x, struct chain *chain, struct instance *inst, const struct func_type *type) {
  x->chain = chain;
  x->interceptors =
      inst->gate_part ? &((const struct chain_part *)inst->gate_part)->interceptors : &chain->interceptors;
  x->type = type;
  x->import = NULL;
  x->export = NULL;
  x->flat = NULL;
  x->touched = false;
  x->shown.store = chain->store->handle;
  x->shown.instance = inst->handle;
  x->shown.async_type = type->async;
  x->shown.result = NULL;
  x->shown.status = WEIR_OK;
  x->shown.message = "";
}

static inline void show_args(struct crossing *x, const weir_value *args) {
  bool has = args->kind == WEIR_VALUE_RECORD;
  x->shown.args = has ? args->of.list.items : NULL;
  x->shown.arg_count = has ? args->of.list.count : 0;
}

void crossing_show_args(struct crossing *x, const weir_value *args) {
  show_args(x, args);
}

static inline void show(struct crossing *x, bool import, uint64_t id, uint64_t task, const weir_value *args) {
  x->shown.import = import;
  x->shown.call = id;
  x->shown.task = task;
  show_args(x, args);
}

static inline void show_name(struct crossing *x, struct str interface_name, struct str name) {
  x->shown.interface_name = interface_name.data;
  x->shown.interface_size = interface_name.size;
  x->shown.name = name.data;
  x->shown.name_size = name.size;
}

void crossing_of_import(struct crossing *x, struct chain *chain, struct host_call *call) {
  begin(x, chain, call->func->inst, call->func->rt.type);
  x->import = call;
  x->depth = &call->gate_depth;
  call->keep_args = x->interceptors->hear_ends;
  show(x, true, call->id, call->task, &call->args);
  show_name(x, call->func->decl->interface_name, call->func->decl->name);
}

/* A task has a number once it has called an import: to look must not give it one, since records have them. */
void crossing_of_export(struct crossing *x, struct chain *chain, struct call *c) {
  begin(x, chain, c->inst, c->type);
  x->export = c;
  x->depth = &c->gate_depth;
  c->keep_args = x->interceptors->hear_ends;
  show(x, false, c->id, c->task ? c->task->id : 0, &c->args);
  show_name(x, c->func->interface_name, c->func->name);
}

void crossing_of_flat(struct crossing *x, struct chain *chain, struct seam_flat *c) {
  begin(x, chain, c->inst, c->type);
  x->flat = c;
  x->depth = &c->depth;
  show(x, c->import, c->id, c->task, &c->args);
  if (c->import)
    show_name(x, c->import->decl->interface_name, c->import->decl->name);
  else
    show_name(x, c->export->interface_name, c->export->name);
}

void crossing_touch(struct crossing *x) {
  if (x->touched)
    return;
  x->touched = true;
  x->answer = (weir_value){0};
  x->words = NULL;
  x->hook = NULL;
}

void crossing_say(struct crossing *x, const char *message) {
  crossing_touch(x);
  free(x->words);
  x->words = message ? utf8_copy(message) : NULL;
}

void crossing_done(struct crossing *x) {
  if (!x->touched)
    return;
  weir_value_clear(&x->answer);
  free(x->words);
  hook_gone(x->hook);
  x->touched = false;
}
