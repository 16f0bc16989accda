/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A call in front of interceptors. What always holds: the first `*depth` interceptors were told of its beginning, and
 * not yet of its end.
 *
 * In order: the functions of interceptors (weir_crossing_answer() and so on); waiting; the way in, the way out, and
 * failures. crossing_show.c has what interceptors see, crossing_outcome.c the outcome of a call.
 */
#include "intercept/crossing.h"

#include <stdlib.h>

#include "abi/value.h"
#include "intercept/ask.h"

/* ---- for interceptors -------------------------------------------------------------------------------------------- */

static struct crossing *crossing_of(weir_crossing *c) {
  return (struct crossing *)(void *)c;
}

weir_verdict weir_crossing_answer(weir_crossing *c, weir_value *take_result) {
  struct crossing *x = crossing_of(c);
  crossing_touch(x);
  weir_value_clear(&x->answer);
  if (take_result) {
    x->answer = *take_result;
    *take_result = (weir_value){0};
  }
  return value_keep(&x->answer, true) == WEIR_OK ? WEIR_ANSWER : weir_crossing_fail(c, "out of memory");
}

weir_verdict weir_crossing_fail(weir_crossing *c, const char *message) {
  crossing_say(crossing_of(c), message);
  return WEIR_FAIL;
}

weir_hook *weir_crossing_hold(weir_crossing *c) {
  struct crossing *x = crossing_of(c);
  crossing_touch(x);
  if (!x->hook)
    x->hook = hook_new(x->chain->store->inbox, chain_decided);
  return x->hook;
}

const weir_type *weir_crossing_param_type(const weir_crossing *c, size_t index) {
  const struct weir_type *params = ((const struct crossing *)(const void *)c)->type->params;
  return index < params->field_count ? params->fields[index].type : NULL;
}

const weir_type *weir_crossing_result_type(const weir_crossing *c) {
  return ((const struct crossing *)(const void *)c)->type->result;
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

/* What is flat cannot wait: what is left of it when its stack is gone goes into an ordinary call. */
static bool wait_flat(struct crossing *x, uint32_t at, bool before) {
  if (!x->hook)
    return false;
  x->chain->late = (struct chain_late){.hook = x->hook,
                                       .at = at,
                                       .depth = x->flat->depth,
                                       .before = before,
                                       .id = x->flat->id,
                                       .task = x->flat->task,
                                       .result = x->flat->result};
  x->hook = NULL;
  x->chain->store->flat_waits = true;
  return true;
}

bool crossing_wait(struct crossing *x, uint32_t at) {
  struct chain_waiting *w = x->hook ? malloc(sizeof(*w)) : NULL;
  if (!w)
    return false;
  *w = (struct chain_waiting){.hook = x->hook, .import = x->import, .export = x->export, .at = at};
  x->hook->waiting = w;
  x->hook = NULL;
  if (x->import)
    x->import->gate_wait = w;
  else
    x->export->gate_wait = w;
  x->chain->store->gate_waits++;
  return true;
}

enum seam_next crossing_decide(struct crossing *x, weir_verdict verdict, uint32_t at, bool before, bool *ret_on) {
  *ret_on = false;
  crossing_touch(x);
  if (verdict != WEIR_PENDING) { /* made in vain: its user finds the call gone */
    hook_gone(x->hook);
    x->hook = NULL;
  }
  if (verdict == WEIR_GO_ON) {
    *ret_on = true;
    return SEAM_GO;
  }
  if (verdict == WEIR_PENDING && (x->flat ? wait_flat(x, at, before) : crossing_wait(x, at)))
    return SEAM_WAIT;
  if (verdict == WEIR_ANSWER && before) {
    crossing_set_answer(x);
    return SEAM_DONE;
  }
  if (verdict == WEIR_PENDING)
    crossing_say(x, "an interceptor keeps a call waiting without a hook");
  else if (verdict == WEIR_ANSWER)
    crossing_say(x, "an interceptor answered a call that has its result already");
  crossing_set_failed(x);
  return SEAM_DONE;
}

/* ---- through the chain ------------------------------------------------------------------------------------------- */

/* An interceptor at `at` has said more than "go on". true: the next one is asked all the same. */
static bool heed(struct crossing *x, weir_verdict verdict, uint32_t at, bool before, enum seam_next *ret) {
  bool on;
  *ret = crossing_decide(x, verdict, at, before, &on);
  return on;
}

/* Interceptors run from here on: they may not call into the store. What it was is put back behind them. */
static bool hook_in(struct crossing *x) {
  bool before = x->chain->store->hooked;
  x->chain->store->hooked = true;
  return before;
}

enum seam_next crossing_go_in(struct crossing *x, uint32_t from) {
  const struct interceptor *all = x->interceptors->of.data;
  uint32_t count = x->interceptors->of.count;
  bool hooked = hook_in(x);
  enum ask ask = x->shown.import ? ASK_BEFORE_IMPORT : ASK_BEFORE_EXPORT;
  enum seam_next next = SEAM_GO;
  for (uint32_t i = from; i < count; i++) {
    weir_verdict verdict = interceptor_ask(x->chain->store, &all[i], ask, &x->shown);
    *x->depth = i + 1;
    if ((verdict != WEIR_GO_ON || x->touched) && !heed(x, verdict, i, true, &next))
      break;
  }
  x->chain->store->hooked = hooked;
  crossing_done(x);
  return next;
}

void crossing_tell_failure(struct crossing *x, weir_status status, const char *message) {
  x->shown.status = status;
  x->shown.message = message;
  x->shown.result = NULL;
  bool hooked = hook_in(x);
  while (*x->depth > 0) {
    const struct interceptor *one = &x->interceptors->of.data[--*x->depth];
    interceptor_tell_failure(x->chain->store, one, &x->shown);
  }
  x->chain->store->hooked = hooked;
}

static enum seam_next end_failed(struct crossing *x, enum seam_next next) {
  if (next != SEAM_WAIT)
    crossing_tell_failure(x, crossing_status(x), crossing_message(x, crossing_status(x)));
  crossing_done(x);
  return next;
}

enum seam_next crossing_go_out(struct crossing *x) {
  const struct interceptor *all = x->interceptors->of.data;
  enum ask ask = x->shown.import ? ASK_AFTER_IMPORT : ASK_AFTER_EXPORT;
  enum seam_next next = SEAM_GO;
  if (crossing_status(x) != WEIR_OK)
    return end_failed(x, next);
  const weir_value *result = crossing_result(x);
  x->shown.result = result->kind == WEIR_VALUE_NONE ? NULL : result;
  bool hooked = hook_in(x), on = true;
  while (on && *x->depth > 0) {
    const struct interceptor *one = &all[--*x->depth];
    weir_verdict verdict = interceptor_ask(x->chain->store, one, ask, &x->shown);
    if (verdict != WEIR_GO_ON || x->touched)
      on = heed(x, verdict, *x->depth, false, &next);
  }
  x->chain->store->hooked = hooked;
  if (!on)
    return end_failed(x, next); /* after a call they can only fail it, or let it wait */
  crossing_done(x);
  return next;
}
