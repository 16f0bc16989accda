/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The system's error numbers as the error-code of wasi:sockets@0.3.0. */
#ifndef WASI_SOCKETS_CODE_H
#define WASI_SOCKETS_CODE_H

#include "wasi/wit.h"

/* With the system's words where there is no code for it. */
struct wasi_sockets_error_code wasi_socket_code(int error);
/* Without a payload: `connection-broken` where there is no code for it. */
uint32_t wasi_socket_code_number(int error);

#endif
