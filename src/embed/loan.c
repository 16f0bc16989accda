/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See loan.h. */
#include "embed/loan.h"

#include "embed/resource.h"

/* Values nest no deeper than types do. */
static void each(weir_value *v, void (*visit)(struct host_resource *loan, struct list *dropped), struct list *dropped) {
  struct host_resource *r;
  switch (v->kind) {
    case WEIR_VALUE_RESOURCE:
      r = resource_get(v->of.resource);
      if (r && r->lender)
        visit(r, dropped);
      return;
    case WEIR_VALUE_VARIANT:
      if (v->of.payload)
        each(v->of.payload, visit, dropped);
      return;
    case WEIR_VALUE_LIST:
    case WEIR_VALUE_RECORD:
      for (size_t i = 0; i < v->of.list.count; i++)
        each(&v->of.list.items[i], visit, dropped);
      return;
    default:
      return;
  }
}

static void wait_one(struct host_resource *loan, struct list *dropped) {
  (void)dropped;
  loan->waits = true;
  loan->lender->waiting_loans++;
}

void loan_wait(weir_value *args) {
  each(args, wait_one, NULL);
}

static void begin_one(struct host_resource *loan, struct list *dropped) {
  struct host_resource *lender = loan->lender;
  if (!loan->waits)
    return;
  loan->waits = false;
  if (--lender->waiting_loans == 0 && lender->drop_waits)
    list_append(dropped, &lender->inbox);
}

void loan_begin(weir_value *args, struct list *dropped) {
  each(args, begin_one, dropped);
}

void loan_drop_all(struct list *dropped) {
  while (!list_empty(dropped)) {
    struct host_resource *r = LIST_OWNER(dropped->next, struct host_resource, inbox);
    list_remove(&r->inbox);
    resource_drop_now(r);
  }
}

static void end_one(struct host_resource *loan, struct list *dropped) {
  (void)dropped;
  resource_let_go(loan);
}

void loan_end(weir_value *args) {
  each(args, end_one, NULL);
}
