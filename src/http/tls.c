/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * One connection's TLS over two memory buffers: what came from the socket, and what goes there. OpenSSL allocates with
 * malloc(). What failed is told as one of wasi:http's codes. Parts: failures; life; bytes; questions.
 */
#include "http/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "http/tls_context.h"

struct http_tls {
  SSL *ssl;
  BIO *in, *out; /* owned by `ssl` */
  char *subject;
  bool is_ready, has_ended, has_failed;
};

/* ---- failures ---------------------------------------------------------------------------------------------------- */

/* Reads the oldest error of OpenSSL's queue, and empties the queue. */
static struct http_failure failure_of(struct http_tls *t) {
  unsigned long error = ERR_peek_error();
  int reason = ERR_GET_REASON(error);
  ERR_clear_error();
  if (SSL_get_verify_result(t->ssl) != X509_V_OK || reason == SSL_R_CERTIFICATE_VERIFY_FAILED)
    return http_failure(HTTP_TLS_CERTIFICATE_ERROR);
  if (ERR_GET_LIB(error) == ERR_LIB_SSL && reason >= SSL_AD_REASON_OFFSET) {
    int alert = reason - SSL_AD_REASON_OFFSET;
    struct http_failure why = http_failure_text(HTTP_TLS_ALERT_RECEIVED, str_from(SSL_alert_desc_string_long(alert)));
    why.has_number = true;
    why.number = (uint64_t)alert;
    return why;
  }
  return http_failure(HTTP_TLS_PROTOCOL_ERROR);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

/* A client's: asks for the host, and wants its name in the certificate. */
static bool set_host(SSL *ssl, const char *host) {
  unsigned char address[sizeof(struct in6_addr)];
  bool is_address = inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
  if (is_address)
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set_tlsext_host_name(ssl, host) == 1 && SSL_set1_host(ssl, host) == 1;
}

struct http_tls *http_tls_new(const struct http_tls_context *c, const char *host) {
  struct http_tls *t = calloc(1, sizeof(*t));
  if (!t)
    return NULL;
  t->ssl = SSL_new(c->usual);
  t->in = BIO_new(BIO_s_mem());
  t->out = BIO_new(BIO_s_mem());
  if (!t->ssl || !t->in || !t->out || (c->is_client && host && !set_host(t->ssl, host))) {
    BIO_free(t->in);
    BIO_free(t->out);
    SSL_free(t->ssl);
    free(t);
    return NULL;
  }
  SSL_set_bio(t->ssl, t->in, t->out);
  if (c->is_client) {
    SSL_set_connect_state(t->ssl);
    SSL_do_handshake(t->ssl); /* the first words are the client's */
  } else {
    SSL_set_accept_state(t->ssl);
  }
  return t;
}

void http_tls_free(struct http_tls *t) {
  SSL_free(t->ssl);
  OPENSSL_free(t->subject);
  free(t);
}

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

bool http_tls_give(struct http_tls *t, const uint8_t *bytes, size_t size) {
  return BIO_write(t->in, bytes, (int)size) == (int)size;
}

static void note_ready(struct http_tls *t) {
  t->is_ready = true;
  X509 *certificate = SSL_get0_peer_certificate(t->ssl);
  if (certificate && SSL_get_verify_result(t->ssl) == X509_V_OK)
    t->subject = X509_NAME_oneline(X509_get_subject_name(certificate), NULL, 0);
}

int64_t http_tls_read(struct http_tls *t, uint8_t *bytes, size_t size, struct http_failure *ret) {
  ERR_clear_error();
  int got = SSL_read(t->ssl, bytes, (int)size);
  if (!t->is_ready && SSL_is_init_finished(t->ssl))
    note_ready(t);
  if (got > 0)
    return got;
  switch (SSL_get_error(t->ssl, got)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return 0;
    case SSL_ERROR_ZERO_RETURN:
      t->has_ended = true;
      return 0;
    default:
      t->has_failed = true;
      *ret = failure_of(t);
      return -1;
  }
}

bool http_tls_write(struct http_tls *t, const uint8_t *bytes, size_t size) {
  ERR_clear_error();
  if (!t->has_failed && SSL_write(t->ssl, bytes, (int)size) == (int)size)
    return true;
  t->has_failed = true;
  return false;
}

void http_tls_end(struct http_tls *t) {
  ERR_clear_error();
  if (t->is_ready && !t->has_failed)
    SSL_shutdown(t->ssl);
}

size_t http_tls_waiting(const struct http_tls *t) {
  return BIO_ctrl_pending(t->out);
}

size_t http_tls_take(struct http_tls *t, uint8_t *bytes, size_t size) {
  int got = BIO_read(t->out, bytes, (int)size);
  return got > 0 ? (size_t)got : 0;
}

/* ---- questions --------------------------------------------------------------------------------------------------- */

bool http_tls_ready(const struct http_tls *t) {
  return t->is_ready;
}

bool http_tls_ended(const struct http_tls *t) {
  return t->has_ended;
}

bool http_tls_is_http2(const struct http_tls *t) {
  const unsigned char *protocol;
  unsigned size;
  SSL_get0_alpn_selected(t->ssl, &protocol, &size);
  return size == 2 && memcmp(protocol, "h2", 2) == 0;
}

const char *http_tls_subject(const struct http_tls *t) {
  return t->subject;
}
