/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The kinds of canonical definitions, and the line of canon.def for each. */
#ifndef COMPONENT_CANON_H
#define COMPONENT_CANON_H

#include <stdint.h>

enum canon_kind {
#define CANON(ident, function, opcode, name, class, operands, signature, leaves, blocks, asks) CANON_##ident,
#include "component/canon.def"
#undef CANON
  CANON_KIND_COUNT
};

enum canon_class {
  CANON_CLASS_CALL,
  CANON_CLASS_RESOURCE,
  CANON_CLASS_STREAM,
  CANON_CLASS_FUTURE,
  CANON_CLASS_TASK,
  CANON_CLASS_CONTEXT,
  CANON_CLASS_ERROR_CONTEXT,
  CANON_CLASS_WAITABLE,
  CANON_CLASS_THREAD,
  CANON_CLASS_PARALLEL
};

enum canon_operands {
  CANON_OPERANDS_NONE,
  CANON_OPERANDS_TYPE,
  CANON_OPERANDS_TYPE_OPTS,
  CANON_OPERANDS_TYPE_ASYNC,
  CANON_OPERANDS_OPTS,
  CANON_OPERANDS_ASYNC,
  CANON_OPERANDS_CANCEL,
  CANON_OPERANDS_CANCEL_MEMORY,
  CANON_OPERANDS_RESULT_OPTS,
  CANON_OPERANDS_SLOT,
  CANON_OPERANDS_THREAD_NEW,
  CANON_OPERANDS_SPAWN_REF,
  CANON_OPERANDS_SPAWN_INDIRECT,
  CANON_OPERANDS_LIFT,
  CANON_OPERANDS_LOWER
};

enum canon_leaves { CANON_STAYS, CANON_LEAVES };
enum canon_blocks { CANON_BLOCKS_NEVER, CANON_BLOCKS_ALWAYS, CANON_BLOCKS_SYNC };
enum canon_asks { CANON_QUIET, CANON_ASKS };

struct canon_info { /* the columns of canon.def */
  uint8_t opcode;
  enum canon_class class;
  enum canon_operands operands;
  enum canon_leaves leaves;
  enum canon_blocks blocks;
  enum canon_asks asks;
  const char *name, *signature;
};

/* The line of canon.def for a kind; never NULL for a kind in range. */
const struct canon_info *canon_info(enum canon_kind kind);

#endif
