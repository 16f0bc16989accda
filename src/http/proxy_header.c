/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The PROXY protocol's header (proxy_header.h), as the specification of HAProxy 2.9 has it.
 *
 * What holds: what is read is what its sender wrote, or the header is wrong: numbers in their shortest form, one space
 * between words. In order: where the header ends; version 1; version 2.
 */
#include "http/proxy_header.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/str.h"

static const uint8_t line_start[] = {'P', 'R', 'O', 'X', 'Y', ' '};
static const uint8_t signature[] = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};

enum { LINE_MOST = 107, HEAD = 16, STREAM_V4 = 0x11, STREAM_V6 = 0x21, STREAM_UNIX = 0x31 };
enum { V4_SIZE = 12, V6_SIZE = 36, UNIX_SIZE = 216, NUMBER_MOST = 5 };

/* ---- where the header ends --------------------------------------------------------------------------------------- */

static enum proxy_progress line_progress(const struct proxy_header *h) {
  uint8_t last = h->bytes[h->size - 1];
  if (h->size <= sizeof(line_start))
    return last == line_start[h->size - 1] ? PROXY_MORE : PROXY_WRONG;
  if (last == '\n')
    return h->bytes[h->size - 2] == '\r' ? PROXY_DONE : PROXY_WRONG;
  return h->size < LINE_MOST ? PROXY_MORE : PROXY_WRONG;
}

static uint32_t body_size(const struct proxy_header *h) {
  return (uint32_t)h->bytes[14] << 8 | h->bytes[15];
}

static enum proxy_progress binary_progress(const struct proxy_header *h) {
  if (h->size <= sizeof(signature))
    return h->bytes[h->size - 1] == signature[h->size - 1] ? PROXY_MORE : PROXY_WRONG;
  if (h->size < HEAD)
    return PROXY_MORE;
  if (body_size(h) > PROXY_HEADER_BODY)
    return PROXY_WRONG;
  return h->size < HEAD + body_size(h) ? PROXY_MORE : PROXY_DONE;
}

enum proxy_progress proxy_header_read(struct proxy_header *h, const uint8_t *bytes, size_t size, size_t *ret_taken) {
  enum proxy_progress progress = PROXY_MORE;
  size_t taken = 0;
  while (progress == PROXY_MORE && taken < size) {
    if (h->size < PROXY_HEADER_KEPT)
      h->bytes[h->size] = bytes[taken];
    h->size++;
    taken++;
    progress = h->bytes[0] == line_start[0] ? line_progress(h) : binary_progress(h);
  }
  *ret_taken = taken;
  return progress;
}

/* ---- version 1 --------------------------------------------------------------------------------------------------- */

/* Cuts a word off, up to the next space or the end; false: it is empty. */
static bool next_word(struct str *line, struct str *ret) {
  const char *space = memchr(line->data, ' ', line->size);
  size_t size = space ? (size_t)(space - line->data) : line->size;
  *ret = (struct str){line->data, size};
  size += space ? 1 : 0;
  *line = (struct str){line->data + size, line->size - size};
  return ret->size > 0;
}

static bool read_port(struct str word, in_port_t *ret) {
  uint32_t port = 0;
  if (word.size == 0 || word.size > NUMBER_MOST || (word.size > 1 && word.data[0] == '0'))
    return false;
  for (size_t i = 0; i < word.size; i++) {
    if (word.data[i] < '0' || word.data[i] > '9')
      return false;
    port = port * 10 + (uint32_t)(word.data[i] - '0');
  }
  *ret = htons((uint16_t)port);
  return port <= UINT16_MAX;
}

static bool read_address(struct str word, int family, void *ret) {
  char text[INET6_ADDRSTRLEN];
  if (word.size >= sizeof(text) || memchr(word.data, '\0', word.size))
    return false;
  memcpy(text, word.data, word.size);
  text[word.size] = '\0';
  return inet_pton(family, text, ret) == 1;
}

static bool read_end(struct str address, struct str port, int family, struct sockaddr_storage *ret) {
  struct sockaddr_in *v4 = (void *)ret;
  struct sockaddr_in6 *v6 = (void *)ret;
  *ret = (struct sockaddr_storage){.ss_family = (sa_family_t)family};
  return family == AF_INET ? read_address(address, family, &v4->sin_addr) && read_port(port, &v4->sin_port)
                           : read_address(address, family, &v6->sin6_addr) && read_port(port, &v6->sin6_port);
}

static enum proxy_word line_word(struct str line, struct sockaddr_storage *remote, struct sockaddr_storage *local) {
  struct str kind, words[4];
  struct sockaddr_storage from, to;
  if (!next_word(&line, &kind))
    return PROXY_NONSENSE;
  if (str_eq(kind, STR("UNKNOWN")))
    return PROXY_NOTHING;
  int family = str_eq(kind, STR("TCP4")) ? AF_INET : AF_INET6;
  if (family == AF_INET6 && !str_eq(kind, STR("TCP6")))
    return PROXY_NONSENSE;
  for (int i = 0; i < 4; i++)
    if (!next_word(&line, &words[i]))
      return PROXY_NONSENSE;
  bool has_more = line.size > 0 || words[3].data + words[3].size != line.data;
  if (has_more || !read_end(words[0], words[2], family, &from) || !read_end(words[1], words[3], family, &to))
    return PROXY_NONSENSE;
  *remote = from;
  *local = to;
  return PROXY_ADDRESSES;
}

/* ---- version 2 --------------------------------------------------------------------------------------------------- */

static void take_v4(const uint8_t *from, const uint8_t *port, struct sockaddr_storage *ret) {
  struct sockaddr_in *a = (void *)ret;
  *ret = (struct sockaddr_storage){.ss_family = AF_INET};
  memcpy(&a->sin_addr, from, sizeof(a->sin_addr));
  memcpy(&a->sin_port, port, sizeof(a->sin_port));
}

static void take_v6(const uint8_t *from, const uint8_t *port, struct sockaddr_storage *ret) {
  struct sockaddr_in6 *a = (void *)ret;
  *ret = (struct sockaddr_storage){.ss_family = AF_INET6};
  memcpy(&a->sin6_addr, from, sizeof(a->sin6_addr));
  memcpy(&a->sin6_port, port, sizeof(a->sin6_port));
}

static enum proxy_word binary_word(const struct proxy_header *h, struct sockaddr_storage *remote,
                                   struct sockaddr_storage *local) {
  enum { LOCAL = 0x20, PROXY = 0x21, UNSPECIFIED = 0x00 };
  const uint8_t *body = h->bytes + HEAD;
  uint8_t command = h->bytes[12], family = h->bytes[13];
  uint32_t size = body_size(h);
  if (command == LOCAL || (command == PROXY && family == UNSPECIFIED))
    return PROXY_NOTHING;
  if (command != PROXY)
    return PROXY_NONSENSE;
  if (family == STREAM_UNIX)
    return size >= UNIX_SIZE ? PROXY_NOTHING : PROXY_NONSENSE;
  if (family == STREAM_V4 && size >= V4_SIZE) {
    take_v4(body, body + 8, remote);
    take_v4(body + 4, body + 10, local);
    return PROXY_ADDRESSES;
  }
  if (family != STREAM_V6 || size < V6_SIZE)
    return PROXY_NONSENSE;
  take_v6(body, body + 32, remote);
  take_v6(body + 16, body + 34, local);
  return PROXY_ADDRESSES;
}

enum proxy_word proxy_header_word(const struct proxy_header *h, struct sockaddr_storage *remote,
                                  struct sockaddr_storage *local) {
  if (h->bytes[0] != line_start[0])
    return binary_word(h, remote, local);
  size_t start = sizeof(line_start), end = h->size - 2; /* without the line's end */
  if (end < start)
    return PROXY_NONSENSE;
  return line_word((struct str){(const char *)h->bytes + start, end - start}, remote, local);
}
