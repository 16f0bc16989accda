/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See table.h. */
#include "wasi/filesystem/table.h"

#include <errno.h>

void wasi_table_init(struct wasi_table *table, const struct weir_alloc *alloc, uint64_t most) {
  *table = (struct wasi_table){.alloc = alloc, .open.most = most};
}

void wasi_table_done(struct wasi_table *table) {
  for (uint32_t i = 0; i < table->slots.count; i++)
    wasi_file_unref(table->slots.data[i].file);
  VEC_DONE(table->alloc, &table->slots);
}

static int place(struct wasi_table *table, uint32_t *ret) {
  struct wasi_table_slot empty = {0};
  if (!wasi_budget_take(&table->open, 1))
    return -EMFILE;
  *ret = table->free;
  if (*ret != 0) {
    table->free = table->slots.data[*ret - 1].next_free;
    return 0;
  }
  if (VEC_PUSH(table->alloc, &table->slots, empty)) {
    *ret = table->slots.count;
    return 0;
  }
  wasi_budget_give(&table->open, 1);
  return -ENOMEM;
}

int wasi_table_add(struct wasi_table *table, struct wasi_file *take_file, uint64_t *ret) {
  uint32_t number;
  int status = place(table, &number);
  if (status != 0) {
    wasi_file_unref(take_file);
    return status;
  }
  table->slots.data[number - 1].file = take_file;
  *ret = number;
  return 0;
}

struct wasi_file *wasi_table_get(const struct wasi_table *table, uint64_t number) {
  return number > 0 && number <= table->slots.count ? table->slots.data[number - 1].file : NULL;
}

void wasi_table_remove(struct wasi_table *table, uint64_t number) {
  struct wasi_file *file = wasi_table_get(table, number);
  if (!file)
    return;
  table->slots.data[number - 1] = (struct wasi_table_slot){.next_free = table->free};
  table->free = (uint32_t)number;
  wasi_budget_give(&table->open, 1);
  wasi_file_unref(file);
}
