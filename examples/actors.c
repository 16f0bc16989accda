/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * An actor per connection: a line server on the loopback interface in which every connection talks to an instance of
 * its own, in a store of its own. The component is compiled once; a connection costs microseconds and no compilation.
 *
 *   actors COMPONENT [PORT]               serves until it is interrupted (try: nc 127.0.0.1 PORT)
 *   actors COMPONENT --load N [OPEN]      N connections from a client of its own, OPEN of them at once, with numbers
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "weir/weir.h"

enum { LINE = 512, EVENTS = 256 };

struct server {
  weir_engine *engine;
  weir_component *component; /* compiled once, shared by all actors */
  const weir_func *handle;
  int listener, epoll;
  double *spawn_us; /* how long each actor took to come up */
  size_t spawned, capacity;
};

struct connection {
  int fd;
  weir_store *store; /* the actor: its store and instance live as long as its connection */
  weir_instance *instance;
  size_t filled;
  char line[LINE];
};

static void fail(const char *what, weir_error *error) {
  fprintf(stderr, "actors: %s: %s\n", what, error ? weir_error_message(error) : strerror(errno));
  exit(1);
}

static double now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* ---- the component ----------------------------------------------------------------------------------------------- */

static void load_component(struct server *s, const char *path) {
  static char bytes[1 << 20];
  FILE *file = fopen(path, "rb");
  if (!file)
    fail(path, NULL);
  size_t size = fread(bytes, 1, sizeof(bytes), file);
  fclose(file);
  weir_error *error = NULL;
  weir_engine_config config = WEIR_ENGINE_CONFIG_INIT;
  config.pooling = true;
  if (weir_engine_new(&config, &s->engine, &error) != WEIR_OK)
    fail("engine", error);
  if (weir_component_new(s->engine, bytes, size, &s->component, &error) != WEIR_OK)
    fail(path, error);
  s->handle = weir_component_find_func(s->component, NULL, "handle");
  if (!s->handle)
    fail("the component exports no `handle`", NULL);
}

/* ---- connections ------------------------------------------------------------------------------------------------- */

static void connection_close(struct server *s, struct connection *c) {
  (void)s;
  weir_store_free(c->store);
  close(c->fd);
  free(c);
}

static void accept_one(struct server *s) {
  int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0)
    return;
  struct connection *c = calloc(1, sizeof(*c));
  weir_error *error = NULL;
  double start = now_us();
  if (!c || weir_store_new(s->engine, NULL, &c->store, &error) != WEIR_OK ||
      weir_instance_new(c->store, NULL, s->component, &c->instance, &error) != WEIR_OK)
    fail("an actor does not start", error);
  if (s->spawned < s->capacity)
    s->spawn_us[s->spawned] = now_us() - start;
  s->spawned++;
  c->fd = fd;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* Asks the actor and sends what it says. false: the connection is over. */
static bool answer(struct server *s, struct connection *c, size_t size) {
  weir_value line, reply = {0};
  weir_error *error = NULL;
  if (weir_value_new_string(c->line, size, &line) != WEIR_OK)
    return false; /* not UTF-8 */
  if (weir_call_run(c->instance, s->handle, &line, 1, &reply, &error) != WEIR_OK) {
    fprintf(stderr, "actors: %s\n", weir_error_message(error)); /* this actor is gone, and nobody else */
    weir_error_free(error);
    return false;
  }
  bool sent = send(c->fd, reply.of.string.data, reply.of.string.size, MSG_NOSIGNAL | MSG_MORE) >= 0 &&
              send(c->fd, "\n", 1, MSG_NOSIGNAL) == 1;
  weir_value_clear(&reply);
  return sent;
}

static bool read_some(struct server *s, struct connection *c) {
  ssize_t n = recv(c->fd, c->line + c->filled, sizeof(c->line) - c->filled, 0);
  if (n <= 0)
    return false;
  c->filled += (size_t)n;
  for (char *end; (end = memchr(c->line, '\n', c->filled));) {
    size_t size = (size_t)(end - c->line);
    if (!answer(s, c, size))
      return false;
    c->filled -= size + 1;
    memmove(c->line, end + 1, c->filled);
  }
  return c->filled < sizeof(c->line); /* a longer line is refused */
}

static int listen_on(struct server *s, int port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  socklen_t size = sizeof(at);
  int yes = 1;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (bind(s->listener, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(s->listener, 1024) != 0)
    fail("listen", NULL);
  getsockname(s->listener, (struct sockaddr *)&at, &size);
  s->epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->listener, &event);
  return ntohs(at.sin_port);
}

/* Serves until `total` connections have come and gone (0: for ever). */
static void serve(struct server *s, size_t total) {
  struct epoll_event events[EVENTS];
  size_t gone = 0;
  while (total == 0 || gone < total) {
    int n = epoll_wait(s->epoll, events, EVENTS, -1);
    for (int i = 0; i < n; i++) {
      struct connection *c = events[i].data.ptr;
      if (!c) {
        accept_one(s);
      } else if (!read_some(s, c)) {
        connection_close(s, c);
        gone++;
      }
    }
  }
}

/* ---- a load of its own ------------------------------------------------------------------------------------------- */

struct load {
  int port;
  size_t total, open;
  size_t wrong;
};

static int dial(int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct linger at_once = {.l_onoff = 1, .l_linger = 0}; /* no TIME_WAIT: the test uses many ports */
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
    fail("connect", NULL);
  return fd;
}

static bool ask(int fd) {
  static const char want[] = "1 hello\n";
  char reply[sizeof(want)] = {0};
  if (send(fd, "hello\n", 6, MSG_NOSIGNAL) != 6)
    return false;
  for (size_t got = 0; got < sizeof(want) - 1;) {
    ssize_t n = recv(fd, reply + got, sizeof(want) - 1 - got, 0);
    if (n <= 0)
      return false;
    got += (size_t)n;
  }
  return strcmp(reply, want) == 0;
}

/* Keeps `open` connections and replaces the oldest one by a new one, until there have been `total`. */
static void *client(void *data) {
  struct load *l = data;
  int *fds = calloc(l->open, sizeof(*fds));
  for (size_t i = 0; i < l->total; i++) {
    int *slot = &fds[i % l->open];
    if (i >= l->open)
      close(*slot);
    *slot = dial(l->port);
    l->wrong += !ask(*slot);
  }
  for (size_t i = 0; i < l->open && i < l->total; i++)
    close(fds[i]);
  free(fds);
  return NULL;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static long resident_kib(void) {
  long pages = 0, total = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file && fscanf(file, "%ld %ld", &total, &pages) != 2)
    pages = 0;
  if (file)
    fclose(file);
  return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void round_of_load(struct server *s, int port, size_t total, size_t open, size_t *wrong) {
  struct load l = {.port = port, .total = total, .open = open};
  pthread_t thread;
  if (pthread_create(&thread, NULL, client, &l) != 0)
    fail("thread", NULL);
  serve(s, total);
  pthread_join(thread, NULL);
  *wrong += l.wrong;
}

/* AddressSanitizer keeps what is freed for a while, on purpose. */
static bool is_flat(long before, long after) {
#if defined(__SANITIZE_ADDRESS__)
  (void)before;
  (void)after;
  return true;
#else
  return after < before + before / 10 + 4096;
#endif
}

/* A tenth of the load warms up; memory may not grow in the rest. */
static int run_load(struct server *s, size_t total, size_t open) {
  int port = listen_on(s, 0);
  size_t wrong = 0;
  s->capacity = total;
  s->spawn_us = calloc(total, sizeof(*s->spawn_us));
  if (!s->spawn_us)
    fail("memory", NULL);
  round_of_load(s, port, total / 10, open, &wrong);
  long before = resident_kib();
  round_of_load(s, port, total - total / 10, open, &wrong);
  long after = resident_kib();
  qsort(s->spawn_us, total, sizeof(*s->spawn_us), compare);
  printf("%zu connections, %zu open at once, compiled once, %zu wrong answers\n", total, open, wrong);
  printf("spawn: p50 %.1f us, p99 %.1f us\n", s->spawn_us[total / 2], s->spawn_us[total * 99 / 100]);
  printf("resident memory: %ld KiB after a tenth, %ld KiB at the end\n", before, after);
  free(s->spawn_us);
  return wrong == 0 && is_flat(before, after) ? 0 : 1;
}

/* The load has both ends of every connection in one process. */
static void raise_limit_of_files(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv) {
  struct server s = {0};
  int status = 0;
  if (argc < 2) {
    fprintf(stderr, "usage: actors COMPONENT [PORT | --load N [OPEN]]\n");
    return 2;
  }
  raise_limit_of_files();
  load_component(&s, argv[1]);
  if (argc > 3 && strcmp(argv[2], "--load") == 0) {
    size_t total = strtoul(argv[3], NULL, 10), open = argc > 4 ? strtoul(argv[4], NULL, 10) : 100;
    status = run_load(&s, total < 10 ? 10 : total, open < 1 ? 1 : open);
  } else {
    printf("listening on 127.0.0.1:%d\n", listen_on(&s, argc > 2 ? atoi(argv[2]) : 0));
    fflush(stdout);
    serve(&s, 0);
  }
  close(s.listener);
  close(s.epoll);
  weir_component_free(s.component);
  weir_engine_free(s.engine);
  return status;
}
