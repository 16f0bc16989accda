/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The inner loops of string transcoding. Each is a fast loop over chunks that need no thought (ASCII, Latin-1, no
 * surrogates) and a slow step for one scalar value. Origin: the encodings that CanonicalABI.md#storing calls
 * `utf-8`, `utf-16-le` and `latin-1`.
 */
#include "abi/transcode.h"

#include <string.h>

#include "base/utf8.h"

enum { CHUNK = 16 };

static inline uint16_t unit_at(const uint8_t *data, size_t i) {
  uint16_t u;
  memcpy(&u, data + 2 * i, sizeof(u));
  return u;
}

static inline void unit_put(uint8_t *out, size_t i, uint32_t unit) {
  uint16_t u = (uint16_t)unit;
  memcpy(out + 2 * i, &u, sizeof(u));
}

static inline bool bytes_ascii(const uint8_t *data) {
  uint64_t w[2];
  memcpy(w, data, sizeof(w));
  return ((w[0] | w[1]) & 0x8080808080808080u) == 0;
}

/* All bits that occur in a chunk of units. */
static inline uint16_t units_or(const uint16_t *u) {
  unsigned bits = 0;
  for (int i = 0; i < CHUNK; i++)
    bits |= u[i];
  return (uint16_t)bits;
}

static inline bool units_have_surrogate(const uint16_t *u) {
  unsigned found = 0;
  for (int i = 0; i < CHUNK; i++)
    found |= (u[i] & 0xf800u) == 0xd800u;
  return found != 0;
}

/* utf8_decode() without ASCII, with the common cases inline: all of their second bytes have the plain range. */
static inline int utf8_next(const uint8_t *p, size_t size, uint32_t *ret) {
  if (size >= 2 && p[0] >= 0xc2 && p[0] <= 0xdf && (p[1] & 0xc0) == 0x80) {
    *ret = (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
    return 2;
  }
  if (size >= 3 && p[0] >= 0xe1 && p[0] <= 0xec && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80) {
    *ret = (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    return 3;
  }
  return utf8_decode(p, size, ret);
}

/* utf8_encode() without ASCII. */
static inline size_t utf8_put(uint32_t scalar, uint8_t *out) {
  if (scalar >= 0x800)
    return (size_t)utf8_encode(scalar, out);
  out[0] = (uint8_t)(0xc0 | scalar >> 6);
  out[1] = (uint8_t)(0x80 | (scalar & 0x3f));
  return 2;
}

/* Reads one scalar value; returns the number of its units, 0 for a lone surrogate. */
static inline size_t utf16_decode(const uint8_t *data, size_t units, uint32_t *ret) {
  uint32_t u = unit_at(data, 0);
  *ret = u;
  if ((u & 0xf800) != 0xd800)
    return 1;
  if (u >= 0xdc00 || units < 2)
    return 0;
  uint32_t low = unit_at(data, 1);
  if ((low & 0xfc00) != 0xdc00)
    return 0;
  *ret = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
  return 2;
}

bool utf16_valid(const uint8_t *data, size_t units) {
  size_t i = 0;
  while (i < units) {
    uint16_t u[CHUNK];
    if (units - i >= CHUNK) {
      memcpy(u, data + 2 * i, sizeof(u));
      if (!units_have_surrogate(u)) {
        i += CHUNK;
        continue;
      }
    }
    /* At least to the end of the chunk, so that a surrogate costs one failed look at a chunk at most. */
    for (size_t stop = units - i < CHUNK ? units : i + CHUNK; i < stop;) {
      uint32_t scalar;
      size_t n = utf16_decode(data + 2 * i, units - i, &scalar);
      if (n == 0)
        return false;
      i += n;
    }
  }
  return true;
}

bool utf16_exceeds(const uint8_t *data, size_t units, uint16_t limit) {
  size_t i = 0;
  for (; units - i >= CHUNK; i += CHUNK) {
    uint16_t u[CHUNK];
    memcpy(u, data + 2 * i, sizeof(u));
    if (units_or(u) >= limit)
      return true;
  }
  for (; i < units; i++) {
    if (unit_at(data, i) >= limit)
      return true;
  }
  return false;
}

size_t utf16_size_as_utf8(const uint8_t *data, size_t units) {
  size_t size = units;
  for (size_t i = 0; i < units; i++) {
    uint16_t u = unit_at(data, i);
    /* Each half of a pair counts 2. */
    size += (size_t)(u >= 0x80) + (size_t)(u >= 0x800 && (u & 0xf800) != 0xd800);
  }
  return size;
}

size_t latin1_size_as_utf8(const uint8_t *data, size_t units) {
  size_t size = units;
  for (size_t i = 0; i < units; i++)
    size += data[i] >> 7;
  return size;
}

size_t transcode_ascii(const uint8_t *src, size_t units, uint8_t *out) {
  size_t i = 0;
  for (; units - i >= CHUNK && bytes_ascii(src + i); i += CHUNK)
    memmove(out + i, src + i, CHUNK);
  for (; i < units && src[i] < 0x80; i++)
    out[i] = src[i];
  return i;
}

size_t transcode_narrow(const uint8_t *src, size_t units, uint16_t limit, uint8_t *out) {
  size_t i = 0;
  for (; units - i >= CHUNK; i += CHUNK) {
    uint16_t u[CHUNK];
    uint8_t b[CHUNK];
    memcpy(u, src + 2 * i, sizeof(u));
    if (units_or(u) >= limit)
      break;
    for (int k = 0; k < CHUNK; k++)
      b[k] = (uint8_t)u[k];
    memcpy(out + i, b, sizeof(b));
  }
  for (; i < units && unit_at(src, i) < limit; i++)
    out[i] = (uint8_t)unit_at(src, i);
  return i;
}

void transcode_widen(const uint8_t *src, size_t units, uint8_t *out) {
  size_t i = 0;
  for (; units - i >= CHUNK; i += CHUNK) {
    uint8_t b[CHUNK];
    uint16_t u[CHUNK];
    memcpy(b, src + i, sizeof(b));
    for (int k = 0; k < CHUNK; k++)
      u[k] = b[k];
    memcpy(out + 2 * i, u, sizeof(u));
  }
  for (; i < units; i++)
    unit_put(out, i, src[i]);
}

void transcode_inflate(uint8_t *data, size_t units) {
  for (size_t i = units; i > 0; i--)
    unit_put(data, i - 1, data[i - 1]);
}

size_t transcode_latin1_to_utf8(const uint8_t *src, size_t units, uint8_t *out) {
  size_t n = 0;
  for (size_t i = 0; i < units;) {
    size_t ascii = transcode_ascii(src + i, units - i, out + n);
    i += ascii;
    n += ascii;
    for (; i < units && src[i] >= 0x80; i++)
      n += utf8_put(src[i], out + n);
  }
  return n;
}

size_t transcode_utf16_to_utf8(const uint8_t *src, size_t units, uint8_t *out) {
  size_t n = 0;
  for (size_t i = 0; i < units;) {
    size_t ascii = transcode_narrow(src + 2 * i, units - i, 0x80, out + n);
    i += ascii;
    n += ascii;
    while (i < units && unit_at(src, i) >= 0x80) {
      uint32_t scalar;
      size_t taken = utf16_decode(src + 2 * i, units - i, &scalar);
      if (taken == 0)
        return SIZE_MAX;
      i += taken;
      n += utf8_put(scalar, out + n);
    }
  }
  return n;
}

static size_t utf16_encode(uint32_t scalar, uint8_t *out) {
  if (scalar < 0x10000) {
    unit_put(out, 0, scalar);
    return 1;
  }
  unit_put(out, 0, 0xd800 + ((scalar - 0x10000) >> 10));
  unit_put(out, 1, 0xdc00 + (scalar & 0x3ff));
  return 2;
}

/* ASCII to UTF-16, up to the first other byte. */
static size_t ascii_to_utf16(const uint8_t *src, size_t size, uint8_t *out) {
  size_t i = 0;
  for (; size - i >= CHUNK && bytes_ascii(src + i); i += CHUNK)
    transcode_widen(src + i, CHUNK, out + 2 * i);
  for (; i < size && src[i] < 0x80; i++)
    unit_put(out, i, src[i]);
  return i;
}

size_t transcode_utf8_to_utf16(const uint8_t *src, size_t size, uint8_t *out) {
  size_t n = 0;
  for (size_t i = 0; i < size;) {
    size_t ascii = ascii_to_utf16(src + i, size - i, out + 2 * n);
    i += ascii;
    n += ascii;
    while (i < size && src[i] >= 0x80) {
      uint32_t scalar;
      int taken = utf8_next(src + i, size - i, &scalar);
      if (taken <= 0)
        return SIZE_MAX;
      i += (size_t)taken;
      n += utf16_encode(scalar, out + 2 * n);
    }
  }
  return n;
}

size_t transcode_utf8_to_latin1(const uint8_t *src, size_t size, uint8_t *out, size_t *ret_written) {
  size_t i = 0, n = 0;
  while (i < size) {
    size_t ascii = transcode_ascii(src + i, size - i, out + n);
    i += ascii;
    n += ascii;
    uint32_t scalar;
    int taken = i < size ? utf8_next(src + i, size - i, &scalar) : 0;
    if (taken <= 0 || scalar > 0xff)
      break;
    out[n++] = (uint8_t)scalar;
    i += (size_t)taken;
  }
  *ret_written = n;
  return i;
}
