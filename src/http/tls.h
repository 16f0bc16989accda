/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * TLS as a machine that takes and gives bytes (OpenSSL over memory), for both ends: 1.2 and 1.3, ALPN for "h2" and
 * "http/1.1", certificates by the name that a client asks for (SNI), and verification of the other end.
 */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include <stddef.h>
#include <stdint.h>

#include "http/failure.h"

struct http_tls_context; /* tls_context.h */
struct http_tls;

/* One connection's end. `host`: a client's: whom it wants, by name or address. NULL: out of memory. */
struct http_tls *http_tls_new(const struct http_tls_context *c, const char *host);
void http_tls_free(struct http_tls *t);

/* Gives what came from the socket. false: out of memory. */
bool http_tls_give(struct http_tls *t, const uint8_t *bytes, size_t size);
/*
 * Decrypted bytes: how many; 0: no more now, or the other end has ended (http_tls_ended()); -1: it failed, and `*ret`
 * says why. Goes on with the handshake.
 */
int64_t http_tls_read(struct http_tls *t, uint8_t *bytes, size_t size, struct http_failure *ret);
/* Whether the handshake is over, and whether the other end has said that it sends no more. */
bool http_tls_ready(const struct http_tls *t);
bool http_tls_ended(const struct http_tls *t);
/* After the handshake: whether both agreed on "h2"; the subject of the other end's verified certificate, or NULL. */
bool http_tls_is_http2(const struct http_tls *t);
const char *http_tls_subject(const struct http_tls *t);
/* Encrypts all of it. false: it failed. */
bool http_tls_write(struct http_tls *t, const uint8_t *bytes, size_t size);
/* Says that this end sends no more. */
void http_tls_end(struct http_tls *t);
/* What waits for the socket, and takes it: returns how many bytes. */
size_t http_tls_waiting(const struct http_tls *t);
size_t http_tls_take(struct http_tls *t, uint8_t *bytes, size_t size);

#endif
