/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The making of the public error object; its reading is in weir/error.h. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "weir/error.h"

struct diag;

/* A copy of what the diag holds. Never NULL: where memory is out it is a static error that says so. */
weir_error *error_new(const struct diag *d);

#endif
