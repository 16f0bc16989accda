/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See weir/limits.h: the defaults, and where each limit goes (the engine, or the runtime). */
#include "embed/limits.h"

#include "embed/seam.h"
#include "embed/state.h"
#include "runtime/store.h"
#include "runtime/trap.h"

/* Far more than a guest can use in years, and far enough from the largest number for the engine. */
static const uint64_t FUEL_UNLIMITED = (uint64_t)1 << 62;
enum { PIECES_BETWEEN_LOOKS = 256 };

/*
 * The public struct as it has to be: limits.def in order, and nothing between that a record does not know. A member
 * that is new in weir_store_config breaks the sums below, until it has its line in limits.def or a decision in the
 * record.
 */
struct expected {
  size_t size;
  uint64_t schedule_seed;
  uint32_t schedule_keep;
#define LIMIT(name, type, usual, field) type max_##name;
#include "base/limits.def"
  bool caller_stack; /* where callbacks run: nothing that a record needs */
  uint64_t fuel, deadline, slice;
  bool serialized; /* says which threads may use the store: nothing that a record needs */
  bool packed_lists;
};

_Static_assert(sizeof(struct expected) == sizeof(weir_store_config), "a member of weir_store_config is in no table");
#define LIMIT(name, type, usual, field)                                                            \
  _Static_assert(offsetof(struct expected, max_##name) == offsetof(weir_store_config, max_##name), \
                 "limits.def and weir_store_config are not in the same order");
#include "base/limits.def"

weir_status limits_check(const weir_engine *engine, const weir_store_config *c, struct diag *d) {
  if (c->fuel && !engine->fuel)
    return diag_set(d, WEIR_ERR_MISUSE,
                    "weir_store_config.fuel needs an engine that counts it: weir_engine_config.fuel");
  if (c->deadline && !engine->deadlines)
    return diag_set(d, WEIR_ERR_MISUSE,
                    "weir_store_config.deadline needs an engine that has them: weir_engine_config.deadlines");
  if (c->slice && !engine->deadlines)
    return diag_set(d, WEIR_ERR_MISUSE,
                    "weir_store_config.slice needs an engine with deadlines: weir_engine_config.deadlines");
  return WEIR_OK;
}

void limits_for_engine(const weir_store_config *c, struct eng_store_limits *ret) {
  *ret = (struct eng_store_limits){
#define ENGINE_LIMIT(name, type, usual, field) .name = c->max_##name ? c->max_##name : (usual),
#include "base/limits.def"
  };
}

void limits_apply(struct store *s, const weir_store_config *c) {
#define RUNTIME_LIMIT(name, type, usual, field) s->rt.limits.name = c->max_##name ? c->max_##name : (usual);
#include "base/limits.def"
  s->config = *c;
  s->rt.packed_lists = c->packed_lists;
  s->rt.caller_stack = c->caller_stack;
  store_permute(&s->rt, c->schedule_seed, c->schedule_keep);
  if (s->engine->fuel)
    eng_store_set_fuel(s->rt.eng, c->fuel ? c->fuel : FUEL_UNLIMITED);
  if (c->deadline)
    eng_store_set_deadline(s->rt.eng, c->deadline);
  if (c->slice)
    store_set_slice(&s->rt, c->slice);
}

static const char no_fuel[] = "the engine counts no fuel";

weir_status weir_store_set_fuel(weir_store *store, uint64_t fuel) {
  struct store *s = store_get_mine(store);
  if (!s || eng_store_set_fuel(s->rt.eng, fuel < FUEL_UNLIMITED ? fuel : FUEL_UNLIMITED) != WEIR_OK)
    return handle_refuse(store, HANDLE_STORE, "weir_store_set_fuel", no_fuel);
  if (s->traced && s->tap)
    s->tap->fuel(s->tap_data, fuel);
  return WEIR_OK;
}

weir_status weir_store_fuel(const weir_store *store, uint64_t *ret) {
  const struct store *s = store_get_mine(store);
  if (s && eng_store_fuel(s->rt.eng, ret) == WEIR_OK)
    return WEIR_OK;
  return handle_refuse(store, HANDLE_STORE, "weir_store_fuel", no_fuel);
}

weir_status weir_store_set_deadline(weir_store *store, uint64_t ticks_from_now) {
  struct store *s = store_get_mine(store);
  if (!s || !s->engine->deadlines)
    return handle_refuse(store, HANDLE_STORE, "weir_store_set_deadline", "the engine has no deadlines");
  eng_store_set_deadline(s->rt.eng, ticks_from_now);
  return WEIR_OK;
}

bool limits_leave_time(struct store *s, uint32_t *pieces) {
  if (s->rt.failed || !s->engine->deadlines || ++*pieces % PIECES_BETWEEN_LOOKS != 0)
    return true;
  return rt_fail(&s->rt, eng_store_check_deadline(s->rt.eng, &s->rt.failure)) == WEIR_OK;
}

void weir_engine_tick(weir_engine *engine) {
  if (engine->deadlines)
    eng_tick(engine->eng);
}
