/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* wasi:io/error@0.2: an errno as a resource, or a failure of an exchange, whose code is added to WASI_P2_ERROR_HTTP. */
#ifndef WASI_P2_ERROR_H
#define WASI_P2_ERROR_H

#include "weir/store.h"

struct wasi_p2;
struct wasi_p2_io_stream_error;

enum { WASI_P2_ERROR_HTTP = 1 << 20 };

/* Makes the error resource of an errno. WEIR_ERR_NOMEM. */
weir_status wasi_p2_error_new(struct wasi_p2 *p2, weir_store *store, int error, uint64_t *ret);
/* The errno of one; 0 where the number is no error's. */
int wasi_p2_error_number(const struct wasi_p2 *p2, uint64_t number);

#endif
