/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * An exchange: one request and its response, with their bodies and trailers, and two sides. The carrier (HTTP/1.1,
 * HTTP/2, a client or a server, or a fake of a test) implements the operations. The user calls them, and is told
 * through a listener. An exchange is the same from a server's and a client's end: a user receives one message and sends
 * the other.
 *
 * What always holds:
 * - All happens on the thread of the loop. No operation calls the listener before it returns, so the user may call any
 *   operation from anywhere, from the listener too. The listener is called from the loop.
 * - Operations do not fail. What goes wrong is told by `failed`, once; operations without effect from then on.
 * - Both bodies move independently. A server may send before it has received all, or anything.
 * - The exchange lives until the user releases it, however it ended. The user releases each exchange once.
 * - What is received waits in bounded memory until the user takes it: a user who takes nothing stops the sender.
 */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include <sys/socket.h>

#include "http/failure.h"
#include "http/fields.h"

#define HTTP_LENGTH_UNKNOWN UINT64_MAX

/* The head of a message. `status` is 0 in a request's; the texts are empty in a response's. */
struct http_head {
  struct str method;    /* "GET": any token, case kept */
  struct str scheme;    /* "http", "https" or another; "": as the connection has it */
  struct str authority; /* "host:8080"; "": none */
  struct str path;      /* with the query: "/a?b", "*"; "": none */
  uint16_t status;
  uint64_t length; /* of the body that follows; HTTP_LENGTH_UNKNOWN */
  /*
   * Received: as they came, without those that frame the message or belong to the connection, and without `host`; a
   * content-length is kept. To send: borrowed for the call; those that http_field_is_framing() names are not sent,
   * since the carrier writes them from `length`. NULL: none.
   */
  const struct http_fields *fields;
};

/* Who is at the other end. */
struct http_peer {
  struct sockaddr_storage remote, local;
  uint8_t version;         /* 10: HTTP/1.0, 11: HTTP/1.1, 20: HTTP/2 */
  bool is_tls;             /* the connection is encrypted */
  const char *certificate; /* the subject of the verified certificate of the other end; NULL: none */
};

struct http_exchange;

/* What the user is told. A member may be NULL. `data` is the exchange's. */
struct http_listener {
  /* A client's: an informational response (not 101) came. The fields are good during the call. */
  void (*interim)(void *data, struct http_exchange *x, uint16_t status, const struct http_fields *fields);
  /* A client's: the final response's head is there, in `received`. */
  void (*head)(void *data, struct http_exchange *x);
  /* http_peek() has bytes, or more of them than before. */
  void (*readable)(void *data, struct http_exchange *x);
  /* All of the body was taken, and its end has come. `trailers` NULL: none. They are good until the release. */
  void (*end)(void *data, struct http_exchange *x, const struct http_fields *trailers);
  /* http_send_body() has room again, after it took less than all. */
  void (*writable)(void *data, struct http_exchange *x);
  /* All that was to be sent has gone to the system, the end too; or the other end, whose message is whole, wants no
     more of ours (RFC 9113, section 8.1): then operations that send have no effect any more. */
  void (*sent)(void *data, struct http_exchange *x);
  /* The exchange failed: nothing else will be told. The failure is good during the call. */
  void (*failed)(void *data, struct http_exchange *x, const struct http_failure *why);
};

/* What a carrier implements; the functions below say what each does. */
struct http_carrier {
  void (*send_interim)(struct http_exchange *x, uint16_t status, const struct http_fields *fields);
  void (*send_head)(struct http_exchange *x, const struct http_head *head, bool end);
  size_t (*send_body)(struct http_exchange *x, const void *bytes, size_t size);
  void (*send_end)(struct http_exchange *x, const struct http_fields *trailers);
  void (*want)(struct http_exchange *x);
  size_t (*peek)(struct http_exchange *x, const uint8_t **ret);
  void (*take)(struct http_exchange *x, size_t size);
  void (*reset)(struct http_exchange *x, const struct http_failure *why);
  void (*release)(struct http_exchange *x);
};

/* The part of an exchange that both sides see; a carrier's own struct begins with it. */
struct http_exchange {
  const struct http_carrier *carrier;
  const struct http_listener *listener;
  void *data;                       /* the listener's */
  const struct http_head *received; /* good until the release; NULL: none came yet */
  const struct http_peer *peer;     /* good until the release; NULL: not connected yet */
  uint64_t sent, taken;             /* bytes of bodies so far: that were sent, and that the user took */
};

/* Who is told from now on. A server's user calls this when it is handed the exchange. */
static inline void http_listen(struct http_exchange *x, const struct http_listener *listener, void *data) {
  x->listener = listener;
  x->data = data;
}

/*
 * Replaces a field of the received head, for what stands between a carrier and its user. Where there is no room for it,
 * or no head, nothing has changed but that fields of that name are gone.
 */
static inline void http_received_set(struct http_exchange *x, struct str name, struct str value) {
  struct http_fields *fields = x->received ? (struct http_fields *)(uintptr_t)x->received->fields : NULL;
  if (!fields)
    return;
  http_fields_remove(fields, name);
  http_fields_add(fields, name, value);
}

/*
 * Sends an informational response, 100 to 199 without 101, before the head. A server's. `fields` NULL: none. HTTP/1.0
 * clients get none.
 */
static inline void http_send_interim(struct http_exchange *x, uint16_t status, const struct http_fields *fields) {
  x->carrier->send_interim(x, status, fields);
}

/*
 * Sends the head of the response, once; a client's request has its head when it is made. `end`: no body and no trailers
 * follow, and http_send_end() is not called. Responses without a body by their nature (to HEAD, 204, 304) take bytes
 * and drop them; `length` still becomes their content-length, but for 204. A head with what a head cannot have (a
 * status below 200) fails the exchange.
 */
static inline void http_send_head(struct http_exchange *x, const struct http_head *head, bool end) {
  x->carrier->send_head(x, head, end);
}

/*
 * Sends bytes of the body, after the head, and returns how many were taken; they were copied. Less than all: `writable`
 * says when to go on. More bytes than the head's length fail the exchange (HTTP_RESPONSE_BODY_SIZE,
 * HTTP_REQUEST_BODY_SIZE), and so does an end before that length.
 */
static inline size_t http_send_body(struct http_exchange *x, const void *bytes, size_t size) {
  size_t taken = x->carrier->send_body(x, bytes, size);
  x->sent += taken;
  return taken;
}

/* Ends the message, once. `trailers`: borrowed, NULL: none. They are sent where the framing has a place for them. */
static inline void http_send_end(struct http_exchange *x, const struct http_fields *trailers) {
  x->carrier->send_end(x, trailers);
}

/*
 * Says that the user reads the body: from now on `readable` and `end` are told, and a client that waits for 100
 * Continue is answered. Once is enough.
 */
static inline void http_want(struct http_exchange *x) {
  x->carrier->want(x);
}

/* The next bytes of the body, without taking them, good until the loop runs on. 0: none now. */
static inline size_t http_peek(struct http_exchange *x, const uint8_t **ret) {
  return x->carrier->peek(x, ret);
}

/* Takes bytes that http_peek() showed: the sender may send as many more. */
static inline void http_take(struct http_exchange *x, size_t size) {
  x->taken += size;
  x->carrier->take(x, size);
}

/* Breaks the exchange off: the other end sees that the message is not whole. `failed` is not told. */
static inline void http_reset(struct http_exchange *x, const struct http_failure *why) {
  x->carrier->reset(x, why);
}

/*
 * Lets the exchange go; nothing is told any more. What the user sent to the end is still delivered, and a body that
 * nobody took is dropped. Where the user has not sent its message to the end, it is broken off.
 */
static inline void http_release(struct http_exchange *x) {
  x->carrier->release(x);
}

#endif
