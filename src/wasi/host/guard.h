/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Learning that a store is gone. A host's end of a stream is dead once its store is freed, and only an operation under
 * way tells so; but while bytes travel between a descriptor and our buffer, none is. So each store that uses streams of
 * this host gets a guard: a stream of our own with a read that can only end when the store is freed. Whoever keeps ends
 * of that store puts a mark on its guard and is told.
 */
#ifndef WASI_HOST_GUARD_H
#define WASI_HOST_GUARD_H

#include "base/list.h"
#include "weir/alloc.h"
#include "weir/stream.h"

struct wasi_guards {
  const struct weir_alloc *alloc;
  struct list guards; /* one for each store */
};

/* Embedded in what depends on a store. */
struct wasi_guard_mark {
  struct list node;
  /* The store is being freed: what its ends and host calls are asked for has no effect. Once; the mark is off then. */
  void (*gone)(struct wasi_guard_mark *mark);
};

void wasi_guards_init(struct wasi_guards *guards, const struct weir_alloc *alloc);
/* No store may be alive that has a guard. */
void wasi_guards_done(struct wasi_guards *guards);

/* Puts a mark on. WEIR_ERR_NOMEM: it is not on, and wasi_guard_mark_remove() is still allowed. */
weir_status wasi_guard_mark_add(struct wasi_guards *guards, weir_store *store, struct wasi_guard_mark *mark,
                                void (*gone)(struct wasi_guard_mark *mark));
/* Takes it off; also twice. */
void wasi_guard_mark_remove(struct wasi_guard_mark *mark);

#endif
