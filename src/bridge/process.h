/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Whether this is still the process in which something was made. A page that the kernel wipes in children of fork()
 * tells it by one load; where the kernel has no such pages, the number of the process does.
 */
#ifndef BRIDGE_PROCESS_H
#define BRIDGE_PROCESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>
#include <unistd.h>

struct process_mark {
  atomic_uchar *page; /* NULL: there is none */
  pid_t process;
};

/* Never fails. */
void process_mark_init(struct process_mark *m);
void process_mark_done(struct process_mark *m);

/* A child of the process that made the mark. */
static inline bool process_is_child(const struct process_mark *m) {
  return m->page ? atomic_load_explicit(m->page, memory_order_relaxed) == 0 : m->process != getpid();
}

#endif
