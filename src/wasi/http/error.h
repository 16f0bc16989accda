/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The core's failures as error-code of wasi:http/types, both ways, and as values. */
#ifndef WASI_HTTP_ERROR_H
#define WASI_HTTP_ERROR_H

#include "http/failure.h"
#include "wasi/wit.h"

/* Its texts are those of the failure. */
struct wasi_http_error_code wasi_http_error_of(const struct http_failure *failure);
/* Copies; a text that is too long is cut. */
struct http_failure wasi_http_failure_of(const struct wasi_http_error_code *error);

#endif
