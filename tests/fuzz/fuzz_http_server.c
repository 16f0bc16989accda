/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Property: whatever a client sends, in whatever pieces, a server and its handlers end with all memory given back, and
 * each exchange ends once. The first byte chooses what handlers do; with bit 7 the preface of HTTP/2 goes before the
 * bytes.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "http/opening.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TURNS = 6, PIECE = 997 };

static void must(int condition) {
  if (!condition)
    abort();
}

/* Counts what is allocated. */
static void *count(void *ctx, void *block, size_t old_size, size_t new_size) {
  size_t *live = ctx;
  if (new_size == 0) {
    *live -= old_size;
    free(block);
    return NULL;
  }
  void *made = realloc(block, new_size);
  *live += made ? new_size - old_size : 0;
  return made;
}

struct run {
  uv_loop_t uv;
  struct http_loop *loop;
  unsigned handler, begun, ended;
  bool is_gone;
};

/* ---- handlers ---------------------------------------------------------------------------------------------------- */

static void end_one(void *data, struct http_exchange *x) {
  ((struct run *)data)->ended++;
  http_release(x);
}

static void on_failed(void *data, struct http_exchange *x, const struct http_failure *why) {
  must((unsigned)why->code < HTTP_FAILURES);
  end_one(data, x);
}

static void on_end(void *data, struct http_exchange *x, const struct http_fields *trailers) {
  (void)data;
  http_send_end(x, trailers);
}

static void on_readable(void *data, struct http_exchange *x) {
  const uint8_t *bytes;
  size_t size = http_peek(x, &bytes);
  size_t taken = http_send_body(x, bytes, size);
  (void)data;
  http_take(x, taken);
}

static void on_drop(void *data, struct http_exchange *x) {
  const uint8_t *bytes;
  (void)data;
  http_take(x, http_peek(x, &bytes));
}

static void on_trailers_released(void *data, struct http_exchange *x, const struct http_fields *trailers) {
  (void)trailers;
  end_one(data, x);
}

static const struct http_listener echoing = {
    .readable = on_readable, .writable = on_readable, .end = on_end, .sent = end_one, .failed = on_failed};
static const struct http_listener answering = {.sent = end_one, .failed = on_failed};
static const struct http_listener reading = {.readable = on_drop, .end = on_trailers_released, .failed = on_failed};

static void on_request(void *data, struct http_conn *conn, struct http_exchange *x) {
  struct run *r = data;
  struct http_head head = {.status = 200, .length = HTTP_LENGTH_UNKNOWN};
  (void)conn;
  r->begun++;
  switch (r->handler) {
    case 0:
      http_listen(x, &echoing, r);
      http_send_head(x, &head, false);
      http_want(x);
      break;
    case 1: /* answers, and reads nothing */
      http_listen(x, &answering, r);
      head.length = 2;
      http_send_head(x, &head, false);
      http_send_body(x, "ok", 2);
      http_send_end(x, NULL);
      break;
    case 2: /* reads, and lets go without an answer */
      http_listen(x, &reading, r);
      http_want(x);
      break;
    default: /* lets go at once */
      end_one(r, x);
  }
}

static void on_gone(void *data, struct http_conn *conn) {
  (void)conn;
  ((struct run *)data)->is_gone = true;
}

static const struct http_owner owner = {.request = on_request, .gone = on_gone};

/* ---- the connection ---------------------------------------------------------------------------------------------- */

static void turn(struct run *r, int fd) {
  char bytes[65536];
  for (int i = 0; i < TURNS; i++)
    uv_run(&r->uv, UV_RUN_NOWAIT);
  while (recv(fd, bytes, sizeof(bytes), 0) > 0) {
  }
}

static void send_all(struct run *r, int fd, const uint8_t *bytes, size_t size) {
  for (size_t at = 0; at < size;) {
    size_t piece = size - at < PIECE ? size - at : PIECE;
    ssize_t done = send(fd, bytes + at, piece, MSG_NOSIGNAL);
    if (done < 0)
      break;
    at += (size_t)done;
    turn(r, fd);
  }
}

static void converse(struct run *r, const struct weir_alloc *alloc, const uint8_t *data, size_t size) {
  static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
  struct http_limits limits = http_limits_usual(&(struct http_limits){.streams = 8, .body_bytes = 100000});
  struct http_link *link;
  struct http_conn *conn;
  int fds[2];
  must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
  must(http_loop_new(&r->uv, alloc, &r->loop) == WEIR_OK);
  must(http_link_new(r->loop, fds[0], &link) == WEIR_OK);
  must(opening_new(link, &limits, (struct opening_choice){false, false}, &owner, r, &conn) == WEIR_OK);
  http_link_start(link);
  if (data[0] & 0x80)
    send_all(r, fds[1], (const uint8_t *)preface, sizeof(preface) - 1);
  send_all(r, fds[1], data + 1, size - 1);
  turn(r, fds[1]);
  shutdown(fds[1], SHUT_RDWR);
  close(fds[1]);
  for (int i = 0; i < 100 && !r->is_gone; i++)
    uv_run(&r->uv, UV_RUN_NOWAIT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  size_t live = 0;
  struct weir_alloc alloc = {.size = sizeof(alloc), .reallocate = count, .ctx = &live};
  struct run r = {.handler = size > 0 ? data[0] & 3 : 0};
  if (size == 0)
    return 0;
  must(uv_loop_init(&r.uv) == 0);
  converse(&r, &alloc, data, size);
  must(r.is_gone);
  for (int i = 0; i < 10; i++)
    uv_run(&r.uv, UV_RUN_NOWAIT);
  must(r.begun == r.ended);
  http_loop_close(r.loop);
  uv_run(&r.uv, UV_RUN_DEFAULT);
  must(uv_loop_close(&r.uv) == 0);
  must(live == 0);
  return 0;
}
