/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Certificates and keys for tests, in files of a folder of their own. */
#ifndef UNIT_HTTP_IDENTITY_H
#define UNIT_HTTP_IDENTITY_H

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct identity {
  char folder[64], certificate[96], key[96];
};

static inline void identity_name(X509 *certificate, const char *names) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, NID_subject_alt_name, names);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

static inline void identity_write(struct identity *ret, X509 *certificate, EVP_PKEY *key) {
  snprintf(ret->folder, sizeof(ret->folder), "/tmp/weir-tls-XXXXXX");
  if (!mkdtemp(ret->folder))
    abort();
  snprintf(ret->certificate, sizeof(ret->certificate), "%s/certificate.pem", ret->folder);
  snprintf(ret->key, sizeof(ret->key), "%s/key.pem", ret->folder);
  FILE *file = fopen(ret->certificate, "w");
  PEM_write_X509(file, certificate);
  fclose(file);
  file = fopen(ret->key, "w");
  PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
  fclose(file);
}

/* One that vouches for itself, for names such as "DNS:a.test,IP:127.0.0.1". */
static inline struct identity identity_new(const char *common, const char *names) {
  struct identity ret;
  EVP_PKEY *key = EVP_EC_gen("P-256");
  X509 *certificate = X509_new();
  X509_NAME *name = X509_get_subject_name(certificate);
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
  X509_set_pubkey(certificate, key);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)common, -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  identity_name(certificate, names);
  X509_sign(certificate, key, EVP_sha256());
  identity_write(&ret, certificate, key);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return ret;
}

static inline void identity_done(struct identity *identity) {
  unlink(identity->certificate);
  unlink(identity->key);
  rmdir(identity->folder);
}

#endif
