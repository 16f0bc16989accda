/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The lines of canon.def as a table. */
#include "component/canon.h"

#include <stddef.h>

const struct canon_info *canon_info(enum canon_kind kind) {
  static const struct canon_info table[CANON_KIND_COUNT] = {
#define CANON(ident, function, opcode, name, class, operands, signature, leaves, blocks, asks) \
  {                                                                                            \
      opcode,                                                                                  \
      CANON_CLASS_##class,                                                                     \
      CANON_OPERANDS_##operands,                                                               \
      CANON_##leaves,                                                                          \
      CANON_BLOCKS_##blocks,                                                                   \
      CANON_##asks,                                                                            \
      name,                                                                                    \
      signature},
#include "component/canon.def"
#undef CANON
  };
  return (unsigned)kind < CANON_KIND_COUNT ? &table[kind] : NULL;
}
