/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See guard.h. */
#include "wasi/host/guard.h"

#include "base/diag.h"
#include "base/mem.h"

struct guard {
  struct list node;
  struct wasi_guards *guards;
  weir_store *store;
  weir_stream *readable, *writable;
  struct list marks;
  uint8_t byte; /* that the read waits for */
};

void wasi_guards_init(struct wasi_guards *guards, const struct weir_alloc *alloc) {
  guards->alloc = alloc;
  list_init(&guards->guards);
}

static void guard_free(struct guard *guard) {
  list_remove(&guard->node);
  mem_free(guard->guards->alloc, guard, sizeof(*guard));
}

void wasi_guards_done(struct wasi_guards *guards) {
  while (!list_empty(&guards->guards))
    guard_free(LIST_OWNER(guards->guards.next, struct guard, node));
}

static void guard_ended(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  (void)end, (void)result, (void)count;
  struct guard *guard = data;
  while (!list_empty(&guard->marks)) {
    struct wasi_guard_mark *mark = LIST_OWNER(guard->marks.next, struct wasi_guard_mark, node);
    list_remove(&mark->node);
    mark->gone(mark);
  }
  guard_free(guard);
}

static weir_status guard_arm(struct guard *guard) {
  weir_value readable = {0};
  WEIR_TRY(weir_stream_new(guard->store, WEIR_ELEMENT_U8, &readable, &guard->writable, NULL));
  guard->readable = weir_stream_from_value(&readable);
  weir_status status = weir_stream_read(guard->readable, &guard->byte, 1, guard_ended, guard, NULL);
  if (status != WEIR_OK) {
    weir_stream_drop(guard->readable);
    weir_stream_drop(guard->writable);
  }
  return status;
}

static weir_status guard_new(struct wasi_guards *guards, weir_store *store, struct guard **ret) {
  struct guard *guard = mem_zalloc(guards->alloc, sizeof(*guard));
  if (!guard)
    return WEIR_ERR_NOMEM;
  *guard = (struct guard){.guards = guards, .store = store};
  list_init(&guard->marks);
  list_init(&guard->node);
  weir_status status = guard_arm(guard);
  if (status != WEIR_OK) {
    guard_free(guard);
    return status;
  }
  list_append(&guards->guards, &guard->node);
  *ret = guard;
  return WEIR_OK;
}

static struct guard *guard_find(const struct wasi_guards *guards, const weir_store *store) {
  for (struct list *node = guards->guards.next; node != &guards->guards; node = node->next) {
    struct guard *guard = LIST_OWNER(node, struct guard, node);
    if (guard->store == store)
      return guard;
  }
  return NULL;
}

weir_status wasi_guard_mark_add(struct wasi_guards *guards, weir_store *store, struct wasi_guard_mark *mark,
                                void (*gone)(struct wasi_guard_mark *mark)) {
  list_init(&mark->node);
  mark->gone = gone;
  struct guard *guard = guard_find(guards, store);
  if (!guard)
    WEIR_TRY(guard_new(guards, store, &guard));
  list_append(&guard->marks, &mark->node);
  return WEIR_OK;
}

void wasi_guard_mark_remove(struct wasi_guard_mark *mark) {
  list_remove(&mark->node);
}
