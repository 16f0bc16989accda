/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* UTF-8: strict (no surrogates, no overlong forms, nothing above U+10FFFF). */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether all of it is valid; runs of ASCII are checked a word at a time. */
bool utf8_valid(const uint8_t *data, size_t size);

/*
 * Reads the scalar value at `data` into `*ret` and returns its length, 1 to 4. Returns 0 for an invalid sequence, and
 * -1 for a valid beginning that `size` cuts off.
 */
int utf8_decode(const uint8_t *data, size_t size, uint32_t *ret);

/*
 * Copies `size` bytes to `out`, with U+FFFD in place of each byte that belongs to no scalar value, and returns the size
 * of the copy. `out` NULL: only counts.
 */
size_t utf8_mend(const char *data, size_t size, char *out);
/* A mended copy of a terminated text, from malloc(). NULL: out of memory. */
char *utf8_copy(const char *text);

/* Writes a scalar value to `out` (room for 4 bytes) and returns its length. Any other number becomes U+FFFD. */
int utf8_encode(uint32_t scalar, uint8_t *out);

#endif
