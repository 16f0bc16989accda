/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Tokens of WAVE: white space, labels, numbers, chars and strings. The text is hostile: every read is checked against
 * the end, and bytes inside of quotes must be UTF-8. Numbers are read in the C locale, whatever the process uses.
 */
#include "wit/wave.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

static bool at_end(const struct wave_scan *s) {
  return s->pos >= s->text.size;
}

/* The byte `ahead` of the position, 0 beyond the end. */
static char byte_at(const struct wave_scan *s, size_t ahead) {
  return ahead < s->text.size - s->pos ? s->text.data[s->pos + ahead] : '\0';
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void wave_space(struct wave_scan *s) {
  while (!at_end(s)) {
    char c = byte_at(s, 0);
    if (c == '/' && byte_at(s, 1) == '/') {
      while (!at_end(s) && byte_at(s, 0) != '\n')
        s->pos++;
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      s->pos++;
    } else {
      return;
    }
  }
}

char wave_peek(struct wave_scan *s) {
  wave_space(s);
  return byte_at(s, 0);
}

bool wave_accept(struct wave_scan *s, char c) {
  wave_space(s);
  if (at_end(s) || byte_at(s, 0) != c)
    return false;
  s->pos++;
  return true;
}

/* A few bytes at the position, for messages. */
static struct str found_here(const struct wave_scan *s) {
  struct str found = {s->text.data + s->pos, 0};
  while (found.size < 24 && byte_at(s, found.size) != '\0' && !strchr(" \t\r\n,)]}", byte_at(s, found.size)))
    found.size++;
  while (found.size < s->text.size - s->pos && (found.data[found.size] & 0xc0) == 0x80)
    found.size++;
  if (found.size == 0)
    found.size = 1;
  return found;
}

weir_status wave_expected(struct wave_scan *s, const char *what) {
  wave_space(s);
  if (at_end(s))
    return diag_at(s->diag, WEIR_ERR_PARSE, s->pos, "expected %s, found the end of the text", what);
  struct str found = found_here(s);
  if (!utf8_valid((const uint8_t *)found.data, found.size))
    return diag_at(s->diag, WEIR_ERR_PARSE, s->pos, "expected %s, found byte 0x%02x", what,
                   (unsigned char)found.data[0]);
  return diag_at(s->diag, WEIR_ERR_PARSE, s->pos, "expected %s, found `" STR_FMT "`", what, STR_ARG(found));
}

weir_status wave_expect(struct wave_scan *s, char c, const char *where) {
  if (wave_accept(s, c))
    return WEIR_OK;
  return wave_expected(s, where);
}

/* ---- labels ------------------------------------------------------------------------------------------------------ */

bool wave_is_keyword(struct str name) {
  static const char *const keywords[] = {"true", "false", "inf", "nan", "some", "none", "ok", "err"};
  for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
    if (str_eq(name, str_from(keywords[i])))
      return true;
  return false;
}

bool wave_peek_label(struct wave_scan *s, struct wave_label *ret) {
  wave_space(s);
  size_t start = byte_at(s, 0) == '%' ? 1 : 0;
  if (!is_letter(byte_at(s, start)))
    return false;
  size_t end = start + 1;
  while (is_letter(byte_at(s, end)) || is_digit(byte_at(s, end)) || byte_at(s, end) == '-')
    end++;
  *ret = (struct wave_label){{s->text.data + s->pos + start, end - start}, s->pos, start == 1};
  return true;
}

void wave_skip_label(struct wave_scan *s, const struct wave_label *label) {
  s->pos = label->at + label->name.size + (label->escaped ? 1 : 0);
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

/* The length of the digits at `ahead`. */
static size_t digits_at(const struct wave_scan *s, size_t ahead) {
  size_t n = 0;
  while (is_digit(byte_at(s, ahead + n)))
    n++;
  return n;
}

/* The length of `-? (0 | [1-9][0-9]*)` at the position, or 0. */
static size_t integer_size(const struct wave_scan *s) {
  size_t sign = byte_at(s, 0) == '-' ? 1 : 0;
  size_t digits = digits_at(s, sign);
  if (digits == 0 || (digits > 1 && byte_at(s, sign) == '0'))
    return 0;
  return sign + digits;
}

/* Adds fraction and exponent to the length of an integer. */
static size_t number_size(const struct wave_scan *s) {
  size_t size = integer_size(s);
  if (size == 0)
    return 0;
  if (byte_at(s, size) == '.' && digits_at(s, size + 1) > 0)
    size += 1 + digits_at(s, size + 1);
  if (byte_at(s, size) == 'e' || byte_at(s, size) == 'E') {
    char sign = byte_at(s, size + 1);
    size_t mark = sign == '+' || sign == '-' ? 2 : 1;
    if (digits_at(s, size + mark) > 0)
      size += mark + digits_at(s, size + mark);
  }
  return size;
}

/* Whether a number may end before this byte. */
static bool ends_number(char c) {
  return !is_letter(c) && !is_digit(c) && c != '.' && c != '_' && c != '-' && c != '+';
}

weir_status wave_integer(struct wave_scan *s, const char *what, bool *ret_negative, uint64_t *ret) {
  wave_space(s);
  size_t size = integer_size(s), i = 0;
  if (size == 0 || !ends_number(byte_at(s, size)))
    return wave_expected(s, what);
  *ret_negative = byte_at(s, 0) == '-';
  *ret = 0;
  for (i = *ret_negative ? 1 : 0; i < size; i++) {
    if (__builtin_mul_overflow(*ret, 10u, ret) || __builtin_add_overflow(*ret, (uint64_t)(byte_at(s, i) - '0'), ret))
      return diag_at(s->diag, WEIR_ERR_PARSE, s->pos, "the number is out of range for %s", what);
  }
  s->pos += size;
  return WEIR_OK;
}

/* nan, inf, -inf; false: the next token is none of them. */
static bool float_word(struct wave_scan *s, double *ret) {
  struct wave_label label;
  bool negative = byte_at(s, 0) == '-';
  struct wave_scan rest = *s;
  rest.pos += negative ? 1 : 0;
  if (!is_letter(byte_at(&rest, 0)) || !wave_peek_label(&rest, &label))
    return false;
  if (str_eq(label.name, STR("inf")))
    *ret = negative ? -(double)INFINITY : (double)INFINITY;
  else if (str_eq(label.name, STR("nan")) && !negative)
    *ret = (double)NAN;
  else
    return false;
  wave_skip_label(&rest, &label);
  s->pos = rest.pos;
  return true;
}

/* strtod() and strtof() on a terminated copy, in the C locale. */
static weir_status number_convert(struct wave_scan *s, size_t size, float *ret_f32, double *ret_f64) {
  struct text copy;
  text_init(&copy);
  text_add(&copy, (struct str){s->text.data + s->pos, size});
  char *number = text_take(&copy, NULL);
  locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (!number || c_locale == (locale_t)0) {
    free(number);
    return diag_nomem(s->diag);
  }
  locale_t before = uselocale(c_locale);
  if (ret_f32)
    *ret_f32 = strtof(number, NULL);
  else
    *ret_f64 = strtod(number, NULL);
  uselocale(before);
  freelocale(c_locale);
  free(number);
  return WEIR_OK;
}

static weir_status read_float(struct wave_scan *s, float *ret_f32, double *ret_f64) {
  const char *what = ret_f32 ? "f32" : "f64";
  double word;
  wave_space(s);
  if (float_word(s, &word)) {
    if (ret_f32)
      *ret_f32 = (float)word;
    else
      *ret_f64 = word;
    return WEIR_OK;
  }
  size_t size = number_size(s);
  if (size == 0 || !ends_number(byte_at(s, size)))
    return wave_expected(s, ret_f32 ? "a number (f32)" : "a number (f64)");
  WEIR_TRY(number_convert(s, size, ret_f32, ret_f64));
  if (ret_f32 ? isinf(*ret_f32) : isinf(*ret_f64))
    return diag_at(s->diag, WEIR_ERR_PARSE, s->pos, "the number is out of range for %s; write inf for infinity", what);
  s->pos += size;
  return WEIR_OK;
}

weir_status wave_f32(struct wave_scan *s, float *ret) {
  *ret = 0;
  return read_float(s, ret, NULL);
}

weir_status wave_f64(struct wave_scan *s, double *ret) {
  *ret = 0;
  return read_float(s, NULL, ret);
}
