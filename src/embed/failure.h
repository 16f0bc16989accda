/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A store's failure as an error object. */
#ifndef EMBED_FAILURE_H
#define EMBED_FAILURE_H

#include "embed/state.h"

/* An error with the store's failure in it. Never NULL. */
weir_error *failure_error(const struct store *s);

#endif
