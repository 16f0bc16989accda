/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The usual limits of connections. */
#include "http/conn.h"

struct http_limits http_limits_usual(const struct http_limits *given) {
  struct http_limits l = *given;
  l.head_bytes = l.head_bytes ? l.head_bytes : 65536;
  l.head_count = l.head_count ? l.head_count : 128;
  l.target_bytes = l.target_bytes ? l.target_bytes : 16384;
  l.body_bytes = l.body_bytes ? l.body_bytes : UINT64_MAX;
  l.streams = l.streams ? l.streams : 128;
  l.requests = l.requests ? l.requests : UINT32_MAX;
  l.handshake_ms = l.handshake_ms ? l.handshake_ms : 10000;
  l.head_ms = l.head_ms ? l.head_ms : 10000;
  l.body_ms = l.body_ms ? l.body_ms : 30000;
  l.write_ms = l.write_ms ? l.write_ms : 30000;
  l.idle_ms = l.idle_ms ? l.idle_ms : 60000;
  l.drop_bytes = l.drop_bytes ? l.drop_bytes : 262144;
  return l;
}
