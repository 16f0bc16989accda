/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Property: text that reads as a WAVE value is written as text that reads as an equal value, and that is written the
 * same again. The first byte chooses the type.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "weir/value.h"
#include "wit/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const signatures[] = {
    "func() -> list<option<string>>",
    "func() -> tuple<bool, s8, u8, s16, u16, s32, u32, s64, u64, f32, f64, char>",
    "func() -> list<f32>",
    "func() -> list<f64>",
    "func() -> record { a: option<u8>, b: list<u8>, c: option<result<list<char>, string>> }",
    "func() -> list<variant { none, ok(u8), x(string), y(option<option<bool>>) }>",
    "func() -> tuple<flags { a, b, c, d }, enum { ok, err, green }, list<s64, 2>>",
    "func() -> map<string, map<u8, list<result>>>",
};

enum { SIGNATURES = sizeof(signatures) / sizeof(signatures[0]) };

static void must(int condition) {
  if (!condition)
    abort();
}

static void check_round_trip(const weir_type *type, const weir_value *value) {
  char *first = NULL, *second = NULL;
  size_t size = 0;
  weir_value again;
  must(weir_value_print(type, value, &first, &size, NULL) == WEIR_OK);
  must(weir_value_parse(type, first, size, &again, NULL) == WEIR_OK);
  must(weir_value_equal(value, &again));
  must(weir_value_print(type, &again, &second, NULL, NULL) == WEIR_OK);
  must(strcmp(first, second) == 0);
  weir_value_clear(&again);
  weir_text_free(first);
  weir_text_free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct arena arena;
  const struct func_type *func = NULL;
  weir_value value;
  weir_error *error = NULL;
  size_t at = 0;
  if (size == 0)
    return 0;
  arena_init(&arena, &mem_system);
  struct str text = str_from(signatures[data[0] % SIGNATURES]);
  must(signature_parse(type_table_new(&arena), text, NULL, NULL, &func, NULL) == WEIR_OK);
  if (weir_value_parse(func->result, (const char *)data + 1, size - 1, &value, &error) == WEIR_OK)
    check_round_trip(func->result, &value);
  else
    must(!weir_error_offset(error, &at) || at <= size - 1);
  weir_value_clear(&value);
  weir_error_free(error);
  arena_done(&arena);
  return 0;
}
