/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The table of opcode.def, laid out by prefix: each prefix has a range of slots that is as long as its codes need. A
 * code beyond its range would overwrite another instruction, which -Woverride-init refuses.
 */
#include "wasm/opcode.h"

#include <stdbool.h>
#include <stddef.h>

enum { ROOM_PLAIN = 0x100, ROOM_FB = 0x40, ROOM_FC = 0x20, ROOM_FD = 0x120, ROOM_FE = 0x80 };
enum {
  START_FB = ROOM_PLAIN,
  START_FC = START_FB + ROOM_FB,
  START_FD = START_FC + ROOM_FC,
  START_FE = START_FD + ROOM_FD,
  SLOTS = START_FE + ROOM_FE
};

#define START(prefix)            \
  ((prefix) == 0xfe   ? START_FE \
   : (prefix) == 0xfd ? START_FD \
   : (prefix) == 0xfc ? START_FC \
   : (prefix) == 0xfb ? START_FB \
                      : 0)

static const struct opcode table[SLOTS] = {
#define OPCODE(name, text, prefix, code, ...) [START(prefix) + (code)] = {(text), OP_##name, {__VA_ARGS__}},
#include "wasm/opcode.def"
#undef OPCODE
};

static const struct {
  uint16_t start, room;
} ranges[] = {{START_FB, ROOM_FB}, {START_FC, ROOM_FC}, {START_FD, ROOM_FD}, {START_FE, ROOM_FE}};

const struct opcode *opcode_find(uint8_t prefix, uint32_t code) {
  uint32_t start = 0, room = ROOM_PLAIN;
  if (prefix != 0) {
    if (!opcode_is_prefix(prefix))
      return NULL;
    start = ranges[prefix - 0xfb].start;
    room = ranges[prefix - 0xfb].room;
  }
  if (code >= room || !table[start + code].text)
    return NULL;
  return &table[start + code];
}
