/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A socket whose first bytes are a PROXY header: waits for the header, takes it off, and gives the socket back, to be
 * read as if the client had connected itself. TLS begins behind the header.
 */
#ifndef HTTP_PROXIED_H
#define HTTP_PROXIED_H

#include "http/loop.h"
#include "http/proxy_header.h"

struct proxied;

struct proxied_over {
  int fd; /* the caller's again; -1: closed, there was no such header in time */
  bool has_addresses;
  struct sockaddr_storage remote, local; /* of the client, as the proxy says */
};

/*
 * Takes the socket over, on failure too. `over` is told once, from the loop or from proxied_close(); `p` is gone then.
 * WEIR_ERR_NOMEM.
 */
weir_status proxied_new(struct http_loop *loop, int fd, uint32_t milliseconds,
                        void (*over)(void *data, struct proxied *p, const struct proxied_over *how), void *data,
                        struct proxied **ret);
void proxied_close(struct proxied *p);

/* For lists of the owner's, which it leaves before `over` returns. */
struct list *proxied_node(struct proxied *p);
struct proxied *proxied_of(struct list *node);

#endif
