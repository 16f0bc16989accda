/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Inside adapter/: a module in the making: its adapters, and the numbers of their imports. */
#ifndef ADAPTER_MODEL_H
#define ADAPTER_MODEL_H

#include "adapter/adapter.h"

/* The parts of a function's options that an adapter imports: indices into the functions or memories of its module. */
struct adapter_side {
  uint32_t memory, realloc; /* GRAPH_NONE: it has none */
  enum ast_encoding encoding;
  uint32_t flag; /* its may_leave in the memory of flags; GRAPH_NONE: nobody can ask for it */
  bool throws;   /* its code may throw */
};

struct adapter_func {
  uint32_t trampoline;
  const struct func_type *type;
  const struct core_signature *caller, *callee;
  uint32_t callee_func, post_return; /* post_return: GRAPH_NONE for none */
  struct adapter_side sides[2];      /* the caller's, the callee's */
  bool enters;
  uint32_t outside; /* the function that does the call through the runtime, or GRAPH_NONE */
};

/* A function that copies a string from one side to another, shared by all adapters of the module that need it. */
struct adapter_string {
  struct adapter_side src, dst;
};

enum { ADAPTER_MAX_STRINGS = 64 };

struct adapter_module {
  struct adapter_import *imports;
  uint32_t import_count, func_count, memory_count; /* imported ones */
  uint32_t flags;                                  /* the memory of flags */
  uint32_t helpers[ADAPTER_HELPER_COUNT];          /* function indices */
  bool used[ADAPTER_HELPER_COUNT];                 /* called so far */
  struct adapter_func *funcs;
  uint32_t count;
  struct adapter_string strings[ADAPTER_MAX_STRINGS];
  uint32_t string_count;
};

/* The function that copies a string, made at the first request. GRAPH_NONE: there are too many. */
uint32_t adapter_module_string(struct adapter_module *m, const struct adapter_side *src,
                               const struct adapter_side *dst);

#endif
