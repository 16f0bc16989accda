/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A server on a loop, and clients that are plain sockets in the same thread: what they send and read is a script, and
 * the loop runs in between. No test here sleeps: the loop runs until what was expected has come.
 */
#ifndef UNIT_HTTP_TALK_H
#define UNIT_HTTP_TALK_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "http/server.h"
#include "support/fault.h"

enum { TALK_ROUNDS = 20000 };

struct talk {
  uv_loop_t uv;
  struct fault fault;
  struct http_loop *loop;
  struct http_server *server;
  struct http_server_config config;
  bool is_closed; /* the server said so */
  unsigned failed, sent, released;
  enum http_failure_code failure; /* the last one */
  struct http_exchange *kept;     /* what a handler keeps for the test */
  struct text body;               /* what handlers received */
};

static inline void talk_closed(void *data) {
  ((struct talk *)data)->is_closed = true;
}

static inline int talk_bound(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
  return fd;
}

/* `t->config` may be filled in before. */
static inline void talk_begin(struct talk *t, void (*request)(void *data, struct http_exchange *x)) {
  fault_init(&t->fault);
  uv_loop_init(&t->uv);
  t->config.request = request;
  t->config.closed = talk_closed;
  t->config.data = t;
  assert_int_equal(http_loop_new(&t->uv, &t->fault.alloc, &t->loop), WEIR_OK);
  assert_int_equal(http_server_new(t->loop, &t->config, &t->server), WEIR_OK);
  assert_int_equal(http_server_listen(t->server, talk_bound(), NULL), WEIR_OK);
}

static inline void talk_turn(struct talk *t) {
  uv_run(&t->uv, UV_RUN_NOWAIT);
}

/* Ends the server and the loop; all memory must be back. */
static inline void talk_end(struct talk *t) {
  if (!t->is_closed)
    http_server_close(t->server);
  for (int i = 0; i < TALK_ROUNDS && !t->is_closed; i++) {
    talk_turn(t);
    usleep(i > 1000 ? 1000 : 0);
  }
  assert_true(t->is_closed);
  http_loop_close(t->loop);
  uv_run(&t->uv, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&t->uv), 0);
  text_done(&t->body);
  fault_done(&t->fault);
}

static inline int talk_connect(struct talk *t) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(http_server_port(t->server)), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

static inline void talk_send(struct talk *t, int fd, const char *bytes, size_t size) {
  while (size > 0) {
    ssize_t done = send(fd, bytes, size, MSG_NOSIGNAL);
    if (done > 0) {
      bytes += done;
      size -= (size_t)done;
    } else if (errno != EAGAIN) {
      return;
    }
    talk_turn(t);
  }
}

/* Reads until `text` has the words `until` (NULL: until the end), and returns whether the other end has closed. */
static inline bool talk_read(struct talk *t, int fd, struct text *text, const char *until) {
  char bytes[4096];
  for (int i = 0; i < TALK_ROUNDS; i++) {
    talk_turn(t);
    ssize_t got = recv(fd, bytes, sizeof(bytes), 0);
    if (got == 0 || (got < 0 && errno != EAGAIN))
      return true;
    if (got > 0)
      text_add(text, (struct str){bytes, (size_t)got});
    text_char(text, 0);
    text->size--;
    if (until && strstr(text->data, until))
      return false;
    if (got < 0)
      usleep(i > 1000 ? 1000 : 0);
  }
  fail_msg("not in what came: %s", text->data);
  return true;
}

/* Sends and reads, on a connection of its own, until the other end closes or `until` has come. To be freed. */
static inline char *talk(struct talk *t, const char *bytes, const char *until) {
  struct text text = {0};
  int fd = talk_connect(t);
  talk_send(t, fd, bytes, strlen(bytes));
  talk_read(t, fd, &text, until);
  close(fd);
  text_char(&text, 0);
  return text_take(&text, NULL);
}

/* Runs the loop until the condition holds. */
#define TALK_UNTIL(t, condition)                                        \
  do {                                                                  \
    for (int round = 0; round < TALK_ROUNDS && !(condition); round++) { \
      talk_turn(t);                                                     \
      usleep(round > 1000 ? 1000 : 0);                                  \
    }                                                                   \
    assert_true(condition);                                             \
  } while (0)

/* Takes the `date` field out, which is the clock's. */
static inline char *without_date(char *text) {
  char *at;
  while (text && (at = strstr(text, "date: "))) {
    char *end = strstr(at, "\r\n") + 2;
    memmove(at, end, strlen(end) + 1);
  }
  return text;
}

#endif
