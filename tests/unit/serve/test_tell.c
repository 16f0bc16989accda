/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a server tells: trace contexts, lines of the access log, metrics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "serve/access.h"
#include "serve/meter.h"

#define PARENT "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

static void a_trace_goes_on_under_a_new_span(void **state) {
  (void)state;
  struct trace_source source = {{1, 2}};
  struct trace_context t;
  char out[TRACE_PARENT + 1];
  trace_begin(&t, STR(PARENT), &source);
  assert_string_equal(t.trace, "0af7651916cd43dd8448eb211c80319c");
  assert_string_equal(t.parent, "b7ad6b7169203331");
  assert_int_equal(strlen(t.span), 16);
  assert_string_not_equal(t.span, t.parent);
  trace_write(&t, out);
  assert_int_equal(strlen(out), TRACE_PARENT);
  assert_memory_equal(out, PARENT, 36);
  assert_memory_equal(out + 53, "01", 2);
}

static void what_is_no_trace_begins_a_new_one(void **state) {
  static const char *const wrong[] = {
      "",
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
      "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "00-00000000000000000000000000000000-b7ad6b7169203331-01",
      "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
      "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      PARENT "-more",
      "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x",
  };
  (void)state;
  struct trace_source source = {{1, 2}};
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    struct trace_context t = {0};
    assert_false(trace_read(str_from(wrong[i]), &t));
    trace_begin(&t, str_from(wrong[i]), &source);
    assert_int_equal(strlen(t.trace), 32);
    assert_string_equal(t.parent, "");
  }
  struct trace_context later;
  assert_true(trace_read(STR("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"), &later));
}

static void a_line_of_the_access_log_is_json(void **state) {
  (void)state;
  struct text out = {0};
  struct trace_context t = {.trace = "0af7", .span = "b7ad", .parent = ""};
  access_write(&out, &(struct access){.time = 1767225600123456789u,
                                      .remote = STR("127.0.0.1:9"),
                                      .method = STR("GET"),
                                      .path = STR("/a\"b"),
                                      .version = 11,
                                      .status = 500,
                                      .sent = 7,
                                      .took = 4000000,
                                      .instance = 3,
                                      .why = "trap",
                                      .trace = &t});
  char *text = text_take(&out, NULL);
  assert_string_equal(text,
                      "{\"time\": \"2026-01-01T00:00:00.123456Z\", \"remote\": \"127.0.0.1:9\", \"method\": \"GET\", "
                      "\"path\": \"/a\\\"b\", \"http\": \"1.1\", \"status\": 500, \"received\": 0, \"sent\": 7, "
                      "\"waited_us\": 0, \"took_us\": 4000, \"instance\": 3, \"why\": \"trap\", "
                      "\"trace\": \"0af7\", \"span\": \"b7ad\"}\n");
  free(text);
}

static void expect(const char *text, const char *line) {
  if (!strstr(text, line))
    fail_msg("no line %s in:\n%s", line, text);
}

static void metrics_are_the_sum_of_all_workers(void **state) {
  (void)state;
  struct meter a = {0}, b = {0};
  const struct meter *both[] = {&a, &b};
  struct text out = {0};
  meter_request(&a, 200, 90000);          /* 90 us */
  meter_request(&b, 204, 250000);         /* 250 us: at the bound */
  meter_request(&b, 500, 20000000000ull); /* beyond all bounds */
  meter_request(&b, 0, 1000000);
  meter_set(&a.instances, 2);
  meter_set(&b.instances, 3);
  meter_write(&out, both, 2);
  char *text = text_take(&out, NULL);
  expect(text, "weir_requests_total{code=\"2xx\"} 2\n");
  expect(text, "weir_requests_total{code=\"5xx\"} 1\n");
  expect(text, "weir_requests_total{code=\"none\"} 1\n");
  expect(text, "weir_request_duration_seconds_bucket{le=\"0.000100\"} 1\n");
  expect(text, "weir_request_duration_seconds_bucket{le=\"0.000250\"} 2\n");
  expect(text, "weir_request_duration_seconds_bucket{le=\"10.000000\"} 3\n");
  expect(text, "weir_request_duration_seconds_bucket{le=\"+Inf\"} 4\n");
  expect(text, "weir_request_duration_seconds_sum 20.001340000\n");
  expect(text, "# TYPE weir_instances gauge\nweir_instances 5\n");
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_trace_goes_on_under_a_new_span),
      cmocka_unit_test(what_is_no_trace_begins_a_new_one),
      cmocka_unit_test(a_line_of_the_access_log_is_json),
      cmocka_unit_test(metrics_are_the_sum_of_all_workers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
