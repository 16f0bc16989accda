/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See drive.h. */
#include "embed/drive.h"

#include "base/mem.h"

void weir_store_on_wake(weir_store *s, void (*wake)(void *data), void *data) {
  inbox_on_wake(s->inbox, wake, data);
}

int weir_store_fd(weir_store *s) {
  return store_is_mine(s) ? inbox_fd(s->inbox) : -1;
}

void weir_store_wake(weir_store *s) {
  struct inbox *b = s->inbox;
  inbox_signal(b);
  if (b->wake)
    b->wake(b->wake_data);
}

weir_status weir_store_disown(weir_store *s) {
  if (s->stepping || s->rt.current || !store_is_mine(s))
    return WEIR_ERR_MISUSE;
  atomic_store(&s->owner, 0);
  return WEIR_OK;
}

/* ---- idleness ------------------------------------------------------------------------------------------------------- */

weir_status weir_store_on_idle(weir_store *s, weir_idle_fn idle, void *data) {
  if (!idle || !store_is_mine(s) || s->rt.stopping)
    return WEIR_ERR_MISUSE;
  struct idle_waiter *w = mem_zalloc(&s->engine->alloc, sizeof *w);
  if (!w)
    return WEIR_ERR_NOMEM;
  w->idle = idle;
  w->data = data;
  list_append(&s->idle, &w->all);
  if (idle_is_due(s))
    store_wake(s);
  return WEIR_OK;
}

void idle_tell_all(struct weir_store *s, weir_status status) {
  struct list batch;
  list_take(&batch, &s->idle);
  while (!list_empty(&batch)) {
    struct idle_waiter *w = LIST_OWNER(batch.next, struct idle_waiter, all);
    struct idle_waiter copy = *w;
    list_remove(&w->all);
    mem_free(&s->engine->alloc, w, sizeof *w);
    copy.idle(copy.data, status);
  }
}
