/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Makes the public error object; weir/error.h reads it. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "weir/error.h"

/* The detail of an error. Texts are terminated; NULL stands for "". */
struct error_detail {
  weir_status status;
  int exit_code;
  bool has_offset;
  size_t offset;
  const char *message;
  const char *backtrace;
};

/* A copy of the detail. Never NULL: where memory is out, a static error with the same status. */
weir_error *error_new(const struct error_detail *detail);

#endif
