/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Numbers in text, the same in every locale. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include "base/text.h"

/* The value of a hexadecimal digit of either case; -1: `c` is none. */
static inline int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Lower-case hexadecimal digits, two a byte, terminated: `ret` has room for 2 * size + 1 characters. */
void hex_write(const void *data, size_t size, char *ret);

/* Adds the same digits. */
void text_hex(struct text *t, struct str bytes);

/* Adds a float in the fewest digits that read back as the same value (of f32 where it `is_f32`), or nan, inf, -inf. */
void text_float(struct text *t, double value, bool is_f32);

#endif
