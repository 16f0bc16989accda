/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Numbers after "Values" of the core specification's text format. The C library rounds; the command keeps the C locale.
 */
#include "cli/wast/number.h"

#include <math.h>
#include <stdlib.h>

#include "base/number.h"

enum { NUMBER_MAX = 1000 };

static struct str skip(struct str s, size_t n) {
  return (struct str){s.data + n, s.size - n};
}

static bool take_sign(struct str *text) {
  bool negative = text->size > 0 && text->data[0] == '-';
  if (negative || (text->size > 0 && text->data[0] == '+'))
    *text = skip(*text, 1);
  return negative;
}

bool wast_integer(struct str text, bool *ret_negative, uint64_t *ret) {
  *ret_negative = take_sign(&text);
  unsigned base = str_starts_with(text, STR("0x")) ? 16 : 10;
  bool digit_before = false;
  *ret = 0;
  text = skip(text, base == 16 ? 2 : 0);
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] == '_' && digit_before && i + 1 < text.size) {
      digit_before = false;
      continue;
    }
    unsigned digit = (unsigned)hex_digit(text.data[i]);
    if (digit >= base || __builtin_mul_overflow(*ret, base, ret) || __builtin_add_overflow(*ret, digit, ret))
      return false;
    digit_before = true;
  }
  return text.size > 0;
}

/* nan, nan:canonical, nan:arithmetic, nan:0x..., inf. */
static bool special(struct str text, bool negative, double *ret) {
  if (str_eq(text, STR("inf")))
    *ret = negative ? -(double)INFINITY : (double)INFINITY;
  else if (str_eq(text, STR("nan")) || str_starts_with(text, STR("nan:")))
    *ret = (double)NAN;
  else
    return false;
  return true;
}

/* A terminated copy without `_`, of digits only, so that strtod() sees no words. */
static bool plain_copy(struct str text, char room[NUMBER_MAX + 1]) {
  size_t n = 0;
  if (text.size == 0 || text.size > NUMBER_MAX || (unsigned)hex_digit(text.data[0]) > 9)
    return false;
  for (size_t i = 0; i < text.size; i++) {
    char c = text.data[i];
    if (c == '_')
      continue;
    if (hex_digit(c) < 0 && !strchr(".xXpP+-", c))
      return false;
    room[n++] = c;
  }
  room[n] = '\0';
  return true;
}

bool wast_f64(struct str text, double *ret) {
  char room[NUMBER_MAX + 1];
  bool negative = take_sign(&text);
  if (special(text, negative, ret))
    return true;
  if (!plain_copy(text, room))
    return false;
  char *end;
  *ret = strtod(room, &end);
  if (negative)
    *ret = -*ret;
  return *end == '\0';
}

bool wast_f32(struct str text, float *ret) {
  char room[NUMBER_MAX + 1];
  double word;
  bool negative = take_sign(&text);
  if (special(text, negative, &word)) {
    *ret = (float)word;
    return true;
  }
  if (!plain_copy(text, room))
    return false;
  char *end;
  *ret = strtof(room, &end);
  if (negative)
    *ret = -*ret;
  return *end == '\0';
}
