/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The budget of a store: fuel, the time until its deadline, and the slice of the guest that runs. Wasmtime counts all
 * three while guest code runs; they are put aside (`lifted`) while code of the runner does.
 *
 * In order: fuel; deadlines and slices; putting aside and back.
 */
#include "engine/eng_private.h"

/* As a deadline: none. It is far enough away, and its sum with any epoch does not wrap. */
static const uint64_t EPOCHS_NEVER = (uint64_t)1 << 62;

/* ---- fuel -------------------------------------------------------------------------------------------------------- */

static weir_status fuel_disabled(void) {
  return WEIR_ERR_MISUSE;
}

static void fuel_put(struct eng_store *s, uint64_t fuel) {
  wasmtime_error_t *error = wasmtime_context_set_fuel(s->cx, fuel);
  if (error)
    wasmtime_error_delete(error);
}

static uint64_t fuel_get(const struct eng_store *s) {
  uint64_t fuel = 0;
  wasmtime_error_t *error = wasmtime_context_get_fuel(s->cx, &fuel);
  if (error)
    wasmtime_error_delete(error);
  return fuel;
}

weir_status eng_store_set_fuel(struct eng_store *s, uint64_t fuel) {
  if (!s->engine->fuel)
    return fuel_disabled();
  if (s->lifted)
    s->fuel = fuel;
  else
    fuel_put(s, fuel);
  return WEIR_OK;
}

weir_status eng_store_fuel(struct eng_store *s, uint64_t *ret) {
  if (!s->engine->fuel)
    return fuel_disabled();
  *ret = s->lifted ? s->fuel : fuel_get(s);
  return WEIR_OK;
}

/* ---- deadlines and slices ---------------------------------------------------------------------------------------- */

void budget_init(struct eng_store *s) {
  s->deadline = UINT64_MAX;
  if (s->engine->epochs)
    wasmtime_context_set_epoch_deadline(s->cx, EPOCHS_NEVER);
}

/* A slice begins when the caller's own stack is left, so stacks that start each other do not renew it. */
static uint64_t slice_left(const struct eng_store *s, uint64_t most) {
  uint64_t now = atomic_load_explicit(&s->engine->ticks, memory_order_relaxed);
  if (s->slice == ENG_SLICE_EVERYWHERE)
    return 0;
  uint64_t left = s->slice_end > now ? s->slice_end - now : 0;
  return left < most ? left : most;
}

void budget_begin_slice(struct eng_store *s) {
  s->slice_end = atomic_load_explicit(&s->engine->ticks, memory_order_relaxed) + s->slice;
}

static void deadline_put(struct eng_store *s) {
  uint64_t left = EPOCHS_NEVER;
  if (s->deadline != UINT64_MAX) {
    uint64_t now = atomic_load_explicit(&s->engine->ticks, memory_order_relaxed);
    left = s->deadline > now ? s->deadline - now : 0;
  }
  if (s->slice != 0)
    left = slice_left(s, left);
  if (s->attentive && left > 1)
    left = 1;
  wasmtime_context_set_epoch_deadline(s->cx, left < EPOCHS_NEVER ? left : EPOCHS_NEVER);
}

void eng_store_set_deadline(struct eng_store *s, uint64_t ticks_from_now) {
  uint64_t now = atomic_load_explicit(&s->engine->ticks, memory_order_relaxed);
  s->deadline = ticks_from_now < EPOCHS_NEVER ? now + ticks_from_now : UINT64_MAX;
  if (s->engine->epochs && !s->lifted)
    deadline_put(s);
}

weir_status eng_store_check_deadline(const struct eng_store *s, struct diag *d) {
  uint64_t now = atomic_load_explicit(&s->engine->ticks, memory_order_relaxed);
  if (s->deadline > now)
    return WEIR_OK;
  return diag_set(d, WEIR_ERR_TIMEOUT, "wasm trap: interrupt (the deadline of the store has passed)");
}

/* Wasmtime calls this in the midst of guest code, at the epoch that deadline_put() has set. */
static wasmtime_error_t *epoch_reached(wasmtime_context_t *cx, void *data, uint64_t *ret_ticks,
                                       wasmtime_update_deadline_kind_t *ret_kind) {
  struct eng_store *s = data;
  uint64_t now = atomic_load_explicit(&s->engine->ticks, memory_order_relaxed);
  (void)cx;
  *ret_kind = WASMTIME_UPDATE_DEADLINE_CONTINUE;
  *ret_ticks = EPOCHS_NEVER;
  if (s->lifted)
    return NULL;
  if (s->deadline <= now)
    return wasmtime_error_new("wasm trap: interrupt");
  if (s->current && s->slice != 0)
    *ret_kind = WASMTIME_UPDATE_DEADLINE_YIELD;
  if (s->deadline != UINT64_MAX)
    *ret_ticks = s->deadline - now;
  if (s->slice == ENG_SLICE_EVERYWHERE)
    *ret_ticks = 0;
  else if (s->slice != 0 && s->slice < *ret_ticks)
    *ret_ticks = s->slice;
  if (s->attentive)
    *ret_ticks = 1;
  return NULL;
}

void eng_store_set_attentive(struct eng_store *s) {
  if (!s->engine->epochs || s->attentive)
    return;
  if (s->slice == 0)
    wasmtime_store_epoch_deadline_callback(s->store, epoch_reached, s, NULL);
  s->attentive = true;
  if (!s->lifted)
    deadline_put(s);
}

weir_status eng_store_set_slice(struct eng_store *s, uint64_t ticks) {
  if (!s->engine->epochs)
    return WEIR_ERR_MISUSE;
  if (s->slice == 0 && ticks != 0 && !s->attentive)
    wasmtime_store_epoch_deadline_callback(s->store, epoch_reached, s, NULL);
  s->slice = ticks < EPOCHS_NEVER || ticks == ENG_SLICE_EVERYWHERE ? ticks : EPOCHS_NEVER;
  if (!s->lifted)
    deadline_put(s);
  return WEIR_OK;
}

/* ---- aside and back ---------------------------------------------------------------------------------------------- */

/*
 * Between budget_lift() and budget_restore() only the runner's few instructions run: the guest's fuel goes back exactly
 * as it was. Pairs may nest where a start function suspends its caller; only the outermost counts.
 */
void budget_lift(struct eng_store *s) {
  if (s->lifted || !(s->engine->fuel || s->engine->epochs))
    return;
  s->lifted = true;
  if (s->engine->fuel) {
    s->fuel = fuel_get(s);
    fuel_put(s, INT64_MAX);
  }
  if (s->engine->epochs)
    wasmtime_context_set_epoch_deadline(s->cx, EPOCHS_NEVER);
}

void budget_restore(struct eng_store *s) {
  if (!s->lifted)
    return;
  s->lifted = false;
  if (s->engine->fuel)
    fuel_put(s, s->fuel);
  if (s->engine->epochs)
    deadline_put(s);
}
