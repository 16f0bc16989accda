/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:http: what its resources share. Messages of guests and exchanges of the HTTP core (http/exchange.h) meet here;
 * the parts know nothing of sockets.
 */
#ifndef WASI_HTTP_HTTP_H
#define WASI_HTTP_HTTP_H

#include "http/failure.h"
#include "wasi/host/object.h"

/* Something that is under way, and ends with the host at the latest. */
struct wasi_http_pending {
  struct list node;
  void (*end)(struct wasi_http_pending *pending);
};

struct http_head;
struct http_exchange;

/* Limits of a request's time in nanoseconds; 0: none. */
struct wasi_http_times {
  uint64_t connect, first_byte, between_bytes;
};

/* Sends requests. */
struct wasi_http_client {
  /*
   * Starts an exchange with a request, which is borrowed: `end`: nothing follows the head. NULL: it is refused, and
   * `*ret_why` says why.
   */
  struct http_exchange *(*request)(struct wasi_http_client *client, const struct http_head *head, bool end,
                                   const struct wasi_http_times *times, struct http_failure *ret_why);
};

struct wasi_http {
  const struct weir_alloc *alloc;
  struct wasi_objects *objects;
  struct wasi_guards *guards;
  struct wasi_http_client *client;     /* NULL: none, and guests are refused */
  uint64_t field_bytes;                /* in all fields that guests have */
  struct http_failure refused;         /* of the last request that was: until the guest has it */
  bool (*ask)(struct wasi_http *http); /* as wasi_input_ask(): what `posted` has to tell; NULL: nothing yet */
  struct list posted;                  /* exchanges of the program that have something to tell */
  struct list pending;                 /* wasi_http_pending: bodies on their way, requests in the hands of components */
};

void wasi_http_init(struct wasi_http *http, const struct weir_alloc *alloc, struct wasi_guards *guards,
                    struct wasi_objects *objects);
/* Ends all that is under way (its stores are gone). */
void wasi_http_close(struct wasi_http *http);

#endif
