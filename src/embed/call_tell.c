/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Hosts are told what has happened to their calls, in the order in which it happened. */
#include "embed/call.h"

static weir_call_event event_of(const struct call *c, enum call_fact fact) {
  if (fact != CALL_ENDED)
    return fact == CALL_STARTED ? WEIR_CALL_STARTED : WEIR_CALL_EXITED;
  if (c->status == WEIR_OK)
    return WEIR_CALL_RETURNED;
  return c->status == WEIR_ERR_CANCELLED ? WEIR_CALL_CANCELLED : WEIR_CALL_FAILED;
}

/* A callback may free the handle: what comes after is not told then. */
static void call_tell(struct call *c) {
  c->telling = true;
  for (unsigned fact = CALL_STARTED; fact <= CALL_EXITED; fact <<= 1) {
    if (!(c->facts & fact) || (c->told & fact))
      continue;
    if (fact == CALL_EXITED && !call_ended(c))
      break; /* an interceptor keeps its end back */
    c->told |= (uint8_t)fact;
    if (c->on_event)
      c->on_event(c->event_data, c->handle, event_of(c, (enum call_fact)fact));
    if (fact == CALL_ENDED && c->done)
      c->done(c->data, c->handle);
  }
  c->telling = false;
  call_free_unless_needed(c);
}

bool call_deliver_all(struct store *s) {
  struct list batch;
  bool any = !list_empty(&s->calls_done);
  list_take(&batch, &s->calls_done);
  while (!list_empty(&batch)) {
    struct call *c = LIST_OWNER(batch.next, struct call, inbox);
    list_remove(&c->inbox);
    call_tell(c);
  }
  return any;
}

void call_release_all(struct store *s) {
  call_end_all(s, WEIR_ERR_CANCELLED, false);
  call_deliver_all(s);
  while (!list_empty(&s->calls))
    call_destroy(LIST_OWNER(s->calls.next, struct call, all));
}
