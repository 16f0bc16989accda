/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Making events of what the seam tells. Each function writes the fields of one shape of log_event.c, in its order,
 * between begin() and end(); end() compares (a replay) and writes (a record), and fails the store where that goes
 * wrong.
 *
 * In order: making events; instances and exports; imports; resources; streams; the store; putting the tap in and out.
 */
#include "record/tap.h"

#include <stdio.h>

#include "base/mem.h"
#include "load/component.h"
#include "record/log_value.h"
#include "runtime/trap.h"
#include "wit/wit.h"

/* ---- making events ----------------------------------------------------------------------------------------------- */

struct place { /* what a payload belongs to, for redaction */
  enum log_kind kind;
  struct str interface_name, name;
};

static const struct place nowhere_write = {LOG_STREAM_WRITE, {"", 0}, {"", 0}};
static const struct place nowhere_used = {LOG_STREAM_USED, {"", 0}, {"", 0}};
static const struct place nowhere_done = {LOG_STREAM_DONE, {"", 0}, {"", 0}};

static void begin(struct tap *t, enum log_kind kind) {
  t->event.size = 0;
  t->tell.interface_name = STR("");
  log_put_byte(&t->event, (uint8_t)kind);
  log_put_number(&t->event, t->store->turn);
  log_put_number(&t->event, log_event_is_hosts((uint8_t)kind) ? t->store->cause : 0);
}

static void number(struct tap *t, uint64_t n) {
  log_put_number(&t->event, n);
}

static void name(struct tap *t, struct str interface_name, struct str function) {
  t->tell.interface_name = interface_name;
  log_put_str(&t->event, interface_name);
  log_put_str(&t->event, function);
}

static bool left_out(struct tap *t, const struct place *p, const void *data, size_t size) {
  char interface_name[256], function[256];
  if (!t->redact)
    return false;
  snprintf(interface_name, sizeof(interface_name), STR_FMT, STR_ARG(p->interface_name));
  snprintf(function, sizeof(function), STR_FMT, STR_ARG(p->name));
  return t->redact(t->redact_data, log_event_kind_name((uint8_t)p->kind), interface_name, function, data, size);
}

static void payload(struct tap *t, const struct place *p, const void *data, size_t size) {
  uint8_t digest[SHA256_SIZE];
  bool out = left_out(t, p, data, size);
  t->tell.interface_name = p->interface_name;
  log_put_byte(&t->event, out ? LOG_FORM_REDACTED : t->form == WEIR_LOG_HASH ? LOG_FORM_HASH : LOG_FORM_FULL);
  log_put_number(&t->event, size);
  if (out)
    return;
  if (t->form == WEIR_LOG_FULL) {
    log_put_bytes(&t->event, data, size);
    return;
  }
  sha256_of(data, size, digest);
  log_put_bytes(&t->event, digest, sizeof(digest));
}

static void value(struct tap *t, const struct place *p, const weir_value *v) {
  t->payload.size = 0;
  if (!log_value_put(&t->payload, v))
    t->payload.failed = true;
  payload(t, p, t->payload.data, t->payload.size);
}

static void fail(struct tap *t, weir_status status) {
  t->broken = true;
  rt_fail(&t->store->rt, status);
}

/* Sends the event; returns its number. */
static uint64_t end(struct tap *t) {
  struct diag *d = &t->store->rt.failure;
  if (t->broken)
    return 0;
  if (t->event.failed || t->payload.failed) {
    fail(t, diag_nomem(d));
    return 0;
  }
  enum tap_check is = t->check ? t->check(t->check_data, text_bytes(&t->event), t->event.size, d) : TAP_SAME;
  if (is == TAP_OTHER) {
    fail(t, WEIR_ERR_DIVERGED);
    return 0;
  }
  if (t->writing && log_writer_add(&t->writer, t->event.data, t->event.size) != WEIR_OK) {
    fail(t, log_writer_report(&t->writer, d));
    return 0;
  }
  if (tell_event(&t->tell, &t->event, t->next) != WEIR_OK) {
    fail(t, diag_nomem(d));
    return 0;
  }
  if (is == TAP_LAST)
    fail(t, d->status);
  return t->next++;
}

/* ---- instances and exports --------------------------------------------------------------------------------------- */

/* The first component is the header's. */
static void tell_component(struct tap *t, const weir_component *c, uint32_t at) {
  uint8_t digest[SHA256_SIZE];
  if (at == 0)
    return;
  if (t->digests)
    sha256_of(c->code->bytes, c->code->size, digest);
  begin(t, LOG_COMPONENT);
  number(t, at);
  log_put_str(&t->event, (struct str){(const char *)digest, t->digests ? sizeof(digest) : 0});
  end(t);
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
  struct place p = {LOG_MODULE, interface_name, module_name};
  struct tap_module *m = module_named(t, interface_name, module_name);
  if (m && m->def == def)
    return;
  begin(t, p.kind);
  name(t, interface_name, module_name);
  payload(t, &p, def->binary.data, def->binary.size);
  if (m) {
    linker_def_unref(m->def);
    *m = (struct tap_module){interface_name, module_name, linker_def_ref(def)};
  } else {
    t->event.failed = true;
  }
  end(t);
}

static void tap_instance(void *data, const struct instance *inst) {
  struct tap *t = data;
  uint32_t component = component_number(t, inst->component);
  begin(t, LOG_INSTANCE);
  number(t, inst->number);
  number(t, component);
  number(t, inst->store->rt.always_stacks);
  end(t);
}

static void tap_fuel(void *data, uint64_t fuel) {
  struct tap *t = data;
  begin(t, LOG_FUEL);
  number(t, fuel);
  end(t);
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
  begin(t, LOG_LIMITS);
  for (int i = 0; i < LIMITS; i++)
    number(t, limits[i]);
  end(t);
}

static void tap_export_call(void *data, struct call *c) {
  struct tap *t = data;
  struct place p = {LOG_EXPORT_CALL, c->func->interface_name, c->func->name};
  begin(t, p.kind);
  number(t, c->tap_id = ++t->calls);
  number(t, c->inst->number);
  name(t, p.interface_name, p.name);
  value(t, &p, &c->args);
  end(t);
}

static void tap_export_cancel(void *data, struct call *c) {
  struct tap *t = data;
  begin(t, LOG_EXPORT_CANCEL);
  t->tell.interface_name = c->func->interface_name;
  number(t, c->tap_id);
  end(t);
}

static uint64_t tap_export_end(void *data, struct call *c, weir_status status) {
  struct tap *t = data;
  struct place p = {LOG_EXPORT_END, c->func->interface_name, c->func->name};
  begin(t, p.kind);
  number(t, c->tap_id);
  number(t, log_zigzag(status));
  value(t, &p, &c->result);
  uint64_t event = end(t);
  if (t->export_ended && !t->broken)
    t->export_ended(t->check_data, c, event);
  return event;
}

static void tap_export_exit(void *data, struct call *c) {
  struct tap *t = data;
  begin(t, LOG_EXPORT_EXIT);
  t->tell.interface_name = c->func->interface_name;
  number(t, c->tap_id);
  end(t);
}

/* ---- imports ----------------------------------------------------------------------------------------------------- */

static uint64_t tap_import_call(void *data, struct host_call *call) {
  struct tap *t = data;
  const struct weir_func *f = call->func->decl;
  struct place p = {LOG_IMPORT_CALL, f->interface_name, f->name};
  begin(t, p.kind);
  number(t, call->tap_id = ++t->calls);
  number(t, call->task);
  name(t, p.interface_name, p.name);
  value(t, &p, &call->args);
  return end(t);
}

static uint64_t tap_import_cancel(void *data, struct host_call *call) {
  struct tap *t = data;
  begin(t, LOG_IMPORT_CANCEL);
  t->tell.interface_name = call->func->decl->interface_name;
  number(t, call->tap_id);
  return end(t);
}

/* Of a failed one the message is the result. */
static void tap_import_end(void *data, struct host_call *call) {
  struct tap *t = data;
  const struct weir_func *f = call->func->decl;
  const struct host_outcome *o = &call->outcome;
  struct place p = {LOG_IMPORT_END, f->interface_name, f->name};
  weir_value words = {0};
  if (o->kind == HOST_CALL_FAILED && o->message)
    words = (weir_value){.kind = WEIR_VALUE_STRING, .of.string = {o->message, strlen(o->message)}};
  begin(t, p.kind);
  number(t, call->tap_id);
  number(t, o->kind);
  number(t, log_zigzag(o->exit_code));
  value(t, &p, o->kind == HOST_CALL_FAILED ? &words : &o->result);
  end(t);
}

/* ---- resources --------------------------------------------------------------------------------------------------- */

static void tap_resource_new(void *data, const struct instance *inst, const struct weir_resource_type *decl,
                             uint64_t id, uint64_t rep) {
  struct tap *t = data;
  begin(t, LOG_RESOURCE_NEW);
  number(t, inst->number);
  number(t, id);
  name(t, decl->interface_name, decl->name);
  number(t, rep);
  end(t);
}

static void tap_resource_let_go(void *data, uint64_t id) {
  struct tap *t = data;
  begin(t, LOG_RESOURCE_LET_GO);
  number(t, id);
  end(t);
}

static uint64_t tap_resource_drop(void *data, const struct weir_resource_type *decl, uint64_t rep) {
  struct tap *t = data;
  begin(t, LOG_RESOURCE_DROP);
  name(t, decl->interface_name, decl->name);
  number(t, rep);
  return end(t);
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

/* In the words of weir_type_parse(), without `stream` or `future` and its brackets. */
static void stream_type(struct tap *t, const struct host_end *r) {
  struct text words;
  text_init(&words);
  if (r->hint == WEIR_ELEMENT_TYPED && r->end->channel->elem)
    wit_type(&words, r->end->channel->elem, true);
  if (words.failed)
    t->event.failed = true;
  log_put_str(&t->event, (struct str){words.data, words.size});
  text_done(&words);
}

static void tap_stream_new(void *data, const struct host_end *r, const struct host_end *w) {
  struct tap *t = data;
  begin(t, LOG_STREAM_NEW);
  number(t, r->id);
  number(t, w->id);
  number(t, r->end->channel->future);
  number(t, r->hint);
  stream_type(t, r);
  end(t);
}

/* How an operation gets its elements: 0 as they lie, 1 as values, 2 in place. */
static unsigned form_of(const struct rt_buffer *b) {
  return b->kind == RT_BUFFER_VALUES ? 1 : b->kind == RT_BUFFER_LENT ? 2 : 0;
}

/* What `count` elements of a buffer are: bytes as they lie, values one after the other. */
static void elements(struct tap *t, const struct place *p, const struct host_end *w, const struct rt_buffer *b,
                     size_t count) {
  const struct weir_type *elem = w->end->channel->elem;
  if (b->kind == RT_BUFFER_LENT) {
    payload(t, p, "", 0); /* the event of the lending has them */
    return;
  }
  if (b->kind != RT_BUFFER_VALUES) {
    payload(t, p, b->host, elem ? count * elem->layout[0].size : 0);
    return;
  }
  t->payload.size = 0;
  for (size_t i = 0; i < count; i++)
    if (!log_value_put(&t->payload, &((const weir_value *)b->host)[i]))
      t->payload.failed = true;
  payload(t, p, t->payload.data, t->payload.size);
}

/* The bytes of a future have no size before its type is known: the host says it, or the first guest that gets it. */
static bool has_no_size(const struct tap *t, const struct host_end *w, const struct rt_buffer *b) {
  const struct rt_channel *c = w->end->channel;
  return !w->end->readable && c->future && !c->elem && !c->root && b->kind != RT_BUFFER_VALUES && b->host && !t->check;
}

static void tap_stream_start(void *data, const struct host_end *w, const struct rt_buffer *b) {
  struct tap *t = data;
  if (has_no_size(t, w, b) && !t->broken) {
    fail(t, diag_set(&t->store->rt.failure, WEIR_ERR_UNSUPPORTED,
                     "a future whose type is not known yet was written as bytes, which cannot be recorded: "
                     "write a value (weir_stream_write_values)"));
    return;
  }
  begin(t, w->end->readable ? LOG_STREAM_READ : LOG_STREAM_WRITE);
  number(t, w->id);
  number(t, form_of(b));
  number(t, b->kind == RT_BUFFER_LENT ? 0 : b->length);
  if (!w->end->readable)
    elements(t, &nowhere_write, w, b, b->length);
  end(t);
}

static uint64_t tap_stream_lent(void *data, const struct host_end *w, uint32_t count) {
  struct tap *t = data;
  begin(t, LOG_STREAM_LENT);
  number(t, w->id);
  number(t, count);
  return end(t);
}

static void tap_stream_used(void *data, const struct host_end *w, const void *bytes, size_t count) {
  struct tap *t = data;
  const struct weir_type *elem = w->end->channel->elem;
  begin(t, LOG_STREAM_USED);
  number(t, w->id);
  number(t, count);
  payload(t, &nowhere_used, elem ? bytes : "", elem ? count * elem->layout[0].size : 0);
  end(t);
}

static void stream_event(struct tap *t, enum log_kind kind, const struct host_end *w) {
  begin(t, kind);
  number(t, w->id);
  end(t);
}

static void tap_stream_cancel(void *data, const struct host_end *w) {
  stream_event(data, LOG_STREAM_CANCEL, w);
}

static void tap_stream_drop(void *data, const struct host_end *w) {
  stream_event(data, LOG_STREAM_DROP, w);
}

static uint64_t tap_stream_done(void *data, const struct host_end *w, weir_copy_result result, size_t count) {
  struct tap *t = data;
  const struct rt_buffer *b = &w->end->buffer;
  begin(t, LOG_STREAM_DONE);
  number(t, w->id);
  number(t, form_of(b));
  number(t, result);
  number(t, count);
  elements(t, &nowhere_done, w, b, w->end->readable ? count : 0);
  return end(t);
}

/* ---- the store --------------------------------------------------------------------------------------------------- */

static void tap_failed(void *data) {
  struct tap *t = data;
  const struct diag *d = &t->store->rt.failure;
  begin(t, LOG_FAILURE);
  number(t, log_zigzag(d->status));
  log_put_str(&t->event, str_from(diag_message(d)));
  end(t);
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
