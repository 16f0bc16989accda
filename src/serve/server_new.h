/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a server is made of before its threads begin. */
#ifndef SERVE_SERVER_NEW_H
#define SERVE_SERVER_NEW_H

#include "serve/state.h"

/* Whether workers can serve it: it has a handler, and all that it imports is there. `linker` may be NULL: a new one. */
weir_status server_check(const weir_component *component, const weir_serve_config *config, const weir_linker *linker,
                         struct diag *d);
/* Frees what weir_server_new() has made. */
void server_free(weir_server *s);

#endif
