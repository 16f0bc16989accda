/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The host that a replay has: it does what the record says and nothing else, where `turn` and `cause` say that it was
 * done. A record is hostile: each number in it is looked up among the things that the replay has (replay_things.c), and
 * what is not there is an error, not a crash.
 *
 * In order: fuel and exports; imports; resources; do_event(), which chooses among them; the host's turn. Components and
 * instances are replay_instance.c's, streams replay_stream.c's.
 */
#include <stdlib.h>
#include <string.h>

#include "embed/resource.h"
#include "record/replay.h"
#include "runtime/trap.h"
#include "weir/call.h"
#include "weir/limits.h"

/* ---- fuel and exports -------------------------------------------------------------------------------------------- */

static weir_status do_fuel(struct replay *r, const struct log_event *e, struct diag *d) {
  if (weir_store_set_fuel(r->store->handle, replay_number(e, "fuel")) == WEIR_OK)
    return WEIR_OK;
  return diag_set(d, WEIR_ERR_MISUSE,
                  "the record sets fuel: replay it with an engine that counts it (weir_engine_config.fuel)");
}

static const weir_func *find_func(const struct instance *inst, const struct log_event *e) {
  char *interface_name = replay_text(e, "interface"), *name = replay_text(e, "name");
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
  uint64_t at = replay_number(e, "instance");
  weir_instance *inst = at < r->instances.count ? r->instances.data[at] : NULL;
  const weir_func *f = inst ? find_func(instance_get(inst), e) : NULL;
  if (!f)
    return replay_unknown(e, "function or instance", d);
  WEIR_TRY(replay_value(r, e, "arguments", &args, d));
  if (args.kind != WEIR_VALUE_RECORD) {
    weir_value_clear(&args);
    return diag_set(d, WEIR_ERR_MALFORMED, "arguments of the record are not a list of values");
  }
  struct replay_thing *t = replay_add(r, REPLAY_EXPORT, replay_number(e, "call"));
  weir_status status =
      t ? weir_call_start(inst, f, args.of.list.items, args.of.list.count, NULL, NULL, &call, NULL) : WEIR_ERR_NOMEM;
  for (size_t i = 0; i < args.of.list.count; i++)
    if (args.of.list.items[i].kind == WEIR_VALUE_RESOURCE)
      args.of.list.items[i] = (weir_value){0}; /* it was lent, and stays with its thing */
  weir_value_clear(&args);
  if (status != WEIR_OK)
    return diag_set(d, status, "a call of the record cannot be made again");
  t = replay_find(r, REPLAY_EXPORT, replay_number(e, "call"));
  if (!t || t->object) { /* the number was taken */
    weir_call_free(call);
    return replay_unknown(e, "call", d);
  }
  t->object = call;
  return WEIR_OK;
}

static weir_status do_export_cancel(struct replay *r, const struct log_event *e, struct diag *d) {
  struct replay_thing *t = replay_find(r, REPLAY_EXPORT, replay_number(e, "call"));
  if (!t)
    return replay_unknown(e, "call", d);
  weir_call_cancel(t->object);
  return WEIR_OK;
}

/* A host may use what a call has returned as soon as it has. */
static void take_results(struct replay *r) {
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
  switch (replay_number(e, "how")) {
    case HOST_CALL_RETURNED:
      return weir_host_call_return(call, result, NULL);
    case HOST_CALL_EXITED:
      return weir_host_call_exit(call, (int)log_unzigzag(replay_number(e, "code")));
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
  struct replay_thing *t = replay_find(r, REPLAY_IMPORT, replay_number(e, "call"));
  weir_value result = {0};
  struct host_call *call = t ? host_call_of(t->object) : NULL;
  if (!call)
    return replay_unknown(e, "call", d);
  WEIR_TRY(replay_value(r, e, "result", &result, d));
  *ret_later = call->phase == HOST_CALL_CALLING;
  weir_status status = finish_import(call->handle, e, &result);
  weir_value_clear(&result);
  t = replay_find(r, REPLAY_IMPORT, replay_number(e, "call"));
  if (t)
    replay_forget(r, t);
  return status == WEIR_OK ? WEIR_OK : diag_set(d, status, "a call of the record cannot be finished again");
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
  weir_instance *inst = instance_at(r, replay_number(e, "instance"));
  if (!inst)
    return replay_unknown(e, "instance", d);
  char *interface_name = replay_text(e, "interface"), *name = replay_text(e, "name");
  weir_value v = {0};
  weir_status status = WEIR_ERR_NOMEM;
  if (interface_name && name)
    status = weir_resource_new(inst, interface_name[0] ? interface_name : NULL, name,
                               replay_number(e, "representation"), &v, NULL);
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
  struct replay_thing *t = replay_find(r, REPLAY_RESOURCE, replay_number(e, "handle"));
  if (!t)
    return replay_unknown(e, "resource", d);
  weir_value v = t->value;
  replay_forget(r, t);
  weir_value_clear(&v);
  return WEIR_OK;
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static weir_status do_event(struct replay *r, const struct log_event *e, bool *ret_later, struct diag *d) {
  *ret_later = false;
  switch (e->kind) {
    case LOG_INSTANCE:
      return replay_instance(r, e, d);
    case LOG_COMPONENT:
      return replay_new_component(r, e, d);
    case LOG_MODULE:
      return replay_module(r, e, d);
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
      return replay_stream_new(r, e, d);
    case LOG_STREAM_USED:
      return replay_stream_used(r, e, ret_later, d);
    default:
      return replay_stream_do(r, e, d);
  }
}

/* ---- the host's turn --------------------------------------------------------------------------------------------- */

bool replay_hosts_turn(const struct replay *r, uint64_t cause) {
  return r->has_next && !r->diverged && log_event_is_hosts(r->next.kind) && r->next.cause == cause &&
         r->next.turn == r->store->turn;
}

/* The record moves on while it is done, so it is done from a copy. *ret_go: more may follow. */
static weir_status do_next(struct replay *r, bool *ret_go, struct diag *d) {
  uint8_t *copy = malloc(r->size + 1);
  struct log_event e;
  bool later;
  uint64_t before = r->report->events;
  if (!copy)
    return diag_nomem(d);
  memcpy(copy, r->bytes, r->size);
  log_event_read(copy, r->size, &e);
  weir_status status = do_event(r, &e, &later, d);
  free(copy);
  *ret_go = !later;
  if (status == WEIR_OK && !later && r->report->events == before)
    status = replay_differ(r, NULL, d);
  return status;
}

static void run_host(struct replay *r, uint64_t cause) {
  struct diag *d = &r->store->rt.failure;
  bool go = true;
  if (!r->store->rt.current)
    take_results(r);
  while (go && replay_hosts_turn(r, cause)) {
    weir_status status = do_next(r, &go, d);
    if (r->ended)
      return;
    if (status != WEIR_OK) {
      r->diverged = r->tap.broken = true;
      r->store->rt.failed = true;
      return;
    }
    if (!r->store->rt.current)
      take_results(r);
  }
}

/* Hosts do not nest deeply; a record that somebody has made up may want to. */
void replay_host_runs(struct replay *r, uint64_t cause) {
  enum { DEEPEST = 64 };
  if (r->depth == DEEPEST)
    return; /* what is left undone is found missing */
  r->depth++;
  run_host(r, cause);
  r->depth--;
}

/* An interceptor may have let go of what the export returned: it is the host's from here on. */
void replay_export_ended(void *data, struct call *call, uint64_t event) {
  struct replay *r = data;
  uint64_t before = r->store->cause;
  if (!replay_hosts_turn(r, event))
    return;
  if (!replay_keep_handles(r, &call->result)) {
    rt_fail(&r->store->rt, diag_nomem(&r->store->rt.failure));
    return;
  }
  r->store->cause = event;
  replay_host_runs(r, event);
  r->store->cause = before;
}
