/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* HTTP/2 on a link, for both ends (RFC 9113): many exchanges at once. nghttp2 has the frames. */
#ifndef HTTP_H2_H
#define HTTP_H2_H

#include "http/conn.h"

/* Makes the link's codec; the owner is told from now on. WEIR_ERR_NOMEM. */
weir_status h2_new(struct http_link *link, const struct http_limits *limits, bool is_client,
                   const struct http_owner *owner, void *owner_data, struct http_conn **ret);

#endif
