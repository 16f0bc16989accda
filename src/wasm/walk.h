/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Walks over the instructions of a function body or a constant expression, one at a time, each with its immediates. The
 * work is linear in the bytes, and a walk allocates nothing. The depth of blocks is a number, so nothing recurses.
 *
 *   struct walk w = walk_start(cursor);
 *   struct walk_instr instr;
 *   while (w.depth != 0) {
 *     WEIR_TRY(walk_next(&w, &instr));
 *     ...
 *   }
 */
#ifndef WASM_WALK_H
#define WASM_WALK_H

#include "wasm/cursor.h"
#include "wasm/opcode.h"

struct walk_imm {
  uint8_t kind;    /* enum wasm_imm */
  uint32_t memory; /* with IMM_MEMARG */
  uint32_t align;  /* with IMM_MEMARG: the exponent */
  size_t at, size; /* where the immediate stands, as positions of the cursor */
  /*
   * An index, label, number; the bits of a constant of up to 64 bits; the offset of a memarg; how many entries a
   * counted form has. Blocks, heap types and 16 bytes have none: their bytes are there.
   */
  uint64_t value;
};

struct walk_instr {
  const struct opcode *op;
  size_t at, size; /* of the whole instruction, as positions of the cursor */
  uint32_t imm_count;
  struct walk_imm imms[OPCODE_IMMS];
};

struct walk {
  struct cursor c;
  size_t depth; /* open blocks, the outermost one included; 0: its end was read, and the cursor stands behind it */
};

/* From the first instruction on; the locals of a body are not instructions. */
static inline struct walk walk_start(struct cursor c) {
  return (struct walk){.c = c, .depth = 1};
}

/* The next instruction, where depth is not 0. WEIR_ERR_MALFORMED: no such instruction, or the bytes end. */
weir_status walk_next(struct walk *w, struct walk_instr *ret);

/* Walks past a constant expression, or the rest of a body. */
weir_status walk_skip(struct cursor *c);

#endif
