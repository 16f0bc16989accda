/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See trust.h. Servers have a handful of ranges, so each is looked at. */
#include "serve/trust.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

enum { V4_BITS = 32, V6_BITS = 128, MAPPED_BITS = 96, MAPPED = 12 };

const struct trust trust_usual[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127}, MAPPED_BITS + 8},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, V6_BITS},
};

static void map_v4(const void *v4, uint8_t ret[16]) {
  memset(ret, 0, 10);
  memset(ret + 10, 0xff, 2);
  memcpy(ret + MAPPED, v4, 4);
}

/* Up to three digits, up to `most`. */
static bool read_bits(const char *text, uint32_t most, uint32_t *ret) {
  uint32_t bits = 0;
  size_t size = strlen(text);
  if (size == 0 || size > 3)
    return false;
  for (size_t i = 0; i < size; i++) {
    if (text[i] < '0' || text[i] > '9')
      return false;
    bits = bits * 10 + (uint32_t)(text[i] - '0');
  }
  *ret = bits;
  return bits <= most;
}

bool trust_read(const char *text, struct trust *ret) {
  char host[INET6_ADDRSTRLEN];
  uint8_t v4[4];
  const char *slash = strchr(text, '/');
  size_t size = slash ? (size_t)(slash - text) : strlen(text);
  if (size >= sizeof(host))
    return false;
  memcpy(host, text, size);
  host[size] = '\0';
  bool is_v4 = inet_pton(AF_INET, host, v4) == 1;
  if (is_v4)
    map_v4(v4, ret->address);
  else if (inet_pton(AF_INET6, host, ret->address) != 1)
    return false;
  uint32_t most = is_v4 ? V4_BITS : V6_BITS, bits = most;
  if (slash && !read_bits(slash + 1, most, &bits))
    return false;
  ret->bits = (uint8_t)(is_v4 ? MAPPED_BITS + bits : bits);
  return true;
}

static bool in_range(const struct trust *range, const uint8_t address[16]) {
  uint32_t whole = range->bits / 8, rest = range->bits % 8;
  uint8_t mask = (uint8_t)(0xff00 >> rest);
  if (memcmp(range->address, address, whole) != 0)
    return false;
  return rest == 0 || ((range->address[whole] ^ address[whole]) & mask) == 0;
}

bool trust_has(const struct trust *ranges, uint32_t count, const struct sockaddr *address) {
  uint8_t bytes[16];
  if (address->sa_family == AF_INET)
    map_v4(&((const struct sockaddr_in *)(const void *)address)->sin_addr, bytes);
  else if (address->sa_family == AF_INET6)
    memcpy(bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, sizeof(bytes));
  else
    return false;
  for (uint32_t i = 0; i < count; i++)
    if (in_range(&ranges[i], bytes))
      return true;
  return false;
}
