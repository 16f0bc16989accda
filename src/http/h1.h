/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* HTTP/1.1 on a link, for both ends: one exchange after another. */
#ifndef HTTP_H1_H
#define HTTP_H1_H

#include "http/conn.h"

/* Makes the link's codec; the owner is told from now on. WEIR_ERR_NOMEM. */
weir_status h1_new(struct http_link *link, const struct http_limits *limits, bool is_client,
                   const struct http_owner *owner, void *owner_data, struct http_conn **ret);

#endif
