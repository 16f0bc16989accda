/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A link: one TCP connection with a codec on it. The link reads, keeps what the codec does not take, writes what the
 * codec has put into `out`, and ends the connection; TLS is between (tls.h). The codec is a machine that knows no
 * socket.
 *
 * What always holds:
 * - At most HTTP_IN_MOST bytes wait in `in`, and as many again in one read; then the link stops reading.
 * - The codec's functions are called from the loop only, and `gone` is the last of them.
 * - What is in `out` is written before the loop sleeps, with one system call where the socket takes it. SIGPIPE is
 *   never raised, so the link does not write through libuv.
 */
#ifndef HTTP_LINK_H
#define HTTP_LINK_H

#include "http/bytes.h"
#include "http/exchange.h"

enum {
  HTTP_IN_MOST = 65536,
  HTTP_OUT_MOST = 131072, /* codecs add no more bodies where so much waits */
  HTTP_OUT_LOW = 32768,   /* `room` is told when less than that waits again */
  HTTP_LINGER_MS = 2000,
  HTTP_PROGRESS = 1024 /* bytes that the other end has to take in a time for writing, to be given another */
};

struct http_link;
struct http_tls;
struct http_tls_context;

struct http_codec {
  /* Offers bytes, the oldest first; returns how many were taken. What was not taken is offered again. */
  size_t (*receive)(void *codec, const uint8_t *bytes, size_t size);
  /* TLS is agreed on; told before any bytes are offered. NULL: not of interest. */
  void (*secured)(void *codec);
  /* The other end sends no more. false: what was not taken yet matters first; it is told again then. */
  bool (*ended)(void *codec);
  /* http_link_due() was asked for. */
  void (*run)(void *codec);
  /* All of `out` has gone to the system, or less than HTTP_OUT_LOW waits. */
  void (*room)(void *codec);
  /* The deadline is over. */
  void (*late)(void *codec);
  /* The connection is gone; `why` NULL: it was finished. The codec goes too. */
  void (*gone)(void *codec, const struct http_failure *why);
};

enum http_link_state {
  HTTP_LINK_OPEN,
  HTTP_LINK_FINISHING, /* what is in `out` is still written; what comes is dropped */
  HTTP_LINK_LINGERING, /* all is written, the other end was told; its last bytes are awaited and dropped */
  HTTP_LINK_CLOSED     /* the handle is closing */
};

struct http_link {
  struct http_loop *loop;
  uv_poll_t poll;
  int fd;
  int events; /* that are polled for */
  const struct http_codec *codec;
  void *data; /* the codec's */
  struct http_bytes in, out;
  struct http_tls *tls;     /* NULL: in clear */
  struct http_bytes cipher; /* with TLS: what goes to the socket */
  struct http_due due;
  struct http_deadline deadline;
  struct http_peer peer;
  struct http_failure why;
  uint64_t written; /* bytes that the system took so far */
  uint8_t state;    /* http_link_state */
  bool has_failed;  /* `why` says how */
  bool has_ended;   /* the other end sends no more */
  bool told_ended;
  bool was_full;  /* a writer was refused: `room` is due */
  bool said_end;  /* within TLS */
  bool reads_on;  /* a client's: where the other end takes no more, what it has sent is still read */
  bool is_deaf;   /* so: the other end takes no more */
  bool is_polite; /* HTTP_LINK_FINISHING: the end is told to the other end before the connection closes */
};

/*
 * A link of a socket that is connected, and that the link owns from now on, on failure too. The link counts as a holder
 * of the loop. WEIR_ERR_NOMEM.
 */
weir_status http_link_new(struct http_loop *loop, int fd, struct http_link **ret);
/* All goes through TLS, from the first byte on. `host`: see http_tls_new(). false: out of memory. */
bool http_link_secure(struct http_link *l, const struct http_tls_context *context, const char *host);
/* Begins to read. */
void http_link_start(struct http_link *l);

/* Calls `run` before the loop sleeps, and writes what is in `out`. */
void http_link_due(struct http_link *l);
/* Writes what is in `out`, as much as the socket takes. Calls nobody. */
void http_link_flush(struct http_link *l);
/* What was put into `out` and has not gone to the system. */
static inline uint32_t http_link_waiting(const struct http_link *l) {
  return http_bytes_size(&l->out) + http_bytes_size(&l->cipher);
}
/* Milliseconds from now; 0: none. */
void http_link_deadline(struct http_link *l, uint64_t milliseconds);

/* Ends the connection once all is written. Nothing more is offered to the codec. */
void http_link_finish(struct http_link *l);
/* Ends the connection before the loop sleeps, so that the other end sees that something is missing. */
void http_link_break(struct http_link *l, const struct http_failure *why);

#endif
