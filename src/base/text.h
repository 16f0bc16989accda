/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The growing buffer, of text and of other bytes: append, then take the terminated result or read `data`. Want of
 * memory is sticky (`failed`): callers ask once at the end, so printers and encoders need no checks in between.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Begins zeroed. */
struct text {
  char *data; /* from malloc(), so that weir_text_free() is free() */
  size_t size, capacity;
  bool failed; /* out of memory: nothing is added any more */
};

void text_init(struct text *t);
void text_done(struct text *t);

/* text_room() calls this where there is no room. */
bool text_grow(struct text *t, size_t more);

/* Whether there is room for `more` bytes, and a terminator, behind data[size]; makes it. */
static inline bool text_room(struct text *t, size_t more) {
  return t->capacity - t->size > more || text_grow(t, more);
}

static inline void text_add(struct text *t, struct str s) {
  if (s.size == 0 || !text_room(t, s.size))
    return;
  memcpy(t->data + t->size, s.data, s.size);
  t->size += s.size;
}

static inline void text_char(struct text *t, char c) {
  if (text_room(t, 1))
    t->data[t->size++] = c;
}

void text_printf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_scalar(struct text *t, uint32_t scalar); /* as UTF-8 */

/* The added bytes; NULL where there are none. */
static inline const uint8_t *text_bytes(const struct text *t) {
  return (const uint8_t *)t->data;
}

/* The terminated text, to be released with free(); NULL: out of memory. Empties the buffer. */
char *text_take(struct text *t, size_t *ret_size);

#endif
