/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Under ThreadSanitizer, without engine and guest: many threads let go of objects of which they know only the handles,
 * while the owner takes its mail, ends objects itself, uses their cells again, and closes one store after the other.
 * What holds: the owner alone touches objects, each object ends once, and no wish of an open store is lost.
 *
 * sources: src/base/inbox.c src/base/handle.c src/base/handle_ask.c src/base/mem.c
 */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/handle.h"
#include "base/mem.h"

enum { THREADS = 4, STORES = 3000, OBJECTS = 24, QUIET_STORES = 300 };

#define CHECK(x)                                                            \
  do {                                                                      \
    if (!(x)) {                                                             \
      fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #x); \
      exit(1);                                                              \
    }                                                                       \
  } while (0)

struct object {
  struct handled base; /* first */
  struct handle_pool *pool;
  void *handle;
  int cancelled, *ended; /* the owner's: not atomic on purpose */
};

static void cancel(void *self) {
  ((struct object *)self)->cancelled++;
}

static void end(void *self) {
  struct object *o = self;
  handle_give(o->pool, o->handle);
  ++*o->ended;
  free(o);
}

static const struct handle_ops ops = {.cancel = cancel, .end = end};

struct round {
  pthread_barrier_t begin, finish;
  void *handles[OBJECTS];
  atomic_bool stop;
};

static struct handle_home handles;
static struct inbox_home inboxes;
static struct round round_now;

static void *others(void *data) {
  int number = *(int *)data;
  for (;;) {
    pthread_barrier_wait(&round_now.begin);
    if (atomic_load(&round_now.stop))
      return NULL;
    for (int i = 0; i < OBJECTS; i++) {
      void *handle = round_now.handles[(i * 5 + number * 7) % OBJECTS];
      handle_ask(handle, HANDLE_CALL, HANDLE_CANCEL);
      handle_ask(handle, HANDLE_CALL, HANDLE_LET_GO);
      CHECK(!handle_ask(handle, HANDLE_END, HANDLE_LET_GO)); /* of another kind */
    }
    pthread_barrier_wait(&round_now.finish);
  }
}

static void take_mail(struct inbox *b) {
  struct mail *next = inbox_take(b);
  while (next) {
    struct mail *mail = next;
    next = mail->next;
    mail->deliver(mail, b);
  }
}

static void object_new(struct handle_pool *pool, int *ended, void **ret) {
  struct object *o = calloc(1, sizeof(*o));
  CHECK(o);
  o->base.ops = &ops;
  o->pool = pool;
  o->ended = ended;
  o->handle = handle_take(pool, HANDLE_CALL, o);
  CHECK(o->handle);
  *ret = o->handle;
}

static struct inbox *store_open(struct handle_pool *pool, int *ended) {
  struct inbox *b = inbox_open(&inboxes);
  CHECK(b && inbox_own_first(b));
  handle_pool_init(pool, &handles, b);
  *ended = 0;
  for (int i = 0; i < OBJECTS; i++)
    object_new(pool, ended, &round_now.handles[i]);
  return b;
}

/* What is left ends with the store. */
static void store_close(struct inbox *b, struct handle_pool *pool, void *const *left) {
  inbox_close(b);
  for (int i = 0; i < OBJECTS; i++) {
    struct object *o = handle_object(left[i], HANDLE_CALL);
    if (o)
      end(o);
  }
  handle_pool_done(pool);
  inbox_give(&inboxes, b);
}

/* The store goes under the others' feet, after some objects were ended and replaced by their owner. */
static void store_goes(int number) {
  struct handle_pool pool;
  int ended;
  void *mine[OBJECTS];
  struct inbox *b = store_open(&pool, &ended);
  for (int i = 0; i < OBJECTS; i++)
    mine[i] = round_now.handles[i];
  pthread_barrier_wait(&round_now.begin);
  for (int i = 0; i < number % OBJECTS; i++) {
    struct object *o = handle_object(mine[i], HANDLE_CALL);
    if (o)
      end(o);
    object_new(&pool, &ended, &mine[i]); /* whose handle nobody else has */
    take_mail(b);
  }
  store_close(b, &pool, mine);
  CHECK(ended == OBJECTS + number % OBJECTS);
  pthread_barrier_wait(&round_now.finish);
}

/* No wish is lost: the owner sleeps until it is woken, and every object ends. */
static void store_stays(void) {
  struct handle_pool pool;
  int ended;
  struct inbox *b = store_open(&pool, &ended);
  CHECK(inbox_fd(b) >= 0);
  pthread_barrier_wait(&round_now.begin);
  while (ended < OBJECTS) {
    struct pollfd p = {.fd = inbox_fd(b), .events = POLLIN};
    CHECK(poll(&p, 1, 60000) == 1);
    inbox_unsignal(b);
    take_mail(b);
  }
  pthread_barrier_wait(&round_now.finish);
  store_close(b, &pool, round_now.handles);
  CHECK(ended == OBJECTS);
}

int main(void) {
  pthread_t threads[THREADS];
  int numbers[THREADS];
  handle_home_init(&handles, &mem_system, NULL);
  inbox_home_init(&inboxes);
  pthread_barrier_init(&round_now.begin, NULL, THREADS + 1);
  pthread_barrier_init(&round_now.finish, NULL, THREADS + 1);
  for (int i = 0; i < THREADS; i++) {
    numbers[i] = i;
    CHECK(pthread_create(&threads[i], NULL, others, &numbers[i]) == 0);
  }
  for (int i = 0; i < QUIET_STORES; i++)
    store_stays();
  for (int i = 0; i < STORES; i++)
    store_goes(i);
  atomic_store(&round_now.stop, true);
  pthread_barrier_wait(&round_now.begin);
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  inbox_home_done(&inboxes);
  handle_home_done(&handles);
  printf("%d stores\n", QUIET_STORES + STORES);
  return 0;
}
