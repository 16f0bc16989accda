/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Property: fields of proxies never make more of a client than an address that stands in them; without trust they say
 * nothing; what stands in front of what is believed changes nothing. The input is the value of a field, of the kind
 * that its first byte says.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include "base/mem.h"
#include "serve/forwarded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition) {
  if (!condition)
    abort();
}

static struct forwarded learn(weir_serve_forwarded kind, struct str front, struct str value, const struct trust *t) {
  struct str name = kind == WEIR_SERVE_FORWARDED_X ? STR("x-forwarded-for") : STR("forwarded");
  struct sockaddr_storage peer = {0};
  struct http_fields fields;
  struct forwarded f;
  must(forwarded_node(STR("127.0.0.1:7"), &peer));
  http_fields_init(&fields, &mem_system);
  if (front.size > 0)
    http_fields_add(&fields, name, front);
  http_fields_add(&fields, name, value);
  forwarded_read(&fields, kind, &peer, t, t ? 1 : 0, &f);
  must(f.host.size <= 255 && (f.scheme.size == 0 || f.scheme.size == 4 || f.scheme.size == 5));
  must(f.client.ss_family == AF_INET || f.client.ss_family == AF_INET6);
  must(t || memcmp(&f.client, &peer, sizeof(peer)) == 0);
  must(f.is_believed == (!!t));
  f.scheme = f.host = (struct str){0};
  forwarded_remove(&fields);
  must(http_fields_count(&fields) == 0);
  http_fields_done(&fields);
  return f;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2)
    return 0;
  weir_serve_forwarded kind = data[0] & 1 ? WEIR_SERVE_FORWARDED_X : WEIR_SERVE_FORWARDED_STANDARD;
  struct str value = {(const char *)data + 1, size - 1}, none = {0};
  if (!http_is_value(value))
    return 0;
  struct forwarded alone = learn(kind, none, value, trust_usual), behind;
  learn(kind, none, value, NULL);
  if (trust_has(trust_usual, TRUST_USUAL, (const struct sockaddr *)&alone.client))
    return 0; /* all of it is believed, so what stands in front counts */
  behind = learn(kind, kind == WEIR_SERVE_FORWARDED_X ? STR("6.6.6.6") : STR("for=6.6.6.6"), value, trust_usual);
  must(memcmp(&behind.client, &alone.client, sizeof(alone.client)) == 0);
  return 0;
}
