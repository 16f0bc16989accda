/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See table.h. Free entries are linked through next_free; 0 ends the list since index 0 is never given out. */
#include "runtime/table.h"

#include "base/vec.h"
#include "runtime/trap.h"

void rt_table_done(struct rt_table *t, const struct weir_alloc *a) {
  vec_release(a, &t->entries, &t->capacity, sizeof(*t->entries));
  *t = (struct rt_table){0};
}

static weir_status table_grow(struct rt_store *s, struct rt_table *t) {
  if (!vec_room(s->alloc, &t->entries, &t->capacity, t->count, sizeof(*t->entries)))
    return rt_fail(s, diag_nomem(&s->failure));
  if (t->count == 0)
    t->entries[t->count++] = (struct rt_handle){.kind = RT_FREE};
  return WEIR_OK;
}

weir_status rt_table_add(struct rt_store *s, struct rt_table *t, enum rt_handle_kind kind, struct rt_handle **ret,
                         uint32_t *ret_index) {
  uint32_t index = t->free;
  if (index != 0) {
    t->free = t->entries[index].of.next_free;
  } else if (t->count > TABLE_MAX_LENGTH) {
    return rt_trap(s, "handle table is full");
  } else if (t->count > s->limits.handles) { /* no entry is free, and index 0 is none */
    return rt_limit(s, s->limits.handles, "handles in one component instance", "max_handles");
  } else {
    WEIR_TRY(table_grow(s, t));
    index = t->count++;
  }
  struct rt_handle *h = &t->entries[index];
  h->kind = (uint8_t)kind;
  h->own = false;
  h->num_lends = 0;
  *ret = h;
  *ret_index = index;
  return WEIR_OK;
}

weir_status rt_table_add_object(struct rt_store *s, struct rt_table *t, enum rt_handle_kind kind, void *object,
                                uint32_t *ret_index) {
  struct rt_handle *h = NULL;
  WEIR_TRY(rt_table_add(s, t, kind, &h, ret_index));
  h->of.object = object;
  return WEIR_OK;
}

weir_status rt_table_trap(struct rt_store *s, const struct rt_table *t, uint32_t index, enum rt_handle_kind kind) {
  if (index >= t->count || t->entries[index].kind == RT_FREE)
    return rt_trap(s, "unknown handle index %u", index);
  return rt_trap(s, "handle index %u used with the wrong type, expected %s but found %s", index,
                 rt_handle_kind_name(kind), rt_handle_kind_name((enum rt_handle_kind)t->entries[index].kind));
}

void rt_table_remove(struct rt_table *t, uint32_t index) {
  struct rt_handle *h = &t->entries[index];
  h->kind = RT_FREE;
  h->of.next_free = t->free;
  t->free = index;
}

const char *rt_handle_kind_name(enum rt_handle_kind kind) {
  static const char *const names[] = {
      [RT_FREE] = "nothing",
      [RT_RESOURCE] = "resource",
      [RT_SUBTASK] = "subtask",
      [RT_STREAM_READABLE] = "readable stream end",
      [RT_STREAM_WRITABLE] = "writable stream end",
      [RT_FUTURE_READABLE] = "readable future end",
      [RT_FUTURE_WRITABLE] = "writable future end",
      [RT_SET] = "waitable set",
      [RT_ERROR_CONTEXT] = "error context",
      [RT_THREAD] = "thread",
  };
  return names[kind];
}
