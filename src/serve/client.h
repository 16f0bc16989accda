/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Whose request it is: the other end of its connection, or whom proxies name that the server believes. */
#ifndef SERVE_CLIENT_H
#define SERVE_CLIENT_H

#include "serve/state.h"

/* Sets `client` of the request, and scheme, host and fields as its guest sees them. */
void client_learn(struct request *r);

/* Whether a connection may begin with a PROXY header: from http_server_config. */
bool client_believes(void *worker, const struct sockaddr *proxy);

/* "192.0.2.1:80", "[2001:db8::1]:80"; "": no such address. */
enum { CLIENT_TEXT = 64 };
struct str client_text(const struct sockaddr_storage *address, char ret[CLIENT_TEXT]);

#endif
