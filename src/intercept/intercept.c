/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Installing interceptors, behind weir/intercept.h: into the chain of a store, which the first one makes. */
#include "weir/intercept.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/sized.h"
#include "intercept/interceptors.h"

bool interceptors_add(struct interceptors *to, struct interceptor one) {
  to->hear_ends |= one.ask[ASK_AFTER_IMPORT] || one.ask[ASK_AFTER_EXPORT] || one.failure;
  return VEC_PUSH(&mem_system, &to->of, one);
}

static struct chain *chain_of(struct store *s) {
  if (s->gate)
    return s->gate_data;
  struct chain *chain = calloc(1, sizeof(*chain));
  if (!chain)
    return NULL;
  chain->store = s;
  list_init(&chain->parts);
  s->gate = &chain_gate;
  s->gate_data = chain;
  s->traced = true;
  return chain;
}

static struct interceptor interceptor_of(const weir_interceptor *i, void *data, void (*free_data)(void *data)) {
  return (struct interceptor){.ask = {i->before_import, i->after_import, i->before_export, i->after_export},
                              .failure = i->failure,
                              .data = data,
                              .free = free_data,
                              .holds = i->holds};
}

weir_status weir_store_intercept(weir_store *store, const weir_interceptor *interceptor, void *data,
                                 void (*free_data)(void *data)) {
  weir_interceptor own;
  struct store *s = store_get_mine(store);
  WEIR_TRY(SIZED_READ(interceptor, &own, weir_interceptor, NULL));
  if (!s || s->hooked || !list_empty(&s->instances))
    return handle_refuse(store, HANDLE_STORE, "weir_store_intercept",
                         "the store has an instance already, or the caller is inside of an interceptor");
  struct chain *chain = chain_of(s);
  if (!chain || !interceptors_add(&chain->interceptors, interceptor_of(&own, data, free_data)))
    return WEIR_ERR_NOMEM;
  s->rt.always_stacks = s->rt.always_stacks || own.holds;
  return WEIR_OK;
}

weir_status weir_store_intercept_next(weir_store *store, const weir_interceptor *interceptor, void *data,
                                      void (*free_data)(void *data)) {
  weir_interceptor own;
  struct store *s = store_get_mine(store);
  WEIR_TRY(SIZED_READ(interceptor, &own, weir_interceptor, NULL));
  if (!s || s->hooked || s->rt.current || s->rt.stopping)
    return handle_refuse(store, HANDLE_STORE, "weir_store_intercept_next",
                         "a guest runs, the caller is inside of an interceptor, or the store is being freed");
  struct chain *chain = chain_of(s);
  if (!chain || !interceptors_add(&chain->next, interceptor_of(&own, data, free_data)))
    return WEIR_ERR_NOMEM;
  return WEIR_OK;
}
