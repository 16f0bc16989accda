/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The descriptors of a host: numbers, which guests' resources stand for (their representations). Records hold them, so
 * they are given in order: the one that was freed last, else the next. 0 is none.
 */
#ifndef WASI_FILESYSTEM_TABLE_H
#define WASI_FILESYSTEM_TABLE_H

#include "base/vec.h"
#include "wasi/filesystem/budget.h"
#include "wasi/filesystem/file.h"

struct wasi_table_slot {
  struct wasi_file *file; /* NULL: free */
  uint32_t next_free;
};

struct wasi_table {
  const struct weir_alloc *alloc;
  VEC(struct wasi_table_slot) slots; /* number 1 first */
  uint32_t free;                     /* 0: none */
  struct wasi_budget open;
};

void wasi_table_init(struct wasi_table *table, const struct weir_alloc *alloc, uint64_t most);
/* Closes what is open. */
void wasi_table_done(struct wasi_table *table);

/* Takes a reference, also on failure. 0; -EMFILE: so many are open already; -ENOMEM. */
int wasi_table_add(struct wasi_table *table, struct wasi_file *take_file, uint64_t *ret);
/* NULL: there is none. */
struct wasi_file *wasi_table_get(const struct wasi_table *table, uint64_t number);
/* Gives the reference up. A number that is none is allowed. */
void wasi_table_remove(struct wasi_table *table, uint64_t number);

#endif
