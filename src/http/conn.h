/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What connections of HTTP/1.1 and HTTP/2 have in common for those that own them, servers and clients: limits, what an
 * owner is told, and what it may ask for.
 */
#ifndef HTTP_CONN_H
#define HTTP_CONN_H

#include "http/link.h"
#include "http/stream.h"

/* Bounds of what the other end may do. 0: the usual value, which stands beside each. Times are in milliseconds. */
struct http_limits {
  uint32_t head_bytes;   /* 65536: of a head, and of trailers; each field costs HTTP_FIELD_COST more */
  uint32_t head_count;   /* 128: fields */
  uint32_t target_bytes; /* 16384: of a request's target */
  uint64_t body_bytes;   /* no limit: of a body that is received */
  uint32_t streams;      /* 128: HTTP/2's, at once in a connection */
  uint32_t requests;     /* no limit: of a connection, until it is closed */
  uint32_t handshake_ms; /* 10000: TLS, and the first byte of a connection */
  uint32_t head_ms;      /* 10000: from the first byte of a head to its last */
  uint32_t body_ms;      /* 30000: until the next bytes of a body that the user reads */
  uint32_t write_ms;     /* 30000: until the other end takes bytes that wait for it */
  uint32_t idle_ms;      /* 60000: between requests */
  uint32_t drop_bytes;   /* 262144: of a request's body that nobody reads, before the connection is closed instead */
};

/* Replaces each 0 by the usual value. */
struct http_limits http_limits_usual(const struct http_limits *given);

struct http_conn;

/* What the owner of a connection is told, from the loop. */
struct http_owner {
  /* A server's: a request's head is there. The owner calls http_listen(), now or later, and releases it. */
  void (*request)(void *owner, struct http_conn *conn, struct http_exchange *x);
  /* A client's: the stream leaves the connection. */
  void (*over)(void *owner, struct http_conn *conn, struct http_stream *s);
  /*
   * A client's: the connection broke before the response began. true: the owner took the stream back, and `over` is
   * not told of it.
   */
  bool (*retry)(void *owner, struct http_conn *conn, struct http_stream *s);
  /* A client's: how many requests the connection takes at once has changed. */
  void (*room)(void *owner, struct http_conn *conn);
  /* The connection is gone with all its streams. */
  void (*gone)(void *owner, struct http_conn *conn);
};

struct http_conn_ops {
  /* Takes no more requests: what is live goes on, and the connection closes after. */
  void (*drain)(struct http_conn *conn);
  /* A client's: sends the request of a stream that it attaches. The head is borrowed. */
  void (*start)(struct http_conn *conn, struct http_stream *s, const struct http_head *head, bool end);
};

/* A codec's connection begins with it. */
struct http_conn {
  const struct http_conn_ops *ops;
  struct http_link *link;
  const struct http_limits *limits;
  const struct http_owner *owner;
  void *owner_data;
  struct list node; /* the owner's */
  uint32_t live;    /* streams that are attached */
  uint64_t begun;   /* streams so far */
  uint32_t takes;   /* requests at once: a client's */
  bool is_client;
  bool is_draining;
};

#endif
