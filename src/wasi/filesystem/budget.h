/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What guests may have of something together, and what they have. */
#ifndef WASI_FILESYSTEM_BUDGET_H
#define WASI_FILESYSTEM_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct wasi_budget {
  uint64_t most, used;
};

/* False, and nothing is taken: there is not so much left. */
static inline bool wasi_budget_take(struct wasi_budget *budget, uint64_t count) {
  if (count > budget->most - budget->used)
    return false;
  budget->used += count;
  return true;
}

static inline void wasi_budget_give(struct wasi_budget *budget, uint64_t count) {
  budget->used -= count;
}

#endif
