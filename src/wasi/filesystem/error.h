/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The system's error numbers as the error-code of wasi:filesystem@0.3.0. */
#ifndef WASI_FILESYSTEM_ERROR_H
#define WASI_FILESYSTEM_ERROR_H

#include "wasi/wit.h"

/* With the system's words where there is no code for it. */
struct wasi_filesystem_error_code wasi_error_code(int error);

/* Without a payload: `io` where there is no code for it. */
uint32_t wasi_error_number(int error);

#endif
