/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The life of a store. See weir/store.h.
 *
 * What holds: a store that goes closes its inbox first, so that nothing comes from outside any more, then ends what is
 * under way, and gives back its handles last. In order: the handles in values that pass between guests and hosts;
 * making and freeing; the failure. store_step.c has the rounds.
 */
#include "weir/store.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/sized.h"
#include "embed/call.h"
#include "embed/failure.h"
#include "embed/host_call.h"
#include "embed/instance.h"
#include "embed/limits.h"
#include "embed/resource.h"
#include "embed/seam.h"
#include "embed/store_step.h"
#include "embed/stream.h"
#include "runtime/release.h"
#include "runtime/store.h"

/* ---- handles in values ------------------------------------------------------------------------------------------- */

static weir_status handle_to_value(struct abi_cx *cx, const struct weir_type *t, union abi_handle handle,
                                   weir_value *ret) {
  if (t->kind == TYPE_OWN || t->kind == TYPE_BORROW)
    return resource_to_value(cx, t, handle.rep, ret);
  if (t->kind == TYPE_STREAM || t->kind == TYPE_FUTURE)
    return stream_to_value(cx, t, handle.shared, ret);
  *ret = (weir_value){.kind = WEIR_VALUE_ERROR_CONTEXT};
  return WEIR_OK;
}

static weir_status handle_from_value(struct abi_cx *cx, const struct weir_type *t, weir_value *value,
                                     union abi_handle *ret) {
  struct rt_end *end = NULL;
  ret->rep = 0;
  if (t->kind == TYPE_OWN || t->kind == TYPE_BORROW)
    return resource_from_value(cx, t, value, &ret->rep);
  if (t->kind != TYPE_STREAM && t->kind != TYPE_FUTURE)
    return diag_set(cx->diag, WEIR_ERR_UNSUPPORTED, "error contexts cannot be passed by a host yet");
  WEIR_TRY(stream_from_value(cx, t, value, &end));
  ret->shared = end;
  return WEIR_OK;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static void lists_init(struct store *s) {
  list_init(&s->instances);
  list_init(&s->calls);
  list_init(&s->calls_done);
  list_init(&s->call_cancels);
  list_init(&s->host_calls);
  list_init(&s->host_calls_done);
  list_init(&s->host_cancels);
  list_init(&s->streams);
  list_init(&s->stream_starts);
  list_init(&s->resources);
  list_init(&s->drops);
  list_init(&s->borrows);
  list_init(&s->idle);
  list_init(&s->call_starts);
}

/* Gives back what is not the engine's. */
static void store_unmake(struct store *s) {
  weir_engine *engine = s->engine;
  if (s->handle)
    handle_give(&s->handles, s->handle);
  handle_pool_done(&s->handles);
  if (s->inbox) {
    inbox_close(s->inbox);
    inbox_give(&engine->inboxes, s->inbox);
  }
  mem_free(&engine->alloc, s, sizeof(*s));
}

static weir_status store_make(weir_engine *engine, const weir_store_config *config, weir_store **ret, struct diag *d) {
  struct eng_store *es;
  struct eng_store_limits limits;
  WEIR_TRY(limits_check(engine, config, d));
  limits_for_engine(config, &limits);
  WEIR_TRY(eng_store_new(engine->eng, &limits, &es, d));
  struct store *s = mem_zalloc(&engine->alloc, sizeof(*s));
  if (!s) {
    eng_store_free(es);
    return diag_nomem(d);
  }
  s->engine = engine;
  s->inbox = inbox_open(&engine->inboxes);
  handle_pool_init(&s->handles, &engine->handles, s->inbox);
  s->handle = s->inbox ? handle_take(&s->handles, HANDLE_STORE, s) : NULL;
  if (!s->handle) {
    store_unmake(s);
    eng_store_free(es);
    return diag_nomem(d);
  }
  store_init(&s->rt, &engine->alloc, es);
  s->rt.handle_to_value = handle_to_value;
  s->rt.handle_from_value = handle_from_value;
  weir_engine_ref(engine);
  s->rt.lend = stream_lend;
  limits_apply(s, config);
  if (config->serialized)
    inbox_serialize(s->inbox);
  lists_init(s);
  *ret = s->handle;
  return WEIR_OK;
}

weir_status weir_store_new(weir_engine *engine, const weir_store_config *config, weir_store **ret,
                           weir_error **ret_error) {
  weir_store_config own = WEIR_STORE_CONFIG_INIT;
  struct diag d;
  diag_init(&d);
  weir_status status = config ? SIZED_READ(config, &own, weir_store_config, &d) : WEIR_OK;
  if (status == WEIR_OK)
    status = store_make(engine, &own, ret, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}

void weir_store_free(weir_store *store) {
  struct store *s = store_get(store);
  if (!s || store_is_inside(s))
    return;
  weir_engine *engine = s->engine;
  s->stepping = s->rt.stopping = true;
  inbox_enter(s->inbox);
  inbox_close(s->inbox);
  seam_close(s);
  hold_drop_aside(&s->rt);
  host_call_release_all(s);
  call_release_all(s);
  store_step_tell_idle(s, WEIR_ERR_CANCELLED);
  stream_release_all(s);
  resource_release_all(s);
  store_done(&s->rt);
  while (!list_empty(&s->instances))
    instance_free(LIST_OWNER(s->instances.next, struct instance, all));
  weir_error_free(s->failure);
  store_unmake(s);
  weir_engine_free(engine);
}

size_t weir_store_live_tasks(const weir_store *store) {
  const struct store *s = store_get_mine(store);
  return s ? s->rt.live_tasks : 0;
}

/* ---- failure ----------------------------------------------------------------------------------------------------- */

const weir_error *weir_store_failure(const weir_store *store) {
  struct store *s = store_get_mine(store);
  if (!s || !s->rt.failed)
    return NULL;
  if (!s->failure)
    s->failure = failure_error(s);
  return s->failure;
}
