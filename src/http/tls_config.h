/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What TLS connections of one configuration share: certificates, by the name that a client asks for (SNI), who vouches
 * for the other end, and the protocols to agree on (ALPN).
 */
#ifndef HTTP_TLS_CONFIG_H
#define HTTP_TLS_CONFIG_H

#include "base/diag.h"
#include "weir/alloc.h"

/* A certificate (a PEM file with its chain) and its key. */
struct http_tls_identity {
  const char *host; /* whom it is for: a name, maybe with "*" as its first label; NULL: everybody else */
  const char *certificate, *key;
};

struct http_tls_config {
  bool is_client;
  bool no_http1, no_http2;                    /* what ALPN does not offer */
  const struct http_tls_identity *identities; /* a server's, at least one; a client's own, or none */
  size_t identity_count;
  const char *authorities; /* PEM file: who vouches for the other end. NULL: a client takes the system's, and a
                              server asks for no certificate */
  bool trusts_all;         /* a client's: verifies nothing. For tests. */
};

/* What connections of one configuration share. Immutable once made; counted by its user alone. */
struct http_tls_context;

/* Reads the files. WEIR_ERR_NOMEM; WEIR_ERR_IO, WEIR_ERR_INVALID: a file that is missing or holds something else. */
weir_status http_tls_context_new(const struct weir_alloc *alloc, const struct http_tls_config *config,
                                 struct http_tls_context **ret, struct diag *d);
/* After all connections are gone. NULL is allowed. */
void http_tls_context_free(struct http_tls_context *c);

#endif
