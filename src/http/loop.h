/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What all servers and clients of one libuv loop share: work that is due before the loop sleeps, deadlines, memory that
 * is used again, and the date. An idle connection holds no buffers: they lie here.
 */
#ifndef HTTP_LOOP_H
#define HTTP_LOOP_H

#include <uv.h>

#include "base/alarm.h"
#include "base/diag.h"
#include "base/list.h"
#include "base/str.h"
#include "weir/alloc.h"

enum {
  HTTP_PAGE = 16384,    /* the usual buffer */
  HTTP_SCRATCH = 65536, /* what is read at once */
  HTTP_PAGES_KEPT = 256,
  HTTP_DATE = 29
};

struct http_loop;

/* Something to be done before the loop sleeps. */
struct http_due {
  struct list node;
  void (*run)(struct http_due *due);
};

/* A deadline that is moved often: `at` may be later than the alarm, which then is only set anew. */
struct http_deadline {
  struct alarm alarm;
  uint64_t at; /* milliseconds of the loop; 0: none */
  void (*late)(struct http_deadline *deadline);
};

struct http_loop {
  const struct weir_alloc *alloc;
  uv_loop_t *uv;
  uv_prepare_t prepare;
  uv_idle_t idle; /* runs while work is due, so that the loop does not sleep */
  uv_timer_t timer;
  struct list due;
  struct alarm_heap alarms;
  uint32_t holders; /* its maker, and each handle that is not closed yet */
  bool is_closing;
  uint8_t *scratch; /* HTTP_SCRATCH bytes for whoever reads */
  uint8_t *plain;   /* the same for what was decrypted; NULL until then */
  struct http_page *pages;
  uint32_t page_count;
  struct list streams; /* of stream.h, to be used again */
  uint32_t stream_count;
  void (*free_stream)(struct list *node);
  int64_t date_second;
  char date[HTTP_DATE + 1];
};

/* Starts watching the loop. WEIR_ERR_NOMEM. */
weir_status http_loop_new(uv_loop_t *uv, const struct weir_alloc *alloc, struct http_loop **ret);
/* Stops, once servers and clients are closed. The loop has to run on until the handles are closed; memory goes then. */
void http_loop_close(struct http_loop *loop);

static inline void http_loop_hold(struct http_loop *loop) {
  loop->holders++;
}
void http_loop_release(struct http_loop *loop);

/* Runs `due` before the loop sleeps, once. */
void http_loop_due(struct http_loop *loop, struct http_due *due);

/* Milliseconds; as libuv has them. */
static inline uint64_t http_loop_now(const struct http_loop *loop) {
  return uv_now(loop->uv);
}
/* Sets or moves a deadline; `at` 0: none. Moving one to later costs nothing. */
void http_deadline_set(struct http_loop *loop, struct http_deadline *deadline, uint64_t at);
/* Before its owner goes. */
void http_deadline_stop(struct http_loop *loop, struct http_deadline *deadline);

/* The date of a message (RFC 9110, section 6.6.1). */
struct str http_loop_date(struct http_loop *loop);

/* HTTP_PAGE bytes; NULL: out of memory. */
uint8_t *http_page_take(struct http_loop *loop);
void http_page_give(struct http_loop *loop, uint8_t *page);

#endif
