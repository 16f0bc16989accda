/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Telling of events (record/tell.h): each is told whole, or the failure says that it was not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/log_event.h"
#include "record/tell.h"
#include "support/fault.h"

struct heard {
  int count;
  uint64_t index;
  char kind[32], interface_name[64], line[256];
};

static void hear(void *data, const weir_log_event *event, const char *interface_name, const char *line) {
  struct heard *h = data;
  h->count++;
  h->index = event->index;
  snprintf(h->kind, sizeof(h->kind), "%s", event->kind);
  snprintf(h->interface_name, sizeof(h->interface_name), "%s", interface_name);
  snprintf(h->line, sizeof(h->line), "%s", line);
}

/* A failure whose message has a line break and quotes. */
static void put_failure(struct text *event) {
  text_init(event);
  log_put_byte(event, LOG_FAILURE);
  log_put_number(event, 4);
  log_put_number(event, 0);
  log_put_number(event, log_zigzag(WEIR_ERR_TRAP));
  log_put_str(event, STR("out\nof \"luck\""));
  assert_false(event->failed);
}

static void an_event_is_told_in_one_line(void **state) {
  (void)state;
  struct heard h = {0};
  struct tell t = {.fn = hear, .data = &h, .interface_name = {"a:b/cde", 5}};
  struct text event;
  put_failure(&event);
  assert_int_equal(tell_event(&t, &event, 7), WEIR_OK);
  assert_int_equal(h.count, 1);
  assert_int_equal(h.index, 7);
  assert_string_equal(h.kind, "failure");
  assert_string_equal(h.interface_name, "a:b/c");
  assert_non_null(strstr(h.line, "failure turn=4"));
  assert_null(strchr(h.line, '\n'));
  tell_done(&t);
  text_done(&event);
}

static void without_memory_no_part_of_an_event_is_told(void **state) {
  (void)state;
  struct text event;
  put_failure(&event);
  int refused = 0;
  for (size_t k = 1; k < 10; k++) {
    struct heard h = {0};
    struct tell t = {.fn = hear, .data = &h, .interface_name = STR("a:b/c")};
    fault_system_arm(k, false);
    weir_status status = tell_event(&t, &event, 1);
    fault_system_arm(0, false);
    assert_true(status == WEIR_OK || status == WEIR_ERR_NOMEM);
    assert_int_equal(h.count, status == WEIR_OK);
    refused += status != WEIR_OK;
    tell_done(&t);
  }
  assert_true(refused >= 2);
  text_done(&event);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_event_is_told_in_one_line),
    cmocka_unit_test(without_memory_no_part_of_an_event_is_told),
};

int main(void) {
  return cmocka_run_group_tests(tests, NULL, NULL);
}
