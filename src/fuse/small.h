/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Small core modules that fusing makes itself, put together function by function. Imports come before functions. Want
 * of memory is sticky, and shows in the text that the module is written to.
 */
#ifndef FUSE_SMALL_H
#define FUSE_SMALL_H

#include "component/types.h"
#include "wasm/put.h"

struct small {
  struct text types, imports, funcs, exports, elems, code, names;
  uint32_t type_count, import_count, func_count, own_count, memory_count, export_count, elem_count, name_count;
  uint32_t table; /* the size of its own table; 0: none */
  bool memory;    /* has a memory of one page, which never grows */
  bool starts;    /* has a start function: the last one */
};

void small_init(struct small *m);
void small_done(struct small *m);

uint32_t small_import_func(struct small *m, struct str module, struct str name, const struct core_signature *sig);
/* Of any size. */
uint32_t small_import_memory(struct small *m, struct str module, struct str name);
void small_import_table(struct small *m, struct str module, struct str name, uint32_t size);

/* The number of a type. */
uint32_t small_type(struct small *m, const struct core_signature *sig);

/* A function: its code with locals in front and the last `end`, which is empty afterwards. */
uint32_t small_func(struct small *m, uint32_t type, struct text *body);
void small_export_func(struct small *m, struct str name, uint32_t func);
void small_export_table(struct small *m, struct str name);
void small_export_memory(struct small *m, struct str name);
/* For backtraces. Functions are named in their order. */
void small_name_func(struct small *m, uint32_t func, struct str name);
/* An active element segment of one function. */
void small_elem(struct small *m, uint32_t place, uint32_t func);

void small_write(struct small *m, struct text *out);

#endif
