/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * UTF-8 as in RFC 3629. The second byte of a sequence carries all the special cases (overlong forms, surrogates, the
 * upper end), so it has a range of its own by first byte; every later byte is 80..BF.
 */
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

struct lead {
  int length;           /* 0: no sequence begins with this byte */
  uint8_t low, high;    /* range of the second byte */
  uint8_t payload_mask; /* bits of the first byte that belong to the scalar */
};

static struct lead lead_of(uint8_t b) {
  if (b < 0x80)
    return (struct lead){1, 0, 0, 0x7f};
  if (b >= 0xc2 && b <= 0xdf)
    return (struct lead){2, 0x80, 0xbf, 0x1f};
  if (b >= 0xe0 && b <= 0xef)
    return (struct lead){3, b == 0xe0 ? 0xa0 : 0x80, b == 0xed ? 0x9f : 0xbf, 0x0f};
  if (b >= 0xf0 && b <= 0xf4)
    return (struct lead){4, b == 0xf0 ? 0x90 : 0x80, b == 0xf4 ? 0x8f : 0xbf, 0x07};
  return (struct lead){0, 0, 0, 0};
}

int utf8_decode(const uint8_t *data, size_t size, uint32_t *ret) {
  if (size == 0)
    return -1;
  struct lead lead = lead_of(data[0]);
  uint32_t scalar = data[0] & lead.payload_mask;
  for (int i = 1; i < lead.length; i++) {
    if ((size_t)i >= size)
      return -1;
    uint8_t low = i == 1 ? lead.low : 0x80, high = i == 1 ? lead.high : 0xbf;
    if (data[i] < low || data[i] > high)
      return 0;
    scalar = scalar << 6 | (data[i] & 0x3f);
  }
  if (lead.length != 0)
    *ret = scalar;
  return lead.length;
}

enum { BLOCK = 64 };

/* Whole blocks of ASCII at the start, in a form that compilers turn into vector instructions. */
static size_t ascii_blocks(const uint8_t *data, size_t size) {
  size_t i = 0;
  for (; size - i >= BLOCK; i += BLOCK) {
    uint8_t high = 0;
    for (size_t k = 0; k < BLOCK; k++)
      high |= data[i + k];
    if (high & 0x80)
      break;
  }
  return i;
}

bool utf8_valid(const uint8_t *data, size_t size) {
  size_t i = ascii_blocks(data, size);
  while (i < size) {
    uint64_t word;
    while (size - i >= sizeof(word)) {
      memcpy(&word, data + i, sizeof(word));
      if ((word & 0x8080808080808080u) != 0)
        break;
      i += sizeof(word);
    }
    if (i == size)
      break;
    uint32_t scalar;
    int n = utf8_decode(data + i, size - i, &scalar);
    if (n <= 0)
      return false;
    i += (size_t)n;
  }
  return true;
}

static uint8_t byte_of(uint32_t bits) {
  return (uint8_t)(bits & 0xff);
}

static uint8_t tail_of(uint32_t scalar, int shift) {
  return byte_of(0x80 | (scalar >> shift & 0x3f));
}

int utf8_encode(uint32_t scalar, uint8_t *out) {
  if (scalar > 0x10ffff || (scalar >= 0xd800 && scalar <= 0xdfff))
    scalar = 0xfffd;
  if (scalar < 0x80) {
    out[0] = byte_of(scalar);
    return 1;
  }
  if (scalar < 0x800) {
    out[0] = byte_of(0xc0 | scalar >> 6);
    out[1] = tail_of(scalar, 0);
    return 2;
  }
  if (scalar < 0x10000) {
    out[0] = byte_of(0xe0 | scalar >> 12);
    out[1] = tail_of(scalar, 6);
    out[2] = tail_of(scalar, 0);
    return 3;
  }
  out[0] = byte_of(0xf0 | scalar >> 18);
  out[1] = tail_of(scalar, 12);
  out[2] = tail_of(scalar, 6);
  out[3] = tail_of(scalar, 0);
  return 4;
}

size_t utf8_mend(const char *data, size_t size, char *out) {
  size_t written = 0;
  for (size_t i = 0; i < size;) {
    uint32_t scalar;
    uint8_t bytes[4];
    int length = utf8_decode((const uint8_t *)data + i, size - i, &scalar);
    i += length > 0 ? (size_t)length : 1;
    length = utf8_encode(length > 0 ? scalar : 0xfffd, bytes);
    if (out)
      memcpy(out + written, bytes, (size_t)length);
    written += (size_t)length;
  }
  return written;
}

char *utf8_copy(const char *text) {
  size_t size = strlen(text), mended = utf8_mend(text, size, NULL);
  char *copy = malloc(mended + 1);
  if (!copy)
    return NULL;
  utf8_mend(text, size, copy);
  copy[mended] = 0;
  return copy;
}
