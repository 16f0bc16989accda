/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Inside abi/: loops over code units. UTF-16 is little-endian bytes at any address; `units` counts code units.
 *
 * The contents may change between check and use where a guest's realloc writes into its own source, so nothing here
 * trusts contents for bounds: output never exceeds the worst case of the units that were read, and the first invalid
 * unit ends the loop. Loops work on chunks of fixed size, which compilers turn into vector code.
 */
#ifndef ABI_TRANSCODE_H
#define ABI_TRANSCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether all surrogates are paired. */
bool utf16_valid(const uint8_t *data, size_t units);
/* Whether a unit is `limit` (a power of two) or more. */
bool utf16_exceeds(const uint8_t *data, size_t units, uint16_t limit);
/* The number of bytes as UTF-8: of valid UTF-16, of Latin-1. */
size_t utf16_size_as_utf8(const uint8_t *data, size_t units);
size_t latin1_size_as_utf8(const uint8_t *data, size_t units);

/* Copies single bytes up to the first that is not ASCII; returns their number. */
size_t transcode_ascii(const uint8_t *src, size_t units, uint8_t *out);
/*
 * The same from UTF-16, up to the first unit that is `limit` (a power of two, at most 256) or more. In place is fine.
 */
size_t transcode_narrow(const uint8_t *src, size_t units, uint16_t limit, uint8_t *out);
/* Latin-1 to UTF-16. */
void transcode_widen(const uint8_t *src, size_t units, uint8_t *out);
/* The same within one buffer, backwards. */
void transcode_inflate(uint8_t *data, size_t units);

/* Each returns bytes (UTF-8, Latin-1) or units (UTF-16) written; SIZE_MAX where the input is invalid. */
size_t transcode_latin1_to_utf8(const uint8_t *src, size_t units, uint8_t *out);
size_t transcode_utf16_to_utf8(const uint8_t *src, size_t units, uint8_t *out);
size_t transcode_utf8_to_utf16(const uint8_t *src, size_t size, uint8_t *out);

/* UTF-8 to Latin-1 up to the first scalar value that does not fit. Returns bytes read; *ret_written bytes written. */
size_t transcode_utf8_to_latin1(const uint8_t *src, size_t size, uint8_t *out, size_t *ret_written);

#endif
