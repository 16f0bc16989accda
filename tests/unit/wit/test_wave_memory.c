/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* WAVE with every allocation made to fail in turn: WEIR_ERR_NOMEM, nothing leaked, and nothing half made. */
#include "unit/wit/wave_types.h"

#include "support/fault.h"
#include "weir/value.h"

struct example {
  const char *type, *text;
};

static const struct example examples[] = {
    {"list<option<string>>", "[\"a\", none, some(\"b\"), \"\"\"\n x\n \"\"\"]"},
    {"record { a: list<u8>, b: variant { x(list<f64>), y }, c: option<char> }", "{a: [1, 2], b: x([1.5, 2])}"},
    {"map<string, tuple<result<string>, flags { a }>>", "{\"k\": (ok(\"v\"), {a})}"},
};

enum { EXAMPLES = sizeof(examples) / sizeof(examples[0]) };

static weir_status read_and_write(const struct weir_type *type, const char *text) {
  weir_value value;
  char *out = NULL;
  weir_status status = weir_value_parse(type, text, strlen(text), &value, NULL);
  if (status == WEIR_OK)
    status = weir_value_print(type, &value, &out, NULL, NULL);
  weir_value_clear(&value);
  weir_text_free(out);
  return status;
}

static void sweep(const struct weir_type *type, const char *text) {
  fault_system_arm(0, false);
  weir_status status = read_and_write(type, text);
  size_t count = fault_system_calls();
  assert_int_equal(status, WEIR_OK);
  assert_true(count > 3);
  for (size_t k = 1; k <= count; k++) {
    fault_system_arm(k, true);
    status = read_and_write(type, text);
    fault_system_arm(0, false);
    assert_int_equal(status, WEIR_ERR_NOMEM);
  }
}

static void every_allocation_may_fail(void **state) {
  for (size_t i = 0; i < EXAMPLES; i++)
    sweep(wave_type(state, examples[i].type), examples[i].text);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
  return cmocka_run_group_tests(tests, wave_types_open, wave_types_close);
}
