/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One function reads all widths, signed and not. */
#include "base/leb128.h"

void leb128_put_signed(struct text *t, int64_t n) {
  for (;;) {
    uint8_t low = (uint8_t)((uint64_t)n & 0x7f);
    n = n < 0 ? ~(~n >> 7) : n >> 7;
    if ((n == 0 && !(low & 0x40)) || (n == -1 && (low & 0x40))) {
      text_char(t, (char)low);
      return;
    }
    text_char(t, (char)(low | 0x80));
  }
}

/* Whether the last possible byte is right in the bits that do not fit into the width. */
static bool tail_ok(uint8_t byte, unsigned room, bool is_signed) {
  unsigned extra = (byte & 0x7fu) >> (is_signed ? room - 1 : room);
  unsigned ones = 0x7fu >> (is_signed ? room - 1 : room);
  return extra == 0 || (is_signed && extra == ones);
}

enum leb128_fault leb128_get(const uint8_t *data, size_t size, unsigned bits, bool is_signed, uint64_t *ret,
                             size_t *ret_at) {
  uint64_t value = 0;
  unsigned shift = 0;
  for (size_t at = 0; at < size; at++, shift += 7) {
    uint8_t byte = data[at];
    unsigned room = bits - shift;
    *ret_at = at;
    if (room <= 7 && (byte & 0x80) != 0)
      return LEB128_LONG;
    if (room < 7 && !tail_ok(byte, room, is_signed))
      return LEB128_LARGE;
    value |= (uint64_t)(byte & 0x7f) << shift;
    if ((byte & 0x80) != 0)
      continue;
    shift += 7;
    if (is_signed && (byte & 0x40) != 0 && shift < 64)
      value |= ~(uint64_t)0 << shift;
    *ret_at = at + 1;
    *ret = value;
    return LEB128_OK;
  }
  *ret_at = size;
  return LEB128_CUT;
}
