/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The representation of a host's resource; 0 where there is none, which suits tests that do not give it that. */
#ifndef TEST_SUPPORT_REP_OF_H
#define TEST_SUPPORT_REP_OF_H

#include "weir/resource.h"

static inline uint64_t rep_of(const weir_value *value) {
  uint64_t rep = 0;
  return weir_resource_rep(value, &rep) == WEIR_OK ? rep : 0;
}

#endif
