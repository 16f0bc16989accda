/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See ask.h. */
#include "intercept/ask.h"

#include "embed/callout.h"

struct asking {
  const struct interceptor *one;
  enum ask ask;
  weir_crossing *shown;
  weir_verdict verdict;
};

static void run_ask(void *arg) {
  struct asking *a = arg;
  a->verdict = a->one->ask[a->ask](a->one->data, a->shown);
}

weir_verdict interceptor_ask_errand(struct store *s, const struct interceptor *one, enum ask ask,
                                    weir_crossing *shown) {
  struct asking a = {.one = one, .ask = ask, .shown = shown, .verdict = WEIR_GO_ON};
  callout(s, run_ask, &a);
  return a.verdict;
}

struct telling {
  const struct interceptor *one;
  const weir_crossing *shown;
};

static void run_failure(void *arg) {
  const struct telling *t = arg;
  t->one->failure(t->one->data, t->shown);
}

void interceptor_tell_failure(struct store *s, const struct interceptor *one, const weir_crossing *shown) {
  if (one->failure)
    callout(s, run_failure, &(struct telling){one, shown});
}
