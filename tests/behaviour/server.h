/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A server of weir/serve.h with guests/http.wat, and a client of a few lines. */
#ifndef BEHAVIOUR_SERVER_H
#define BEHAVIOUR_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>

#include "behaviour/behaviour.h"
#include "weir/serve.h"

struct serving {
  weir_engine *engine;
  weir_component *component;
  weir_server *server;
  weir_serve_config config;
  atomic_int lines, troubles;
  char line[1024], trouble[512]; /* the last */
};

static const char *const any_port[] = {"127.0.0.1:0"};

static inline void on_access(void *data, const char *line, size_t size) {
  struct serving *s = data;
  snprintf(s->line, sizeof(s->line), "%.*s", (int)size, line);
  atomic_fetch_add(&s->lines, 1);
}

static inline void on_trouble(void *data, const char *text) {
  struct serving *s = data;
  snprintf(s->trouble, sizeof(s->trouble), "%s", text);
  atomic_fetch_add(&s->troubles, 1);
}

/* The component of guests/http.wat, with another body of six bytes in place of "hello\n"; NULL: with that one. */
static inline weir_component *http_component(weir_engine *engine, const char *body) {
  size_t size;
  char *text = guest_text("http", &size);
  char *at = strstr(text, "\"hello\\n\"");
  assert_non_null(at);
  if (body)
    memcpy(at + 1, body, 5);
  weir_component *component = component_from(engine, text, size);
  free(text);
  return component;
}

static inline void serving_open_with(struct serving *s, const weir_alloc *alloc) {
  weir_engine_config config = {.size = sizeof(config), .fast_compile = true, .deadlines = true, .alloc = alloc};
  weir_error *error = NULL;
  memset(s, 0, sizeof(*s));
  must(weir_engine_new(&config, &s->engine, &error), &error);
  s->component = http_component(s->engine, NULL);
  s->config = (weir_serve_config)WEIR_SERVE_CONFIG_INIT;
  s->config.addresses = any_port;
  s->config.address_count = 1;
  s->config.access = on_access;
  s->config.trouble = on_trouble;
  s->config.data = s;
}

static inline void serving_open(struct serving *s) {
  serving_open_with(s, NULL);
}

static inline void serving_start(struct serving *s) {
  weir_error *error = NULL;
  must(weir_server_new(s->component, &s->config, &s->server, &error), &error);
  must(weir_server_start(s->server, &error), &error);
}

static inline void serving_close(struct serving *s) {
  weir_server_free(s->server);
  weir_component_free(s->component);
  weir_engine_free(s->engine);
}

/* ---- the client -------------------------------------------------------------------------------------------------- */

static inline int client_connect(uint16_t port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct timeval patience = {.tv_sec = 60};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_true(fd >= 0);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  assert_int_equal(connect(fd, (void *)&to, sizeof(to)), 0);
  return fd;
}

static inline int client_begin(uint16_t port, const char *path) {
  char head[256];
  int fd = client_connect(port);
  int size = snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nhost: example.org\r\nconnection: close\r\n\r\n", path);
  send(fd, head, (size_t)size, MSG_NOSIGNAL); /* a server that has closed already gives no response: client_end() */
  return fd;
}

/* The status, and all that came, up to `room`; 0: no response. Closes. */
static inline int client_end(int fd, char *ret, size_t room) {
  size_t used = 0;
  ssize_t n;
  while (used + 1 < room && (n = recv(fd, ret + used, room - 1 - used, 0)) > 0)
    used += (size_t)n;
  ret[used] = '\0';
  close(fd);
  return used > 12 ? atoi(ret + 9) : 0;
}

/* Expects a status, and a text in the response. */
static inline void expect_get(const struct serving *s, const char *path, int status, const char *words) {
  char response[2048];
  int got = client_end(client_begin(weir_server_port(s->server, 0), path), response, sizeof(response));
  if (got != status)
    fail_msg("%s: %d instead of %d: %s", path, got, status, response);
  assert_words(response, words);
}

/* Waits for what must come. */
#define AWAIT(happened)                                                         \
  do {                                                                          \
    for (int await_round = 0; !(happened) && await_round < 6000; await_round++) \
      nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);                 \
    if (!(happened))                                                            \
      fail_msg("%s has not come", #happened);                                   \
  } while (0)

/* A number of the metrics page. */
static inline long metric(const struct serving *s, const char *name) {
  char *text, line[128];
  size_t size;
  must(weir_server_metrics(s->server, &text, &size), NULL);
  assert_int_equal(strlen(text), size);
  snprintf(line, sizeof(line), "\n%s ", name);
  const char *at = strstr(text, line);
  if (!at)
    fail_msg("no %s", name);
  long value = atol(at + strlen(line));
  weir_text_free(text);
  return value;
}

#endif
