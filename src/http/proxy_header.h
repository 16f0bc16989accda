/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The header that a proxy sends in front of all else on a connection, to say whose connection it passes on: version 1
 * (a line of text) and version 2 (binary) of the PROXY protocol. Bytes in, addresses out; no socket.
 *
 * What always holds: no byte behind the header is taken, and no header is longer than PROXY_HEADER_MOST.
 */
#ifndef HTTP_PROXY_HEADER_H
#define HTTP_PROXY_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
  PROXY_HEADER_KEPT = 128,  /* bytes of a header that say anything: a whole line, or the addresses */
  PROXY_HEADER_BODY = 4096, /* of version 2: addresses and further values, which are skipped */
  PROXY_HEADER_MOST = 16 + PROXY_HEADER_BODY
};

struct proxy_header {
  uint8_t bytes[PROXY_HEADER_KEPT];
  uint32_t size; /* so far, with those that are not kept */
};

enum proxy_progress { PROXY_MORE, PROXY_DONE, PROXY_WRONG };

/* Takes bytes of the header; `ret_taken`: how many of these are the header's. */
enum proxy_progress proxy_header_read(struct proxy_header *h, const uint8_t *bytes, size_t size, size_t *ret_taken);

enum proxy_word {
  PROXY_ADDRESSES, /* `remote` and `local` are set */
  PROXY_NOTHING,   /* it speaks for itself, or does not know: the connection's own addresses hold */
  PROXY_NONSENSE
};

/* What a header says that is PROXY_DONE. Both are untouched but for PROXY_ADDRESSES. */
enum proxy_word proxy_header_word(const struct proxy_header *h, struct sockaddr_storage *remote,
                                  struct sockaddr_storage *local);

#endif
