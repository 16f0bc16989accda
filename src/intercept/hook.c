/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See hook.h. From malloc(): a hook may outlive its store and engine. */
#include "intercept/hook.h"

#include <stdlib.h>

#include "base/utf8.h"

#include "abi/value.h"

struct weir_hook *hook_new(struct inbox *inbox, void (*deliver)(struct mail *mail, void *owner)) {
  struct weir_hook *h = calloc(1, sizeof(*h));
  if (!h)
    return NULL;
  atomic_init(&h->holders, 2);
  atomic_init(&h->state, HOOK_OPEN);
  h->inbox = inbox_ref(inbox);
  h->mail.deliver = deliver;
  return h;
}

void hook_unref(struct weir_hook *h) {
  if (!h || atomic_fetch_sub_explicit(&h->holders, 1, memory_order_acq_rel) != 1)
    return;
  weir_value_clear(&h->value);
  free(h->message);
  inbox_unref(h->inbox);
  free(h);
}

static bool claim(struct weir_hook *h, int to) {
  int open = HOOK_OPEN;
  return atomic_compare_exchange_strong(&h->state, &open, to);
}

void hook_gone(struct weir_hook *h) {
  if (!h)
    return;
  h->waiting = NULL;
  claim(h, HOOK_GONE); /* else the decision is on its way, and finds nobody */
  hook_unref(h);
}

/* The user's hold becomes the mail's. */
static weir_status post(struct weir_hook *h, weir_verdict verdict) {
  h->verdict = verdict;
  if (claim(h, HOOK_DECIDED) && inbox_post(h->inbox, &h->mail))
    return WEIR_OK;
  hook_unref(h);
  return WEIR_ERR_GONE;
}

weir_status weir_hook_go_on(weir_hook *h) {
  return post(h, WEIR_GO_ON);
}

weir_status weir_hook_answer(weir_hook *h, weir_value *take_result) {
  if (take_result) {
    h->value = *take_result;
    *take_result = (weir_value){0};
  }
  if (value_keep(&h->value, true) != WEIR_OK)
    return weir_hook_fail(h, "out of memory");
  return post(h, WEIR_ANSWER);
}

weir_status weir_hook_fail(weir_hook *h, const char *message) {
  h->message = message ? utf8_copy(message) : NULL;
  return post(h, WEIR_FAIL);
}
