/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A carrier's end of an exchange, the same for HTTP/1.1 and HTTP/2: the memory of the received message, both
 * directions, and what the user is to be told. (HTTP/2 calls it a stream; HTTP/1.1 has one at a time.) A stream is
 * attached to its connection until both directions are over, and lives until the user has released it too. Streams are
 * used again with their memory.
 */
#ifndef HTTP_STREAM_H
#define HTTP_STREAM_H

#include "http/bytes.h"
#include "http/exchange.h"
#include "http/flow.h"

/* What is to be told, in this order; a failure goes before all. */
enum {
  HTTP_TELL_HEAD = 1,
  HTTP_TELL_READABLE = 2,
  HTTP_TELL_END = 4,
  HTTP_TELL_WRITABLE = 8,
  HTTP_TELL_SENT = 16,
  HTTP_TELL_FAILED = 32
};

enum { HTTP_PSEUDO = 4 };

struct http_stream {
  struct http_exchange x; /* first */
  struct http_loop *loop;
  void *conn;                               /* the carrier's connection; NULL: detached */
  void *job;                                /* a client's */
  uint64_t first_byte_ms, between_bytes_ms; /* a client's; 0: none */
  struct list node;                         /* of the connection's streams, or of the loop's free ones */
  struct http_due due;                      /* tells, where the carrier does not */
  struct http_head head;
  struct http_peer peer;
  struct http_fields fields, trailers;
  VEC(char) line; /* method, scheme, authority, path */
  struct http_sending sending;
  uint8_t receiving; /* http_receive_state */
  uint8_t tell;      /* HTTP_TELL_... */
  bool is_wanted;    /* the user reads the body */
  bool is_released;
  bool is_telling; /* the user is being told */
  bool is_refused; /* a writer was refused: HTTP_TELL_WRITABLE is due when there is room */
  bool has_trailers;
  bool has_failed;
  bool is_head_request; /* the request's method is HEAD */
  bool is_proxied;      /* a request whose target is the whole URL */
  bool was_sent;        /* HTTP_TELL_SENT was told */
  struct http_failure failure;
  uint64_t body_seen; /* bytes of the received body so far */
  /* HTTP/2's */
  int32_t id;
  struct http_bytes in, out;
  struct http_fields late; /* trailers to be sent */
  struct http_deadline deadline;
  uint32_t pseudo[HTTP_PSEUDO][2]; /* where in the line the values of pseudo-header fields lie */
  uint8_t code;                    /* http_failure_code, where the message cannot be taken */
  bool is_new;                     /* its user does not know of it yet */
  bool is_bad;                     /* `code` says why */
  bool has_late;
  bool expects_continue; /* and was not told to go on */
  bool is_deferred;      /* nghttp2 waits for more of `out` */
  bool was_handed;       /* its end was handed to the link */
  bool is_closed;        /* nghttp2 has forgotten it */
};

/* A stream, empty, of that carrier. NULL: out of memory. */
struct http_stream *http_stream_new(struct http_loop *loop, const struct http_carrier *carrier, void *conn);
/* The connection lets it go; it lives on until it is released. */
void http_stream_detach(struct http_stream *s);
/* The user lets it go; it lives on until it is detached. */
void http_stream_release(struct http_stream *s);

/* Breaks both directions. The user is told, unless it wished so; other news is dropped. */
void http_stream_fail(struct http_stream *s, const struct http_failure *why);
static inline void http_stream_fail_code(struct http_stream *s, enum http_failure_code code) {
  struct http_failure why = http_failure(code);
  http_stream_fail(s, &why);
}

/* Tells the user all that is to be told; from the loop only. A stream that is detached may be gone afterwards. */
void http_stream_tell(struct http_stream *s);
/* Tells before the loop sleeps. */
void http_stream_tell_later(struct http_stream *s);

/* Both directions are over. */
static inline bool http_stream_is_over(const struct http_stream *s) {
  return s->sending.state >= HTTP_SEND_DONE && s->receiving >= HTTP_RECEIVE_DONE;
}

/* The stream of an exchange that carriers made. */
static inline struct http_stream *http_stream_of(struct http_exchange *x) {
  return (struct http_stream *)(void *)x;
}

/* Appends to the line; positions become texts with http_stream_text(). false: out of memory. */
bool http_stream_line(struct http_stream *s, const char *bytes, size_t size);
static inline struct str http_stream_text(const struct http_stream *s, uint32_t from, uint32_t to) {
  return from == to ? STR("") : (struct str){s->line.data + from, to - from};
}

#endif
