/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* HTTP/2: to come. */
#include "http/h2.h"

weir_status h2_new(struct http_link *link, const struct http_limits *limits, bool is_client,
                   const struct http_owner *owner, void *owner_data, struct http_conn **ret) {
  (void)link;
  (void)limits;
  (void)is_client;
  (void)owner;
  (void)owner_data;
  (void)ret;
  return WEIR_ERR_UNSUPPORTED;
}
