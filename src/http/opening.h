/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The first moments of a server's connection, until it is known which HTTP the client speaks: by ALPN where there is
 * TLS, else by the preface of HTTP/2 (RFC 9113, section 3.4), which no request of HTTP/1.1 begins with.
 */
#ifndef HTTP_OPENING_H
#define HTTP_OPENING_H

#include "http/conn.h"

struct opening_choice {
  bool no_http1, no_http2;
};

/*
 * Makes the link's codec. Once the client's choice is known the connection is replaced by one of h1.h or h2.h, at the
 * same place of the owner's list. WEIR_ERR_NOMEM.
 */
weir_status opening_new(struct http_link *link, const struct http_limits *limits, struct opening_choice choice,
                        const struct http_owner *owner, void *owner_data, struct http_conn **ret);

#endif
