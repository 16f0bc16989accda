/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * An allocator for tests that counts, checks and fails on demand. Every resize moves the block, so that a pointer kept
 * across it is found; every size handed back is compared with what was asked for. May be used from several threads.
 *
 *   struct fault f;
 *   fault_init(&f);
 *   fault_arm(&f, 3, false);          the third allocation from now on fails, once
 *   ... &f.alloc ...
 *   fault_done(&f);                   fails the test where blocks are still live
 */
#ifndef SUPPORT_FAULT_H
#define SUPPORT_FAULT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "weir/alloc.h"
#include "weir/error.h"

struct fault {
  struct weir_alloc alloc; /* hand out &f.alloc; first member */
  pthread_mutex_t lock;
  size_t calls;       /* requests for memory since fault_arm() (or fault_init()), failed ones included */
  size_t fail_at;     /* 1-based number of the request that fails; 0: none */
  bool fail_rest;     /* all later ones fail too */
  size_t failures;    /* requests that were refused */
  size_t live_blocks; /* allocated and not yet freed */
  size_t live_bytes;
};

void fault_init(struct fault *f);
/* Counts from here; the k-th request fails (k == 0: none), and the ones after it too if `rest`. */
void fault_arm(struct fault *f, size_t k, bool rest);
/* Fails the test (cmocka) where anything is still allocated. */
void fault_done(struct fault *f);

/*
 * Runs `scenario` once without failure (it must be WEIR_OK), which counts its N requests; then for each k in 1..N with
 * the k-th request failing, and with all from the k-th on failing. The scenario must then give WEIR_ERR_NOMEM, or
 * WEIR_OK where it can do without, and must release everything it took each time. Returns N.
 */
typedef weir_status fault_scenario(const struct weir_alloc *alloc, void *ctx);
size_t fault_sweep(fault_scenario *scenario, void *ctx);

/*
 * The same for the system's malloc() and realloc(), for the few places that use them directly. A test program that
 * names these functions is linked with them (cmake/WeirTests.cmake). k == 0: nothing fails. Not for several threads.
 */
void fault_system_arm(size_t k, bool rest);
size_t fault_system_calls(void);

#endif
