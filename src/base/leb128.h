/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * LEB128, the variable-length integers of core modules, components and records: seven bits a byte, lowest first.
 * Written in the shortest form. Origin: the core specification's binary format, "Integers".
 */
#ifndef BASE_LEB128_H
#define BASE_LEB128_H

#include "base/text.h"

enum { LEB128_LONGEST = 10 /* bytes of 64 bits */ };

static inline void leb128_put(struct text *t, uint64_t n) {
  if (!text_room(t, LEB128_LONGEST))
    return;
  while (n >= 0x80) {
    t->data[t->size++] = (char)(n | 0x80);
    n >>= 7;
  }
  t->data[t->size++] = (char)n;
}

void leb128_put_signed(struct text *t, int64_t n);

enum leb128_fault {
  LEB128_OK,
  LEB128_CUT,  /* the bytes end before the number does */
  LEB128_LONG, /* more than ceil(bits / 7) bytes */
  LEB128_LARGE /* bits beyond the width are neither zero nor, in a signed number, copies of the sign */
};

/*
 * Reads a number of `bits` bits (at most 64) from at most `size` bytes. `*ret_at` becomes the number of its bytes, or
 * after a fault the position of the byte at fault. A form that is longer than necessary is good.
 */
enum leb128_fault leb128_get(const uint8_t *data, size_t size, unsigned bits, bool is_signed, uint64_t *ret,
                             size_t *ret_at);

#endif
