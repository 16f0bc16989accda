/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Tables of host functions. Each interface of WASI is one file with one table; all of the functions of a table get the
 * same data. Every function has a signature, so that a component which imports it with another type is refused before
 * anything of it runs.
 */
#ifndef WASI_HOST_DEF_H
#define WASI_HOST_DEF_H

#include "weir/linker.h"

/* wasi:cli/types#error-code, as a number and in a signature. */
enum wasi_error { WASI_ERROR_IO, WASI_ERROR_ILLEGAL_BYTE_SEQUENCE, WASI_ERROR_PIPE };
#define WASI_RESULT "result<_, enum { io, illegal-byte-sequence, pipe }>"

struct wasi_def {
  const char *interface_name, *name, *signature;
  weir_host_fn fn;
};

/* Defines `count` functions with `data`. The first failure ends it. */
weir_status wasi_define(weir_linker *linker, const struct wasi_def *defs, size_t count, void *data,
                        weir_error **ret_error);

/* Finishes a call with a value, or traps where making the value failed. */
void wasi_return(weir_host_call *call, weir_status status, weir_value *take_value);
/* Finishes a call with a number. */
void wasi_return_u64(weir_host_call *call, uint64_t number);

#endif
