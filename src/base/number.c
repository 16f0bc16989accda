/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The C library's conversions follow the locale of the embedding program. So this file sets a locale of its own, for
 * the thread, and puts the program's back at once.
 */
#include "base/number.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLOAT_ROOM = 64, PLAIN_BELOW = -7, PLAIN_ABOVE = 21 };

void hex_write(const void *data, size_t size, char *ret) {
  static const char digits[] = "0123456789abcdef";
  const uint8_t *bytes = data;
  for (size_t i = 0; i < size; i++) {
    ret[2 * i] = digits[bytes[i] >> 4];
    ret[2 * i + 1] = digits[bytes[i] & 15];
  }
  ret[2 * size] = 0;
}

void text_hex(struct text *t, struct str bytes) {
  if (bytes.size > SIZE_MAX / 2 || !text_room(t, 2 * bytes.size))
    return;
  hex_write(bytes.data, bytes.size, t->data + t->size);
  t->size += 2 * bytes.size;
}

/* Whether `text` reads back as `value`: rounded to f32 first where the value is one. */
static bool reads_back(const char *text, double value, bool is_f32) {
  return is_f32 ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value;
}

/* How many digits are needed after the first one; 16 are enough for every double. */
static int digits_needed(double value, bool is_f32, char *room) {
  for (int digits = 0; digits < 16; digits++) {
    snprintf(room, FLOAT_ROOM, "%.*e", digits, value);
    if (reads_back(room, value, is_f32))
      return digits;
  }
  snprintf(room, FLOAT_ROOM, "%.16e", value);
  return 16;
}

static void add_finite(struct text *t, double value, bool is_f32) {
  char room[FLOAT_ROOM];
  int digits = digits_needed(value, is_f32, room);
  const char *mark = strchr(room, 'e');
  int exponent = !mark ? 0 : (int)strtol(mark + 1, NULL, 10);
  if (exponent >= PLAIN_BELOW && exponent < PLAIN_ABOVE) {
    int decimals = digits > exponent ? digits - exponent : 0;
    snprintf(room, FLOAT_ROOM, "%.*f", decimals, value);
  } else if (mark) {
    snprintf(room + (mark - room), FLOAT_ROOM - (size_t)(mark - room), "e%+d", exponent);
  }
  text_add(t, str_from(room));
}

void text_float(struct text *t, double value, bool is_f32) {
  if (isnan(value)) {
    text_add(t, STR("nan"));
    return;
  }
  if (isinf(value)) {
    text_add(t, value < 0 ? STR("-inf") : STR("inf"));
    return;
  }
  locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (c_locale == (locale_t)0) {
    t->failed = true;
    return;
  }
  locale_t before = uselocale(c_locale);
  add_finite(t, value, is_f32);
  uselocale(before);
  freelocale(c_locale);
}
