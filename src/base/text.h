/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A text builder: append, then take the terminated result. Failure of memory is sticky and reported once at the end,
 * so that printers need no checks in between.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct text {
  char *data; /* from malloc(), so that weir_text_free() is free() */
  size_t size, capacity;
  bool failed;
};

void text_init(struct text *t);
void text_done(struct text *t);
void text_add(struct text *t, struct str s);
void text_char(struct text *t, char c);
void text_printf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_scalar(struct text *t, uint32_t scalar);   /* as UTF-8 */
void text_json_string(struct text *t, struct str s); /* quoted and escaped */
/* The terminated text, to be released with free(); NULL where memory ran out. Empties the builder. */
char *text_take(struct text *t, size_t *ret_size);

#endif
