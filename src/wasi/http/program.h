/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * An exchange whose other side is the program (weir/http.h). What the program does is told to the guest's side later,
 * when the host looks at what rests (wasi_http.ask), since no operation of an exchange may call back.
 *
 * The struct lives as long as any of three needs it: the program's handle, the user of the exchange, and the handling.
 */
#ifndef WASI_HTTP_PROGRAM_H
#define WASI_HTTP_PROGRAM_H

#include "wasi/http/handle.h"
#include "wasi/http/head.h"
#include "weir/http.h"

enum { PROGRAM_ROOM = 65536 };

/* What is still to be told to the user of the exchange. */
enum { PROGRAM_TELL_READABLE = 1, PROGRAM_TELL_WRITABLE = 2, PROGRAM_TELL_SENT = 4, PROGRAM_TELL_FAILED = 8 };

struct weir_http_exchange {
  struct http_exchange base;
  struct wasi_http *http;
  unsigned holders;
  weir_http_events events;
  void *data;
  struct wasi_http_handling *handling; /* NULL: it has ended */
  struct list posted;                  /* in wasi_http.posted, with something to be told: */
  unsigned tell;
  struct http_head head;
  struct http_fields headers, trailers;
  struct wasi_http_head texts; /* what the head borrows */
  uint8_t *bytes;              /* of the request's body: PROGRAM_ROOM, of which `filled` are there from `begin` on */
  size_t begin, filled;
  bool freed, aborted;     /* by the program */
  bool finished, end_told; /* the request */
  bool wanted, full;       /* the guest reads; the program was told that there is no room */
  bool over;               /* the response has ended, or is broken */
};

/* What the guest's side does with the exchange is told to the program at once. */
extern const struct http_carrier program_carrier;
/* What becomes of the call. */
extern const struct wasi_http_watcher program_watcher;

/* One of the three needs the exchange no more. */
void program_release(weir_http_exchange *x);
/* Something is to be told to the user of the exchange. */
void program_post(weir_http_exchange *x, unsigned what);
/* wasi_http.ask: tells what was posted. */
bool program_ask(struct wasi_http *http);

/* The program is still to be called. */
static inline bool program_is_told(const weir_http_exchange *x) {
  return !x->freed && !x->aborted;
}

#endif
