/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The names of the canonical definitions, from canon.def. */
#include "component/canon.h"

const char *canon_name(enum canon_kind kind) {
  static const char *const names[CANON_KIND_COUNT] = {
#define CANON(ident, opcode, name, operands, blocks) name,
#include "component/canon.def"
#undef CANON
  };
  return (unsigned)kind < CANON_KIND_COUNT ? names[kind] : "?";
}
