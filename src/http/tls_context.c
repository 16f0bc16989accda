/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What TLS connections share: certificates, authorities, protocols. A server has one context of OpenSSL for each
 * identity, and changes to the one that the client's name asks for. Parts: names; protocols; files; making.
 */
#include "http/tls_context.h"

#include <openssl/err.h>
#include <stdlib.h>

#include "base/mem.h"
#include "http/fields.h"

/* ---- names (RFC 6066, section 3) --------------------------------------------------------------------------------- */

/* A pattern that begins with an asterisk is for one more label. */
static bool host_fits(const char *pattern, const char *name) {
  if (strncmp(pattern, "*.", 2) != 0)
    return http_name_eq(str_from(pattern), str_from(name));
  const char *dot = strchr(name, '.');
  return dot && dot > name && http_name_eq(str_from(pattern + 1), str_from(dot));
}

static int on_name(SSL *ssl, int *alert, void *data) {
  const struct http_tls_context *c = data;
  const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  (void)alert;
  for (uint32_t i = 0; name && i < c->named.count; i++) {
    if (host_fits(c->named.data[i].host, name)) {
      SSL_set_SSL_CTX(ssl, c->named.data[i].ssl);
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_OK;
}

/* ---- protocols (RFC 7301) ---------------------------------------------------------------------------------------- */

static void list_protocols(struct http_tls_context *c, const struct http_tls_config *config) {
  static const char http2[] = "\x02h2", http1[] = "\x08http/1.1";
  if (!config->no_http2) {
    memcpy(c->protocols, http2, sizeof(http2) - 1);
    c->protocols_size = sizeof(http2) - 1;
  }
  if (!config->no_http1) {
    memcpy(c->protocols + c->protocols_size, http1, sizeof(http1) - 1);
    c->protocols_size += sizeof(http1) - 1;
  }
}

static int on_protocols(SSL *ssl, const unsigned char **ret, unsigned char *ret_size, const unsigned char *offered,
                        unsigned offered_size, void *data) {
  const struct http_tls_context *c = data;
  unsigned char *chosen;
  (void)ssl;
  if (SSL_select_next_proto(&chosen, ret_size, c->protocols, c->protocols_size, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *ret = chosen;
  return SSL_TLSEXT_ERR_OK;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static weir_status file_fault(const char *path, struct diag *d) {
  char text[160];
  ERR_error_string_n(ERR_peek_error(), text, sizeof(text));
  ERR_clear_error();
  return diag_set(d, WEIR_ERR_INVALID, "%s: not usable for TLS (%s)", path, text);
}

static weir_status load_identity(SSL_CTX *ssl, const struct http_tls_identity *identity, struct diag *d) {
  if (SSL_CTX_use_certificate_chain_file(ssl, identity->certificate) != 1)
    return file_fault(identity->certificate, d);
  if (SSL_CTX_use_PrivateKey_file(ssl, identity->key, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(ssl) != 1)
    return file_fault(identity->key, d);
  return WEIR_OK;
}

static weir_status load_authorities(SSL_CTX *ssl, const struct http_tls_config *config, struct diag *d) {
  if (config->is_client && config->trusts_all)
    return WEIR_OK;
  if (!config->is_client && !config->authorities)
    return WEIR_OK;
  SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  if (!config->authorities)
    return SSL_CTX_set_default_verify_paths(ssl) == 1 ? WEIR_OK : file_fault("the system's certificates", d);
  if (SSL_CTX_load_verify_locations(ssl, config->authorities, NULL) != 1)
    return file_fault(config->authorities, d);
  return WEIR_OK;
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

static weir_status make(struct http_tls_context *c, const struct http_tls_config *config,
                        const struct http_tls_identity *identity, SSL_CTX **ret, struct diag *d) {
  SSL_CTX *ssl = SSL_CTX_new(config->is_client ? TLS_client_method() : TLS_server_method());
  if (!ssl)
    return diag_nomem(d);
  SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
  SSL_CTX_set_options(ssl, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
  weir_status status = identity ? load_identity(ssl, identity, d) : WEIR_OK;
  if (status == WEIR_OK)
    status = load_authorities(ssl, config, d);
  if (status != WEIR_OK) {
    SSL_CTX_free(ssl);
    return status;
  }
  if (config->is_client) {
    SSL_CTX_set_alpn_protos(ssl, c->protocols, c->protocols_size);
  } else {
    SSL_CTX_set_alpn_select_cb(ssl, on_protocols, c);
    SSL_CTX_set_tlsext_servername_callback(ssl, on_name);
    SSL_CTX_set_tlsext_servername_arg(ssl, c);
    SSL_CTX_set_session_id_context(ssl, (const unsigned char *)"weir", 4);
  }
  *ret = ssl;
  return WEIR_OK;
}

static weir_status add_identity(struct http_tls_context *c, const struct http_tls_config *config,
                                const struct http_tls_identity *identity, struct diag *d) {
  struct tls_named named = {0};
  WEIR_TRY(make(c, config, identity, &named.ssl, d));
  if (!c->usual && !identity->host) {
    c->usual = named.ssl;
    return WEIR_OK;
  }
  named.host = strdup(identity->host ? identity->host : "");
  if (!named.host || !VEC_PUSH(c->alloc, &c->named, named)) {
    free(named.host);
    SSL_CTX_free(named.ssl);
    return diag_nomem(d);
  }
  return WEIR_OK;
}

weir_status http_tls_context_new(const struct weir_alloc *alloc, const struct http_tls_config *config,
                                 struct http_tls_context **ret, struct diag *d) {
  struct http_tls_context *c = mem_zalloc(alloc, sizeof(*c));
  if (!c)
    return diag_nomem(d);
  c->alloc = alloc;
  c->is_client = config->is_client;
  list_protocols(c, config);
  weir_status status = WEIR_OK;
  for (size_t i = 0; i < config->identity_count && status == WEIR_OK; i++)
    status = add_identity(c, config, &config->identities[i], d);
  if (status == WEIR_OK && config->identity_count == 0)
    status = config->is_client ? make(c, config, NULL, &c->usual, d)
                               : diag_set(d, WEIR_ERR_INVALID, "a server of TLS needs a certificate");
  if (status == WEIR_OK && !c->usual) {
    c->usual = c->named.data[0].ssl;
    SSL_CTX_up_ref(c->usual);
  }
  if (status != WEIR_OK) {
    http_tls_context_free(c);
    return status;
  }
  *ret = c;
  return WEIR_OK;
}

void http_tls_context_free(struct http_tls_context *c) {
  if (!c)
    return;
  for (uint32_t i = 0; i < c->named.count; i++) {
    free(c->named.data[i].host);
    SSL_CTX_free(c->named.data[i].ssl);
  }
  VEC_DONE(c->alloc, &c->named);
  SSL_CTX_free(c->usual);
  mem_free(c->alloc, c, sizeof(*c));
}
