/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What proxies say of a request in its fields: whose it is, and how it came to the first of them. `Forwarded` (RFC
 * 7239), or `X-Forwarded-For`, `-Proto` and `-Host`.
 *
 * What holds: only what a believed proxy has added counts. Proxies add at the end, so the list is read from there, as
 * long as the one who has added the next element is believed.
 */
#ifndef SERVE_FORWARDED_H
#define SERVE_FORWARDED_H

#include "http/fields.h"
#include "serve/trust.h"
#include "weir/serve.h"

enum { FORWARDED_HOPS = 16 }; /* elements that are looked at, from the end */

struct forwarded {
  bool is_believed;               /* the other end of the connection is */
  struct sockaddr_storage client; /* the other end, or whom it speaks for */
  struct str scheme;              /* "http", "https": static; "": not said */
  struct str host;                /* in the fields; "": not said */
};

/* `peer`: the other end of the connection. `kind`: not WEIR_SERVE_FORWARDED_NONE. */
void forwarded_read(const struct http_fields *fields, weir_serve_forwarded kind, const struct sockaddr_storage *peer,
                    const struct trust *ranges, uint32_t count, struct forwarded *ret);

/* Removes all fields of both kinds: what a client that is not believed says of others. */
void forwarded_remove(struct http_fields *fields);

/* Reads an address as both kinds write them: "192.0.2.1:80", "[2001:db8::1]:80", without a port, without brackets. */
bool forwarded_node(struct str text, struct sockaddr_storage *ret);

#endif
