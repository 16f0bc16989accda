/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See completion.h. Everything comes from malloc(): a completion may outlive the engine. */
#include "embed/completion.h"

#include <stdlib.h>

#include "base/utf8.h"

/* ---- outcomes ---------------------------------------------------------------------------------------------------- */

void outcome_fail(struct host_outcome *o, const char *message) {
  o->kind = HOST_CALL_FAILED;
  o->message = message ? utf8_copy(message) : NULL;
}

void outcome_clear(struct host_outcome *o) {
  weir_value_clear(&o->result);
  free(o->message);
  o->message = NULL;
}

/* ---- holding ----------------------------------------------------------------------------------------------------- */

struct weir_completion *completion_new(struct inbox *inbox, void *call, const struct completion_ops *ops) {
  struct weir_completion *c = calloc(1, sizeof(*c));
  if (!c)
    return NULL;
  atomic_init(&c->holders, 1);
  atomic_init(&c->users, 0);
  atomic_init(&c->state, COMPLETION_OPEN);
  atomic_init(&c->cancel_requested, false);
  c->inbox = inbox_ref(inbox);
  c->call = call;
  c->ops = ops;
  c->mail.deliver = ops->deliver;
  return c;
}

void completion_unref(struct weir_completion *c) {
  if (!c || atomic_fetch_sub_explicit(&c->holders, 1, memory_order_acq_rel) != 1)
    return;
  outcome_clear(&c->outcome);
  inbox_unref(c->inbox);
  if (c->held)
    c->ops->release(c->held);
  free(c);
}

weir_completion *weir_completion_ref(weir_completion *c) {
  atomic_fetch_add_explicit(&c->users, 1, memory_order_relaxed);
  atomic_fetch_add_explicit(&c->holders, 1, memory_order_relaxed);
  return c;
}

void weir_completion_free(weir_completion *c) {
  if (!c)
    return;
  if (atomic_fetch_sub_explicit(&c->users, 1, memory_order_acq_rel) == 1)
    weir_completion_fail(c, "the host has let go of a call without finishing it");
  completion_unref(c);
}

/* ---- finishing --------------------------------------------------------------------------------------------------- */

bool completion_claim(struct weir_completion *c, enum completion_state to) {
  int open = COMPLETION_OPEN;
  return atomic_compare_exchange_strong(&c->state, &open, (int)to);
}

static weir_status refusal(const struct weir_completion *c) {
  return atomic_load(&c->state) == COMPLETION_GONE ? WEIR_ERR_GONE : WEIR_ERR_MISUSE;
}

/* The right is taken. What cannot be delivered is cleared when the completion goes. */
static weir_status finish(struct weir_completion *c) {
  atomic_fetch_add_explicit(&c->holders, 1, memory_order_relaxed);
  if (inbox_post(c->inbox, &c->mail))
    return WEIR_OK;
  atomic_store(&c->state, COMPLETION_GONE);
  completion_unref(c);
  return WEIR_ERR_GONE;
}

static weir_status no_right(const struct weir_completion *c, struct diag *d) {
  weir_status status = refusal(c);
  return diag_set(d, status, status == WEIR_ERR_GONE ? "the store has been freed" : "the call was finished before");
}

/* What is not accepted leaves the call as it was. */
static weir_status finish_with(struct weir_completion *c, weir_value *result, struct diag *d) {
  if (!completion_is_open(c))
    return no_right(c, d);
  if (c->ops->accept)
    WEIR_TRY(c->ops->accept(c, result, d));
  if (!completion_claim(c, COMPLETION_FINISHED))
    return no_right(c, d);
  c->outcome.kind = HOST_CALL_RETURNED;
  c->outcome.result = *result;
  *result = (weir_value){0};
  weir_status status = finish(c);
  return status == WEIR_OK ? WEIR_OK : no_right(c, d);
}

weir_status weir_completion_return(weir_completion *c, weir_value *take_result, weir_error **ret_error) {
  weir_value none = {0};
  struct diag d;
  diag_init(&d);
  weir_value *result = take_result ? take_result : &none;
  weir_status status = finish_with(c, result, &d);
  if (status != WEIR_OK) {
    weir_value_clear(result);
    diag_raise(&d, ret_error);
  }
  diag_done(&d);
  return status;
}

weir_status weir_completion_fail(weir_completion *c, const char *message) {
  if (!completion_claim(c, COMPLETION_FINISHED))
    return refusal(c);
  outcome_fail(&c->outcome, message);
  return finish(c);
}

weir_status weir_completion_exit(weir_completion *c, int code) {
  if (!completion_claim(c, COMPLETION_FINISHED))
    return refusal(c);
  c->outcome.kind = HOST_CALL_EXITED;
  c->outcome.exit_code = code;
  return finish(c);
}

weir_status weir_completion_cancelled(weir_completion *c) {
  if (!atomic_load(&c->cancel_requested))
    return atomic_load(&c->state) == COMPLETION_GONE ? WEIR_ERR_GONE : WEIR_ERR_MISUSE;
  if (!completion_claim(c, COMPLETION_FINISHED))
    return refusal(c);
  c->outcome.kind = HOST_CALL_CANCELLED;
  return finish(c);
}

bool weir_completion_cancel_requested(const weir_completion *c) {
  return atomic_load(&c->cancel_requested);
}
