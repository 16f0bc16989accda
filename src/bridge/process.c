/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See process.h. */
#include "bridge/process.h"

#include <sys/mman.h>

static size_t page_size(void) {
  return (size_t)sysconf(_SC_PAGESIZE);
}

void process_mark_init(struct process_mark *m) {
  *m = (struct process_mark){.process = getpid()};
#ifdef MADV_WIPEONFORK
  void *page = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED)
    return;
  if (madvise(page, page_size(), MADV_WIPEONFORK) != 0) {
    munmap(page, page_size());
    return;
  }
  m->page = page;
  atomic_store_explicit(m->page, 1, memory_order_relaxed);
#endif
}

void process_mark_done(struct process_mark *m) {
  if (m->page)
    munmap(m->page, page_size());
  m->page = NULL;
}
