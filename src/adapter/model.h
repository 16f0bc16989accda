/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Inside adapter/: a module in the making: its adapters, and the numbers of their imports. */
#ifndef ADAPTER_MODEL_H
#define ADAPTER_MODEL_H

#include "adapter/adapter.h"
#include "adapter/standin.h"

/* The parts of a function's options that an adapter imports: indices into the functions or memories of its module. */
struct adapter_side {
  uint32_t memory, realloc; /* GRAPH_NONE: it has none */
  enum ast_encoding encoding;
  uint32_t flag; /* its may_leave in the memory of flags; GRAPH_NONE: nobody can ask for it */
  bool throws;   /* its code may throw */
  /* Addresses in the memory of flags; standin: GRAPH_NONE for none. */
  uint32_t gate, standin;
  bool context; /* its code can see context slots */
};

enum adapter_func_kind {
  ADAPTER_FUNC_CALL,    /* a lowered function */
  ADAPTER_FUNC_RETURN,  /* task.return of an instance with a stand-in, whose values fit into it */
  ADAPTER_FUNC_CONTEXT, /* context.get or context.set of such an instance */
};

struct adapter_func {
  enum adapter_func_kind kind;
  uint32_t trampoline;
  const struct core_signature *caller;
  struct adapter_side sides[2]; /* the caller's, the callee's; of a built-in its instance's alone */
  uint32_t outside;             /* the function of the trampoline as the runtime makes it, or GRAPH_NONE */
  bool always_outside;          /* ADAPTER_FLAG_OUTSIDE may say that all take it */
  /* CALL */
  const struct func_type *type;
  const struct core_signature *callee;
  uint32_t callee_func, post_return; /* post_return: GRAPH_NONE for none */
  bool async_caller;                 /* lowered async */
  bool callback;                     /* lifted async, with a callback */
  bool enters;                       /* it has a stand-in, and asks the gates of the instances that it enters: */
  const uint32_t *gates;             /* addresses; that of the callee is first */
  uint32_t gate_count;
  uint32_t returned; /* the state of the stand-in that says which task.return fits */
  /* RETURN */
  const struct weir_type *value;
  /* CONTEXT */
  uint32_t slot;
  bool is64;
};

/* A function that copies a string from one side to another, shared by all adapters of the module that need it. */
struct adapter_string {
  struct adapter_side src, dst;
};

enum { ADAPTER_MAX_STRINGS = 64 };

struct adapter_module {
  struct adapter_import *imports;
  uint32_t import_count, func_count, memory_count; /* imported ones */
  uint32_t flags;                                  /* the memory of flags, */
  struct standin_layout layout;                    /* and what is in it */
  uint32_t helpers[ADAPTER_HELPER_COUNT];          /* function indices */
  bool used[ADAPTER_HELPER_COUNT];                 /* called so far */
  bool has_tags;                                   /* ADAPTER_HANDLE is (tag, whether numeric, index) -> index */
  struct adapter_func *funcs;
  uint32_t count;
  struct adapter_string strings[ADAPTER_MAX_STRINGS];
  uint32_t string_count;
};

/* The function that copies a string, made at the first request. GRAPH_NONE: there are too many. */
uint32_t adapter_module_string(struct adapter_module *m, const struct adapter_side *src,
                               const struct adapter_side *dst);

#endif
