/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The shared part of one libuv loop. Due work runs in a prepare handle, so whatever happened in a round of the loop is
 * written with one system call for each connection. One timer stands for all deadlines. Parts: memory; deadlines; due
 * work; date; life.
 */
#include "http/loop.h"

#include <time.h>

#include "base/mem.h"

/* ---- memory ------------------------------------------------------------------------------------------------------ */

struct http_page {
  struct http_page *next;
};

uint8_t *http_page_take(struct http_loop *loop) {
  struct http_page *page = loop->pages;
  if (!page)
    return mem_alloc(loop->alloc, HTTP_PAGE);
  loop->pages = page->next;
  loop->page_count--;
  return (uint8_t *)page;
}

void http_page_give(struct http_loop *loop, uint8_t *bytes) {
  if (loop->page_count >= HTTP_PAGES_KEPT) {
    mem_free(loop->alloc, bytes, HTTP_PAGE);
    return;
  }
  struct http_page *page = (struct http_page *)(void *)bytes;
  page->next = loop->pages;
  loop->pages = page;
  loop->page_count++;
}

static void free_memory(struct http_loop *loop) {
  while (loop->pages) {
    struct http_page *page = loop->pages;
    loop->pages = page->next;
    mem_free(loop->alloc, page, HTTP_PAGE);
  }
  while (!list_empty(&loop->streams)) {
    struct list *node = loop->streams.next;
    list_remove(node);
    loop->free_stream(node);
  }
  mem_free(loop->alloc, loop->scratch, HTTP_SCRATCH);
  mem_free(loop->alloc, loop->plain, HTTP_SCRATCH);
  mem_free(loop->alloc, loop, sizeof(*loop));
}

/* ---- deadlines --------------------------------------------------------------------------------------------------- */

static void on_timer(uv_timer_t *timer);

/* The timer rings when the first alarm does; only an alarm that is earlier than that moves the timer. */
enum { DUE_PASSES = 4 };

static void set_timer(struct http_loop *loop) {
  const struct alarm *first = loop->alarms.first;
  if (!first)
    return;
  uint64_t now = http_loop_now(loop), wait = first->at > now ? first->at - now : 0;
  if (!uv_is_active((uv_handle_t *)&loop->timer) || uv_timer_get_due_in(&loop->timer) > wait) {
    uv_timer_start(&loop->timer, on_timer, wait, 0);
    uv_unref((uv_handle_t *)&loop->timer);
  }
}

static void add_alarm(struct http_loop *loop, struct http_deadline *deadline) {
  alarm_remove(&loop->alarms, &deadline->alarm);
  deadline->alarm.at = deadline->at;
  alarm_add(&loop->alarms, &deadline->alarm);
}

static void on_timer(uv_timer_t *timer) {
  struct http_loop *loop = timer->data;
  uint64_t now = http_loop_now(loop);
  while (loop->alarms.first && loop->alarms.first->at <= now) {
    struct http_deadline *deadline = LIST_OWNER(loop->alarms.first, struct http_deadline, alarm);
    alarm_remove(&loop->alarms, &deadline->alarm);
    if (deadline->at > now) {
      add_alarm(loop, deadline);
    } else if (deadline->at != 0) {
      deadline->at = 0;
      deadline->late(deadline);
    }
  }
  set_timer(loop);
}

void http_deadline_set(struct http_loop *loop, struct http_deadline *deadline, uint64_t at) {
  deadline->at = at;
  if (at == 0 || (deadline->alarm.set && deadline->alarm.at <= at))
    return;
  add_alarm(loop, deadline);
  set_timer(loop);
}

void http_deadline_stop(struct http_loop *loop, struct http_deadline *deadline) {
  deadline->at = 0;
  alarm_remove(&loop->alarms, &deadline->alarm);
}

/* ---- due work ---------------------------------------------------------------------------------------------------- */

static void run_due(struct http_loop *loop) {
  struct list now;
  uv_idle_stop(&loop->idle);
  list_take(&now, &loop->due);
  while (!list_empty(&now)) {
    struct http_due *due = LIST_OWNER(now.next, struct http_due, node);
    list_remove(&due->node);
    due->run(due);
  }
}

/*
 * What becomes due meanwhile, as writing what has just been said, runs without a look at the system in between; but
 * only so often: nobody can keep the loop from its other work.
 */
static void on_prepare(uv_prepare_t *prepare) {
  struct http_loop *loop = prepare->data;
  int pass = 0;
  do
    run_due(loop); /* at least once: what was due may have been taken back, and the idle handle is to stop */
  while (++pass < DUE_PASSES && !list_empty(&loop->due));
}

static void on_idle(uv_idle_t *idle) {
  (void)idle;
}

/* The idle handle keeps the loop from sleeping, and from ending, until the prepare handle has run. */
void http_loop_due(struct http_loop *loop, struct http_due *due) {
  if (!list_empty(&due->node))
    return;
  if (list_empty(&loop->due))
    uv_idle_start(&loop->idle, on_idle);
  list_append(&loop->due, &due->node);
}

/* ---- date -------------------------------------------------------------------------------------------------------- */

struct str http_loop_date(struct http_loop *loop) {
  static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  struct timespec now;
  struct tm t;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (now.tv_sec != loop->date_second && gmtime_r(&now.tv_sec, &t)) {
    char text[96];
    snprintf(text, sizeof(text), "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", days + 3 * t.tm_wday, t.tm_mday,
             months + 3 * t.tm_mon, t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
    memcpy(loop->date, text, HTTP_DATE);
    loop->date_second = now.tv_sec;
  }
  return (struct str){loop->date, HTTP_DATE};
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static void free_stream_none(struct list *node) {
  (void)node;
}

weir_status http_loop_new(uv_loop_t *uv, const struct weir_alloc *alloc, struct http_loop **ret) {
  struct http_loop *loop = mem_zalloc(alloc, sizeof(*loop));
  if (!loop)
    return WEIR_ERR_NOMEM;
  loop->scratch = mem_alloc(alloc, HTTP_SCRATCH);
  if (!loop->scratch) {
    mem_free(alloc, loop, sizeof(*loop));
    return WEIR_ERR_NOMEM;
  }
  loop->alloc = alloc;
  loop->uv = uv;
  loop->free_stream = free_stream_none;
  loop->holders = 1 + 3; /* these never fail: */
  uv_prepare_init(uv, &loop->prepare);
  uv_idle_init(uv, &loop->idle);
  uv_timer_init(uv, &loop->timer);
  loop->prepare.data = loop->idle.data = loop->timer.data = loop;
  uv_prepare_start(&loop->prepare, on_prepare);
  uv_unref((uv_handle_t *)&loop->prepare); /* connections keep the loop alive, this does not */
  list_init(&loop->due);
  list_init(&loop->streams);
  *ret = loop;
  return WEIR_OK;
}

void http_loop_release(struct http_loop *loop) {
  if (--loop->holders == 0)
    free_memory(loop);
}

static void on_closed(uv_handle_t *handle) {
  http_loop_release(handle->data);
}

void http_loop_close(struct http_loop *loop) {
  loop->is_closing = true;
  uv_close((uv_handle_t *)&loop->prepare, on_closed);
  uv_close((uv_handle_t *)&loop->idle, on_closed);
  uv_close((uv_handle_t *)&loop->timer, on_closed);
  http_loop_release(loop);
}
