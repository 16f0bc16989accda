/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See form.h. */
#include "fuse/form.h"

#include "adapter/plan.h"

uint32_t fuse_adapters(enum fuse_form form) {
  static const uint32_t how[] = {[FUSE_CORE] = ADAPTER_WAYS_OUTSIDE,
                                 [FUSE_SHELL] = ADAPTER_ALONE | ADAPTER_FLAGS_GIVEN,
                                 [FUSE_INSIDE] = ADAPTER_ALONE | ADAPTER_FLAGS_GIVEN};
  return how[form];
}

struct str fuse_root_name(struct arena *arena, uint32_t lift) {
  return arena_printf(arena, "root/%u", (unsigned)lift);
}

struct str fuse_callback_name(struct arena *arena, uint32_t lift) {
  return arena_printf(arena, "root/%u/callback", (unsigned)lift);
}
