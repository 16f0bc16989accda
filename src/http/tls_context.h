/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A configuration of TLS (tls_config.h), for tls.c and tls_context.c. */
#ifndef HTTP_TLS_CONTEXT_H
#define HTTP_TLS_CONTEXT_H

#include <openssl/ssl.h>

#include "base/vec.h"
#include "http/tls_config.h"

/* A context of OpenSSL for one host. */
struct tls_named {
  char *host; /* a copy, of malloc() */
  SSL_CTX *ssl;
};

struct http_tls_context {
  const struct weir_alloc *alloc;
  SSL_CTX *usual; /* of the first identity without a host, or of the first */
  VEC(struct tls_named) named;
  unsigned char protocols[16]; /* for ALPN: each with its size in front */
  unsigned protocols_size;
  bool is_client;
};

#endif
