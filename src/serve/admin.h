/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The admin address of a server. */
#ifndef SERVE_ADMIN_H
#define SERVE_ADMIN_H

#include "serve/state.h"

/* Starts the thread, where there is a socket. WEIR_ERR_IO, WEIR_ERR_NOMEM. */
weir_status admin_start(struct admin *a, struct diag *d);
/* Ends the thread, where there is one. */
void admin_end(struct admin *a);

#endif
