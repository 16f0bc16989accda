/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Cooks: every order waits for its own timer, so many can be on the stove at once.
 *
 * Each call of `cook` is a task of its own and its callback finds the order in the task's context slot. A task that is
 * asked to cancel gives up its timer, and then says so.
 */
#include "guest.h"

#include <stdlib.h>
#include <string.h>

#define NANOSECONDS_PER_MILLISECOND 1000000u

struct order {
  guest_string_t dish;
  guest_waitable_set_t set;
  guest_subtask_t timer;
};

static void order_free(struct order *order) {
  if (order->timer != 0) {
    guest_waitable_join(order->timer, 0);
    guest_subtask_drop(order->timer);
  }
  guest_waitable_set_drop(order->set);
  guest_string_free(&order->dish);
  free(order);
}

static guest_callback_code_t order_serve(struct order *order) {
  static const char suffix[] = ", well done";
  guest_string_t served = {.len = order->dish.len + sizeof(suffix) - 1};
  served.ptr = malloc(served.len);
  memcpy(served.ptr, order->dish.ptr, order->dish.len);
  memcpy(served.ptr + order->dish.len, suffix, sizeof(suffix) - 1);
  exports_weir_kitchen_kitchen_cook_return(served);
  guest_string_free(&served);
  order_free(order);
  return GUEST_CALLBACK_CODE_EXIT;
}

/* The timer may have ended before the request to cancel came: then the order is served after all. */
static guest_callback_code_t order_cancel(struct order *order) {
  guest_waitable_join(order->timer, 0);
  if (guest_subtask_cancel(order->timer) == GUEST_SUBTASK_RETURNED)
    return order_serve(order);
  order_free(order);
  guest_task_cancel();
  return GUEST_CALLBACK_CODE_EXIT;
}

guest_callback_code_t exports_weir_kitchen_kitchen_cook(guest_string_t *dish, uint32_t milliseconds) {
  struct order *order = malloc(sizeof(*order));
  *order = (struct order){.dish = *dish, .set = guest_waitable_set_new()};
  guest_subtask_status_t status =
      wasi_clocks_monotonic_clock_wait_for((uint64_t)milliseconds * NANOSECONDS_PER_MILLISECOND);
  if (GUEST_SUBTASK_STATE(status) == GUEST_SUBTASK_RETURNED)
    return order_serve(order);
  order->timer = GUEST_SUBTASK_HANDLE(status);
  guest_waitable_join(order->timer, order->set);
  guest_context_set_0(order);
  return GUEST_CALLBACK_CODE_WAIT(order->set);
}

guest_callback_code_t exports_weir_kitchen_kitchen_cook_callback(guest_event_t *event) {
  struct order *order = guest_context_get_0();
  if (event->event == GUEST_EVENT_CANCEL)
    return order_cancel(order);
  if (GUEST_SUBTASK_STATE(event->code) != GUEST_SUBTASK_RETURNED)
    return GUEST_CALLBACK_CODE_WAIT(order->set);
  return order_serve(order);
}
