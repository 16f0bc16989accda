/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The kinds of canonical definitions, expanded from canon.def. */
#ifndef COMPONENT_CANON_H
#define COMPONENT_CANON_H

enum canon_kind {
#define CANON(ident, opcode, name, operands, blocks) CANON_##ident,
#include "component/canon.def"
#undef CANON
  CANON_KIND_COUNT
};

/* The name in the text format, such as "stream.read". */
const char *canon_name(enum canon_kind kind);

#endif
