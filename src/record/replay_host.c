/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The host that a replay has: it does what the record says and nothing else. A record is hostile: each number in it is
 * looked up among the things that the replay has (replay_things.c), and what is not there is an error, not a crash.
 *
 * In order: fields of events; components, instances and exports; imports; resources; streams; replay_do(), which
 * chooses among them; the linker with a definition for each import.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "embed/linker.h"
#include "embed/resource.h"
#include "record/replay.h"
#include "record/replay_type.h"
#include "weir/call.h"
#include "weir/future.h"
#include "weir/limits.h"

/* ---- fields of events -------------------------------------------------------------------------------------------- */

static uint64_t number(const struct log_event *e, const char *name) {
  return log_event_field(e, name)->n;
}

/* From malloc(), terminated. */
static char *text(const struct log_event *e, const char *name) {
  struct str s = log_event_field(e, name)->s;
  return strndup(s.data ? s.data : "", s.size);
}

static weir_status unknown(const struct log_event *e, const char *what, struct diag *d) {
  return diag_set(d, WEIR_ERR_DIVERGED, "the record's %s names a %s that is not there", log_event_kind_name(e->kind),
                  what);
}

static weir_status not_full(struct diag *d) {
  return diag_set(d, WEIR_ERR_UNSUPPORTED,
                  "payloads of this record were hashed or left out: it can be checked, not replayed");
}

static weir_status value_of(struct replay *r, const struct log_event *e, const char *name, weir_value *ret,
                            struct diag *d) {
  const struct log_field *f = log_event_field(e, name);
  struct log_view v = log_view(f->s.data, f->s.size);
  struct log_handles handles = replay_handles(r);
  if (f->form != LOG_FORM_FULL)
    return not_full(d);
  weir_status status = log_value_get(&v, &handles, ret);
  if (status == WEIR_OK && v.at != v.end) {
    weir_value_clear(ret);
    status = WEIR_ERR_MALFORMED;
  }
  return status == WEIR_OK
             ? status
             : diag_set(d, status, "a value of the record's %s cannot be made", log_event_kind_name(e->kind));
}

/* ---- instances and exports --------------------------------------------------------------------------------------- */

static bool has_digest(const weir_component *c, struct str digest) {
  uint8_t own[SHA256_SIZE];
  sha256_of(c->code->bytes, c->code->size, own);
  return digest.size == sizeof(own) && memcmp(digest.data, own, sizeof(own)) == 0;
}

weir_status replay_component(struct replay *r, uint64_t number, struct str digest, struct diag *d) {
  const weir_replay_config *config = r->config;
  const weir_component *found = NULL;
  if (number != r->components.count)
    return diag_set(d, WEIR_ERR_MALFORMED, "a component of the record has a number out of turn");
  if (digest.size == 0 && number < config->component_count)
    found = config->components[number];
  for (size_t i = 0; digest.size > 0 && !found && i < config->component_count; i++)
    found = has_digest(config->components[i], digest) ? config->components[i] : NULL;
  if (!found)
    return diag_set(d, WEIR_ERR_MISUSE, "the record is of another component (number %" PRIu64 " of its store)", number);
  return VEC_PUSH(&mem_system, &r->components, found) ? WEIR_OK : diag_nomem(d);
}

/* On stacks of their own, or not, guests get as deep as in the recorded store. */
static weir_status make_instance(struct replay *r, const struct log_event *e, struct diag *d) {
  uint64_t component = number(e, "component");
  weir_instance *inst = NULL;
  if (component >= r->components.count)
    return diag_set(d, WEIR_ERR_DIVERGED, "the record instantiates a component that it has not named");
  r->store->rt.always_stacks |= number(e, "stacks") != 0;
  weir_status status = weir_instance_new(r->store->handle, r->linker, r->components.data[component], &inst, NULL);
  if (!VEC_PUSH(&mem_system, &r->instances, inst))
    return diag_nomem(d);
  return status == WEIR_OK || r->store->rt.failed ? WEIR_OK
                                                  : diag_set(d, status, "the component cannot be instantiated");
}

static weir_status do_component(struct replay *r, const struct log_event *e, struct diag *d) {
  WEIR_TRY(replay_component(r, number(e, "component"), log_event_field(e, "digest")->s, d));
  return make_instance(r, e, d);
}

/* The host's module is in the record, under the name by which the component imports it. */
static weir_status do_module(struct replay *r, const struct log_event *e, struct diag *d) {
  const struct log_field *bytes = log_event_field(e, "bytes");
  if (bytes->form != LOG_FORM_FULL)
    return not_full(d);
  char *interface_name = text(e, "interface"), *name = text(e, "name");
  weir_status status = WEIR_ERR_NOMEM;
  if (interface_name && name)
    status = weir_linker_define_module(r->linker, interface_name[0] ? interface_name : NULL, name, bytes->s.data,
                                       bytes->s.size, NULL);
  struct linker_def *def = NULL;
  if (status == WEIR_OK)
    def = linker_set_find(linker_set_named(r->linker, str_from(interface_name)), str_from(name), LINKER_MODULE);
  free(interface_name);
  free(name);
  if (!def)
    return diag_set(d, status, "a core module of the record cannot be made again");
  tap_module(&r->tap, def->interface_name, def->name, def);
  return WEIR_OK;
}

static weir_status do_fuel(struct replay *r, const struct log_event *e, struct diag *d) {
  if (weir_store_set_fuel(r->store->handle, number(e, "fuel")) == WEIR_OK)
    return WEIR_OK;
  return diag_set(d, WEIR_ERR_MISUSE,
                  "the record sets fuel: replay it with an engine that counts it (weir_engine_config.fuel)");
}

static const weir_func *find_func(const struct instance *inst, const struct log_event *e) {
  char *interface_name = text(e, "interface"), *name = text(e, "name");
  const weir_func *f = NULL;
  if (interface_name && name)
    f = weir_component_find_func(inst->component, interface_name[0] ? interface_name : NULL, name);
  free(interface_name);
  free(name);
  return f;
}

static weir_status do_export_call(struct replay *r, const struct log_event *e, struct diag *d) {
  weir_value args = {0};
  weir_call *call = NULL;
  uint64_t at = number(e, "instance");
  weir_instance *inst = at < r->instances.count ? r->instances.data[at] : NULL;
  const weir_func *f = inst ? find_func(instance_get(inst), e) : NULL;
  if (!f)
    return unknown(e, "function or instance", d);
  WEIR_TRY(value_of(r, e, "arguments", &args, d));
  if (args.kind != WEIR_VALUE_RECORD) {
    weir_value_clear(&args);
    return diag_set(d, WEIR_ERR_MALFORMED, "arguments of the record are not a list of values");
  }
  struct replay_thing *t = replay_add(r, REPLAY_EXPORT, number(e, "call"));
  weir_status status =
      t ? weir_call_start(inst, f, args.of.list.items, args.of.list.count, NULL, NULL, &call, NULL) : WEIR_ERR_NOMEM;
  for (size_t i = 0; i < args.of.list.count; i++)
    if (args.of.list.items[i].kind == WEIR_VALUE_RESOURCE)
      args.of.list.items[i] = (weir_value){0}; /* it was lent, and stays with its thing */
  weir_value_clear(&args);
  if (status != WEIR_OK)
    return diag_set(d, status, "a call of the record cannot be made again");
  t = replay_find(r, REPLAY_EXPORT, number(e, "call"));
  if (!t || t->object) { /* the number was taken */
    weir_call_free(call);
    return unknown(e, "call", d);
  }
  t->object = call;
  return WEIR_OK;
}

static weir_status do_export_cancel(struct replay *r, const struct log_event *e, struct diag *d) {
  struct replay_thing *t = replay_find(r, REPLAY_EXPORT, number(e, "call"));
  if (!t)
    return unknown(e, "call", d);
  weir_call_cancel(t->object);
  return WEIR_OK;
}

/* A host may use what a call has returned as soon as it has. */
void replay_take_results(struct replay *r) {
  for (uint32_t i = r->things.count; i > 0; i--) {
    struct replay_thing *t = &r->things.data[i - 1];
    weir_value result = {0};
    if (t->kind != REPLAY_EXPORT || !t->object || !weir_call_finished(t->object))
      continue;
    weir_call *call = t->object;
    bool exited = weir_call_exited(call);
    if (weir_call_result(call, &result, NULL) == WEIR_OK)
      replay_keep_handles(r, &result);
    weir_value_clear(&result);
    if (!exited)
      continue;
    weir_call_free(call);
    replay_forget(r, &r->things.data[i - 1]);
  }
}

/* ---- imports ----------------------------------------------------------------------------------------------------- */

static weir_status finish_import(weir_host_call *call, const struct log_event *e, weir_value *result) {
  switch (number(e, "how")) {
    case HOST_CALL_RETURNED:
      return weir_host_call_return(call, result, NULL);
    case HOST_CALL_EXITED:
      return weir_host_call_exit(call, (int)log_unzigzag(number(e, "code")));
    case HOST_CALL_CANCELLED:
      return weir_host_call_cancelled(call);
    default: {
      char *words = result->kind == WEIR_VALUE_STRING
                        ? strndup(result->of.string.data ? result->of.string.data : "", result->of.string.size)
                        : NULL;
      weir_status status = weir_host_call_fail(call, words);
      free(words);
      return status;
    }
  }
}

static weir_status do_import_end(struct replay *r, const struct log_event *e, bool *ret_later, struct diag *d) {
  struct replay_thing *t = replay_find(r, REPLAY_IMPORT, number(e, "call"));
  weir_value result = {0};
  struct host_call *call = t ? host_call_of(t->object) : NULL;
  if (!call)
    return unknown(e, "call", d);
  WEIR_TRY(value_of(r, e, "result", &result, d));
  *ret_later = call->phase == HOST_CALL_CALLING;
  weir_status status = finish_import(call->handle, e, &result);
  weir_value_clear(&result);
  t = replay_find(r, REPLAY_IMPORT, number(e, "call"));
  if (t)
    replay_forget(r, t);
  return status == WEIR_OK ? WEIR_OK : diag_set(d, status, "a call of the record cannot be finished again");
}

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

/* ---- resources --------------------------------------------------------------------------------------------------- */

/* An instance by its number, also while its start functions run. */
static weir_instance *instance_at(const struct replay *r, uint64_t number) {
  const struct list *all = &r->store->instances, *n = all->next;
  while (n != all && number-- > 0)
    n = n->next;
  return n == all ? NULL : LIST_OWNER(n, struct instance, all)->handle;
}

static weir_status do_resource_new(struct replay *r, const struct log_event *e, struct diag *d) {
  weir_instance *inst = instance_at(r, number(e, "instance"));
  if (!inst)
    return unknown(e, "instance", d);
  char *interface_name = text(e, "interface"), *name = text(e, "name");
  weir_value v = {0};
  weir_status status = WEIR_ERR_NOMEM;
  if (interface_name && name)
    status =
        weir_resource_new(inst, interface_name[0] ? interface_name : NULL, name, number(e, "representation"), &v, NULL);
  free(interface_name);
  free(name);
  if (status != WEIR_OK)
    return diag_set(d, status, "a resource of the record cannot be made again");
  struct replay_thing *t = replay_add(r, REPLAY_RESOURCE, resource_get(v.of.resource)->id);
  if (!t) {
    weir_value_clear(&v);
    return diag_nomem(d);
  }
  t->value = v;
  return WEIR_OK;
}

static weir_status do_let_go(struct replay *r, const struct log_event *e, struct diag *d) {
  struct replay_thing *t = replay_find(r, REPLAY_RESOURCE, number(e, "handle"));
  if (!t)
    return unknown(e, "resource", d);
  weir_value v = t->value;
  replay_forget(r, t);
  weir_value_clear(&v);
  return WEIR_OK;
}

static void resource_dropped(void *data, weir_store *store, uint64_t rep) {
  struct replay *r = data;
  (void)store;
  (void)rep;
  if (!r->store->rt.stopping)
    replay_host_runs(r, r->store->cause);
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

static weir_status typed_again(struct replay *r, const struct log_event *e, weir_value *ret_readable,
                               weir_stream **ret_writable) {
  struct str elem = log_event_field(e, "type")->s;
  const char *noun = number(e, "future") ? "future" : "stream";
  const weir_type *type = NULL;
  struct text words;
  text_init(&words);
  if (elem.size)
    text_printf(&words, "%s<" STR_FMT ">", noun, STR_ARG(elem));
  else
    text_printf(&words, "%s", noun);
  weir_status status =
      words.failed ? WEIR_ERR_NOMEM : weir_type_parse(r->store->engine, words.data, words.size, &type, NULL);
  text_done(&words);
  if (status == WEIR_ERR_PARSE) {
    const struct replay_thing *call = replay_find(r, REPLAY_IMPORT, r->tap.calls);
    type = call ? replay_type(call->object, number(e, "future") != 0, elem) : NULL;
    status = type ? WEIR_OK : status;
  }
  return status == WEIR_OK ? weir_stream_new_typed(r->store->handle, type, ret_readable, ret_writable, NULL) : status;
}

static weir_status do_stream_new(struct replay *r, const struct log_event *e, struct diag *d) {
  weir_value readable = {0};
  weir_stream *writable = NULL;
  weir_status status;
  if (number(e, "hint") == WEIR_ELEMENT_TYPED)
    status = typed_again(r, e, &readable, &writable);
  else if (number(e, "future"))
    status = weir_future_new(r->store->handle, &readable, &writable, NULL);
  else
    status = weir_stream_new(r->store->handle, (weir_element)number(e, "hint"), &readable, &writable, NULL);
  if (status != WEIR_OK)
    return diag_set(d, status, "a stream of the record cannot be made again");
  struct replay_thing *t = replay_add(r, REPLAY_END, host_end_get(writable)->id);
  if (t)
    t->object = writable;
  return t && replay_keep_handles(r, &readable) ? WEIR_OK : diag_nomem(d);
}

static void copied(void *data, weir_stream *stream, weir_copy_result result, size_t count) {
  struct replay *r = data;
  const struct host_end *end = host_end_get(stream);
  struct replay_thing *t = replay_find(r, REPLAY_END, end->id);
  (void)result;
  for (size_t i = 0; t && t->values && end->end->readable && i < count; i++) {
    weir_value v = t->values[i];
    t->values[i] = (weir_value){0};
    replay_keep_handles(r, &v);
    weir_value_clear(&v);
    t = replay_find(r, REPLAY_END, end->id);
  }
  if (t)
    replay_buffer_done(t);
  if (t && !t->object)
    replay_forget(r, t);
  if (!r->store->rt.stopping)
    replay_host_runs(r, r->store->cause);
}

enum { WIDEST = 8 }; /* elements of those that are read and written as bytes */

static size_t element_size(const weir_stream *stream) {
  const struct weir_type *elem = host_end_get(stream)->end->channel->elem;
  return elem ? elem->layout[0].size : 0;
}

/* What the record says that the host did while it had the other end's buffer, and how much of it the host used. */
static size_t use_again(struct replay *r, weir_stream *stream, void *bytes, size_t count) {
  uint64_t id = host_end_get(stream)->id;
  struct replay_thing *t = replay_find(r, REPLAY_END, id);
  if (!t)
    return 0;
  t->lent = bytes ? bytes : r; /* nothing to read or write where elements have no size */
  t->filled = !host_end_get(stream)->end->readable;
  t->lent_count = count;
  t->lent_size = element_size(stream);
  t->used = 0;
  replay_host_runs(r, r->store->cause);
  t = replay_find(r, REPLAY_END, id);
  if (!t)
    return 0;
  t->lent = NULL;
  return t->used;
}

static size_t look_again(void *data, weir_stream *stream, const void *bytes, size_t count) {
  return use_again(data, stream, (void *)bytes, count);
}

static size_t fill_again(void *data, weir_stream *stream, void *bytes, size_t count) {
  return use_again(data, stream, bytes, count);
}

static weir_status do_used(struct replay *r, const struct log_event *e, bool *ret_later, struct diag *d) {
  struct replay_thing *t = replay_find(r, REPLAY_END, number(e, "end"));
  const struct log_field *data = log_event_field(e, "data");
  uint64_t count = number(e, "count");
  if (!t || !t->lent) /* it may have been dropped meanwhile */
    return unknown(e, "stream", d);
  if (data->form != LOG_FORM_FULL)
    return not_full(d);
  if (count > t->lent_count || data->s.size != count * t->lent_size)
    return diag_set(d, WEIR_ERR_MALFORMED, "the record uses another buffer than the host was lent");
  if (data->s.size && t->filled)
    memcpy(t->lent, data->s.data, data->s.size);
  t->used = count;
  *ret_later = true;
  return WEIR_OK;
}

static weir_status read_again(struct replay *r, struct replay_thing *t, const struct log_event *e) {
  uint64_t capacity = number(e, "capacity");
  if (capacity > BUFFER_MAX_LENGTH || number(e, "values") > 2)
    return WEIR_ERR_MALFORMED;
  if (number(e, "values") == 2)
    return weir_stream_read_in_place(t->object, look_again, copied, r, NULL);
  if (number(e, "values")) {
    t->values = calloc(capacity + 1, sizeof(*t->values));
    t->value_count = t->values ? capacity : 0;
    return t->values ? weir_stream_read_values(t->object, t->values, capacity, copied, r, NULL) : WEIR_ERR_NOMEM;
  }
  t->buffer = malloc(capacity * WIDEST + 1);
  return t->buffer ? weir_stream_read(t->object, t->buffer, capacity, copied, r, NULL) : WEIR_ERR_NOMEM;
}

static weir_status write_values(struct replay *r, uint64_t id, struct str data, uint64_t count) {
  struct log_view v = log_view(data.data, data.size);
  struct log_handles handles = replay_handles(r);
  if (count > log_view_left(&v))
    return WEIR_ERR_MALFORMED;
  weir_value *values = calloc(count + 1, sizeof(*values));
  weir_status status = values ? WEIR_OK : WEIR_ERR_NOMEM;
  for (size_t i = 0; status == WEIR_OK && i < count; i++)
    status = log_value_get(&v, &handles, &values[i]);
  struct replay_thing *t = replay_find(r, REPLAY_END, id); /* things may have moved */
  if (!t) {                                                /* into the values themselves */
    for (size_t i = 0; values && i < count; i++)
      weir_value_clear(&values[i]);
    free(values);
    return WEIR_ERR_MALFORMED;
  }
  t->values = values;
  t->value_count = values ? count : 0;
  return status == WEIR_OK ? weir_stream_write_values(t->object, values, count, copied, r, NULL) : status;
}

static weir_status write_again(struct replay *r, struct replay_thing *t, const struct log_event *e) {
  const struct log_field *data = log_event_field(e, "data");
  uint64_t count = number(e, "count");
  if (data->form != LOG_FORM_FULL)
    return WEIR_ERR_UNSUPPORTED;
  if (number(e, "values") == 2)
    return weir_stream_write_in_place(t->object, fill_again, copied, r, NULL);
  if (number(e, "values"))
    return write_values(r, t->id, data->s, count);
  if (count > BUFFER_MAX_LENGTH || data->s.size != count * element_size(t->object))
    return WEIR_ERR_MALFORMED;
  t->buffer = calloc(1, data->s.size + WIDEST); /* a future's element may turn out to have a size */
  if (!t->buffer)
    return WEIR_ERR_NOMEM;
  if (data->s.size)
    memcpy(t->buffer, data->s.data, data->s.size);
  return weir_stream_write(t->object, t->buffer, count, copied, r, NULL);
}

static weir_status do_stream(struct replay *r, const struct log_event *e, struct diag *d) {
  struct replay_thing *t = replay_find(r, REPLAY_END, number(e, "end"));
  weir_status status = WEIR_OK;
  if (!t || !t->object)
    return unknown(e, "stream", d);
  if ((e->kind == LOG_STREAM_READ || e->kind == LOG_STREAM_WRITE) && (t->buffer || t->values))
    return diag_set(d, WEIR_ERR_DIVERGED, "the record reads or writes a stream that is busy");
  if (e->kind == LOG_STREAM_READ) {
    status = read_again(r, t, e);
  } else if (e->kind == LOG_STREAM_WRITE) {
    status = write_again(r, t, e);
  } else if (e->kind == LOG_STREAM_CANCEL) {
    weir_stream_cancel(t->object);
  } else {
    weir_stream *end = t->object;
    t->object = NULL; /* `copied` may still want the buffer */
    if (!host_end_get(end)->busy)
      replay_forget(r, t);
    weir_stream_drop(end);
  }
  return status == WEIR_OK
             ? WEIR_OK
             : diag_set(d, status, "a %s of the record cannot be done again", log_event_kind_name(e->kind));
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

weir_status replay_do(struct replay *r, const struct log_event *e, bool *ret_later, struct diag *d) {
  *ret_later = false;
  switch (e->kind) {
    case LOG_INSTANCE:
      return make_instance(r, e, d);
    case LOG_COMPONENT:
      return do_component(r, e, d);
    case LOG_MODULE:
      return do_module(r, e, d);
    case LOG_FUEL:
      return do_fuel(r, e, d);
    case LOG_LIMITS:
      return diag_set(d, WEIR_ERR_MALFORMED, "limits of the store are not the first event of the record");
    case LOG_EXPORT_CALL:
      return do_export_call(r, e, d);
    case LOG_EXPORT_CANCEL:
      return do_export_cancel(r, e, d);
    case LOG_IMPORT_END:
      return do_import_end(r, e, ret_later, d);
    case LOG_RESOURCE_NEW:
      return do_resource_new(r, e, d);
    case LOG_RESOURCE_LET_GO:
      return do_let_go(r, e, d);
    case LOG_STREAM_NEW:
      return do_stream_new(r, e, d);
    case LOG_STREAM_USED:
      return do_used(r, e, ret_later, d);
    default:
      return do_stream(r, e, d);
  }
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
