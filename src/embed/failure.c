/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See failure.h. */
#include "embed/failure.h"

#include "base/error.h"

weir_error *failure_error(const struct store *s) {
  const struct diag *f = &s->rt.failure;
  struct error_detail detail = {
      .status = f->status,
      .exit_code = f->exit_code,
      .message = diag_message(f),
      .backtrace = f->backtrace,
  };
  return error_new(&detail);
}
