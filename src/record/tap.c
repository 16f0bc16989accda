/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The tap of a store: what the seam tells of instances, calls and resources becomes events. tap_event.c makes them, and
 * tap_stream.c has those of streams.
 *
 * In order: instances and exports; imports; resources; the store; putting the tap in and out.
 */
#include "record/tap.h"

#include "base/mem.h"
#include "load/component.h"

/* ---- instances and exports --------------------------------------------------------------------------------------- */

/* The first component is the header's. */
static void tell_component(struct tap *t, const weir_component *c, uint32_t at) {
  uint8_t digest[SHA256_SIZE];
  if (at == 0)
    return;
  if (t->digests)
    code_digest(c->code, digest);
  tap_begin(t, LOG_COMPONENT);
  tap_number(t, at);
  log_put_str(&t->event, (struct str){(const char *)digest, t->digests ? sizeof(digest) : 0});
  tap_end(t);
}

/* Its number. It is held, so that no other comes to lie in its place. */
static uint32_t component_number(struct tap *t, const weir_component *c) {
  uint32_t at = 0;
  while (at < t->components.count && t->components.data[at] != c)
    at++;
  if (at < t->components.count)
    return at;
  if (VEC_PUSH(&mem_system, &t->components, c))
    weir_component_ref(c);
  else
    t->event.failed = true;
  tell_component(t, c, at);
  return at;
}

/* The entry of the name; a new one where there is none; NULL where memory is out. */
static struct tap_module *module_named(struct tap *t, struct str interface_name, struct str module_name) {
  for (uint32_t i = 0; i < t->modules.count; i++) {
    struct tap_module *m = &t->modules.data[i];
    if (str_eq(m->interface_name, interface_name) && str_eq(m->name, module_name))
      return m;
  }
  struct tap_module fresh = {.interface_name = interface_name, .name = module_name};
  return VEC_PUSH(&mem_system, &t->modules, fresh) ? &t->modules.data[t->modules.count - 1] : NULL;
}

void tap_module(void *data, struct str interface_name, struct str module_name, struct linker_def *def) {
  struct tap *t = data;
  struct tap_place p = {LOG_MODULE, interface_name, module_name};
  struct tap_module *m = module_named(t, interface_name, module_name);
  if (m && m->def == def)
    return;
  tap_begin(t, p.kind);
  tap_name(t, interface_name, module_name);
  tap_payload(t, &p, def->binary.data, def->binary.size);
  if (m) {
    linker_def_unref(m->def);
    *m = (struct tap_module){interface_name, module_name, linker_def_ref(def)};
  } else {
    t->event.failed = true;
  }
  tap_end(t);
}

static void tap_instance(void *data, const struct instance *inst) {
  struct tap *t = data;
  uint32_t component = component_number(t, inst->component);
  tap_begin(t, LOG_INSTANCE);
  tap_number(t, inst->number);
  tap_number(t, component);
  tap_number(t, inst->store->rt.always_stacks);
  tap_end(t);
}

static void tap_fuel(void *data, uint64_t fuel) {
  struct tap *t = data;
  tap_begin(t, LOG_FUEL);
  tap_number(t, fuel);
  tap_end(t);
}

void tap_limits(struct tap *t) {
  const weir_store_config *c = &t->store->config;
  const uint64_t limits[] = {
      c->fuel,
#define LIMIT(name, type, usual, field) c->max_##name,
#include "base/limits.def"
      c->packed_lists,
  };
  enum { LIMITS = sizeof(limits) / sizeof(limits[0]) };
  bool usual = true;
  for (int i = 0; i < LIMITS; i++)
    usual = usual && limits[i] == 0;
  if (usual)
    return;
  tap_begin(t, LOG_LIMITS);
  for (int i = 0; i < LIMITS; i++)
    tap_number(t, limits[i]);
  tap_end(t);
}

static void tap_export_call(void *data, struct call *c) {
  struct tap *t = data;
  struct tap_place p = {LOG_EXPORT_CALL, c->func->interface_name, c->func->name};
  tap_begin(t, p.kind);
  tap_number(t, c->tap_id = ++t->calls);
  tap_number(t, c->inst->number);
  tap_name(t, p.interface_name, p.name);
  tap_value(t, &p, &c->args);
  tap_end(t);
}

static void tap_export_cancel(void *data, struct call *c) {
  struct tap *t = data;
  tap_begin(t, LOG_EXPORT_CANCEL);
  t->tell.interface_name = c->func->interface_name;
  tap_number(t, c->tap_id);
  tap_end(t);
}

static uint64_t tap_export_end(void *data, struct call *c, weir_status status) {
  struct tap *t = data;
  struct tap_place p = {LOG_EXPORT_END, c->func->interface_name, c->func->name};
  tap_begin(t, p.kind);
  tap_number(t, c->tap_id);
  tap_number(t, log_zigzag(status));
  tap_value(t, &p, &c->result);
  uint64_t event = tap_end(t);
  if (t->export_ended && !t->broken)
    t->export_ended(t->check_data, c, event);
  return event;
}

static void tap_export_exit(void *data, struct call *c) {
  struct tap *t = data;
  tap_begin(t, LOG_EXPORT_EXIT);
  t->tell.interface_name = c->func->interface_name;
  tap_number(t, c->tap_id);
  tap_end(t);
}

/* ---- imports ----------------------------------------------------------------------------------------------------- */

static uint64_t tap_import_call(void *data, struct host_call *call) {
  struct tap *t = data;
  const struct weir_func *f = call->func->decl;
  struct tap_place p = {LOG_IMPORT_CALL, f->interface_name, f->name};
  tap_begin(t, p.kind);
  tap_number(t, call->tap_id = ++t->calls);
  tap_number(t, call->task);
  tap_name(t, p.interface_name, p.name);
  tap_value(t, &p, &call->args);
  return tap_end(t);
}

static uint64_t tap_import_cancel(void *data, struct host_call *call) {
  struct tap *t = data;
  tap_begin(t, LOG_IMPORT_CANCEL);
  t->tell.interface_name = call->func->decl->interface_name;
  tap_number(t, call->tap_id);
  return tap_end(t);
}

/* Of a failed one the message is the result. */
static void tap_import_end(void *data, struct host_call *call) {
  struct tap *t = data;
  const struct weir_func *f = call->func->decl;
  const struct host_outcome *o = &call->outcome;
  struct tap_place p = {LOG_IMPORT_END, f->interface_name, f->name};
  weir_value words = {0};
  if (o->kind == HOST_CALL_FAILED && o->message)
    words = (weir_value){.kind = WEIR_VALUE_STRING, .of.string = {o->message, strlen(o->message)}};
  tap_begin(t, p.kind);
  tap_number(t, call->tap_id);
  tap_number(t, o->kind);
  tap_number(t, log_zigzag(o->exit_code));
  tap_value(t, &p, o->kind == HOST_CALL_FAILED ? &words : &o->result);
  tap_end(t);
}

/* ---- resources --------------------------------------------------------------------------------------------------- */

static void tap_resource_new(void *data, const struct instance *inst, const struct weir_resource_type *decl,
                             uint64_t id, uint64_t rep) {
  struct tap *t = data;
  tap_begin(t, LOG_RESOURCE_NEW);
  tap_number(t, inst->number);
  tap_number(t, id);
  tap_name(t, decl->interface_name, decl->name);
  tap_number(t, rep);
  tap_end(t);
}

static void tap_resource_let_go(void *data, uint64_t id) {
  struct tap *t = data;
  tap_begin(t, LOG_RESOURCE_LET_GO);
  tap_number(t, id);
  tap_end(t);
}

static uint64_t tap_resource_drop(void *data, const struct weir_resource_type *decl, uint64_t rep) {
  struct tap *t = data;
  tap_begin(t, LOG_RESOURCE_DROP);
  tap_name(t, decl->interface_name, decl->name);
  tap_number(t, rep);
  return tap_end(t);
}

/* ---- the store --------------------------------------------------------------------------------------------------- */

static void tap_failed(void *data) {
  struct tap *t = data;
  const struct diag *d = &t->store->rt.failure;
  tap_begin(t, LOG_FAILURE);
  tap_number(t, log_zigzag(d->status));
  log_put_str(&t->event, str_from(diag_message(d)));
  tap_end(t);
}

static void tap_close(void *data) {
  struct tap *t = data;
  t->turn = t->store->turn;
  t->store = NULL;
}

static const struct seam_tap tap_functions = {
    .instance = tap_instance,
    .module = tap_module,
    .fuel = tap_fuel,
    .import_call = tap_import_call,
    .import_cancel = tap_import_cancel,
    .import_end = tap_import_end,
    .export_call = tap_export_call,
    .export_cancel = tap_export_cancel,
    .export_end = tap_export_end,
    .export_exit = tap_export_exit,
    .resource_new = tap_resource_new,
    .resource_let_go = tap_resource_let_go,
    .resource_drop = tap_resource_drop,
    .stream_new = tap_stream_new,
    .stream_start = tap_stream_start,
    .stream_lent = tap_stream_lent,
    .stream_used = tap_stream_used,
    .stream_cancel = tap_stream_cancel,
    .stream_drop = tap_stream_drop,
    .stream_done = tap_stream_done,
    .failed = tap_failed,
    .close = tap_close,
};

weir_status tap_check(const struct store *s, struct diag *d) {
  if (!store_is_mine(s))
    return diag_set(d, WEIR_ERR_MISUSE, "the store belongs to another thread (weir_store_disown)");
  if (s->tap || !list_empty(&s->instances))
    return diag_set(d, WEIR_ERR_MISUSE, "a record begins before the first instance of its store, and is the only one");
  return WEIR_OK;
}

void tap_install(struct tap *t, struct store *s, const struct weir_record_config *config) {
  t->store = s;
  t->next = 1;
  if (config) {
    t->form = config->payload;
    t->digests = config->component;
    t->redact = config->redact;
    t->redact_data = config->redact_data;
    t->tell.fn = config->tell;
    t->tell.data = config->tell_data;
  }
  s->tap = &tap_functions;
  s->tap_data = t;
  s->traced = true;
}

void tap_remove(struct tap *t) {
  if (t->store) {
    t->store->tap = NULL;
    t->store->tap_data = NULL;
  }
  for (uint32_t i = 0; i < t->components.count; i++)
    weir_component_free((weir_component *)t->components.data[i]);
  VEC_DONE(&mem_system, &t->components);
  for (uint32_t i = 0; i < t->modules.count; i++)
    linker_def_unref(t->modules.data[i].def);
  VEC_DONE(&mem_system, &t->modules);
  text_done(&t->event);
  text_done(&t->payload);
  tell_done(&t->tell);
}
