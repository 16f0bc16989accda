/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Orders three dishes from the kitchen, another component, without waiting for one before it asks for the next, and
 * serves each when it comes.
 */
#include "guest.h"
#include "out.h"

#define ORDERS 3u

struct order {
  const char *dish;
  uint32_t milliseconds;
  guest_subtask_t subtask;
  guest_string_t served; /* filled in by the kitchen when it returns */
};

static struct order orders[ORDERS] = {{.dish = "stew", .milliseconds = 30},
                                      {.dish = "salad", .milliseconds = 5},
                                      {.dish = "omelette", .milliseconds = 10}};
static guest_waitable_set_t set;
static unsigned open_orders;

static void order_serve(struct order *order) {
  out_text("served: ");
  out_bytes(order->served.ptr, order->served.len);
  out_text("\n");
  guest_string_free(&order->served);
  open_orders--;
}

static void order_start(struct order *order) {
  out_text("ordered: ");
  out_text(order->dish);
  out_text("\n");
  open_orders++;
  guest_string_t dish;
  guest_string_set(&dish, order->dish);
  guest_subtask_status_t status = weir_kitchen_kitchen_cook(dish, order->milliseconds, &order->served);
  if (GUEST_SUBTASK_STATE(status) == GUEST_SUBTASK_RETURNED) {
    order_serve(order);
    return;
  }
  order->subtask = GUEST_SUBTASK_HANDLE(status);
  guest_waitable_join(order->subtask, set);
}

static void order_event(const guest_event_t *event) {
  if (event->event != GUEST_EVENT_SUBTASK || GUEST_SUBTASK_STATE(event->code) != GUEST_SUBTASK_RETURNED)
    return;
  for (unsigned i = 0; i < ORDERS; i++) {
    if (orders[i].subtask == event->waitable) {
      order_serve(&orders[i]);
      orders[i].subtask = 0;
    }
  }
  guest_waitable_join(event->waitable, 0);
  guest_subtask_drop(event->waitable);
}

static guest_callback_code_t advance(void) {
  if (open_orders == 0)
    out_finish();
  out_pump();
  if (!out_done())
    return GUEST_CALLBACK_CODE_WAIT(set);
  guest_waitable_set_drop(set);
  exports_wasi_cli_run_run_return((exports_wasi_cli_run_result_void_void_t){.is_err = out_failed()});
  return GUEST_CALLBACK_CODE_EXIT;
}

guest_callback_code_t exports_wasi_cli_run_run(void) {
  set = guest_waitable_set_new();
  out_start(set);
  for (unsigned i = 0; i < ORDERS; i++)
    order_start(&orders[i]);
  return advance();
}

guest_callback_code_t exports_wasi_cli_run_run_callback(guest_event_t *event) {
  if (!out_event(event))
    order_event(event);
  return advance();
}
