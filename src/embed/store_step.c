/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See store_step.h. */
#include "embed/store_step.h"

#include <errno.h>

#include "base/mem.h"

void weir_store_on_wake(weir_store *store, void (*wake)(void *data), void *data) {
  struct inbox *b = handle_place(store, HANDLE_STORE);
  if (!b)
    return;
  inbox_on_wake(b, wake, data);
  if (inbox_has_mail(b)) /* whose bell rang when nobody listened */
    inbox_ring(b);
}

void store_step_forget_wake(weir_store *store, const void *data) {
  struct inbox *b = handle_place(store, HANDLE_STORE);
  if (b)
    inbox_forget_wake(b, data);
}

void store_step_take_mail(struct store *s) {
  struct mail *next = inbox_take(s->inbox);
  while (next) {
    struct mail *mail = next;
    next = mail->next;
    mail->deliver(mail, s);
  }
}

int weir_store_fd(weir_store *store) {
  struct store *s = store_get_mine(store);
  if (s)
    return inbox_fd(s->inbox);
  errno = EPERM;
  return -1;
}

void weir_store_wake(weir_store *store) {
  struct inbox *b = handle_place(store, HANDLE_STORE);
  if (b)
    inbox_ring(b);
}

weir_status weir_store_disown(weir_store *store) {
  struct store *s = store_get_mine(store);
  if (!s || store_is_inside(s))
    return WEIR_ERR_MISUSE;
  atomic_store(&s->owner, 0);
  return WEIR_OK;
}

/* ---- idleness ---------------------------------------------------------------------------------------------------- */

weir_status weir_store_on_idle(weir_store *store, weir_idle_fn idle, void *data) {
  struct store *s = store_get_mine(store);
  if (!s || !idle || s->rt.stopping)
    return WEIR_ERR_MISUSE;
  struct idle_waiter *w = mem_zalloc(&s->engine->alloc, sizeof(*w));
  if (!w)
    return WEIR_ERR_NOMEM;
  w->idle = idle;
  w->data = data;
  list_append(&s->idle, &w->all);
  if (store_step_idle_is_due(s))
    store_wake(s);
  return WEIR_OK;
}

void store_step_tell_idle(struct store *s, weir_status status) {
  struct list batch;
  list_take(&batch, &s->idle);
  while (!list_empty(&batch)) {
    struct idle_waiter *w = LIST_OWNER(batch.next, struct idle_waiter, all);
    struct idle_waiter copy = *w;
    list_remove(&w->all);
    mem_free(&s->engine->alloc, w, sizeof(*w));
    copy.idle(copy.data, status);
  }
}
