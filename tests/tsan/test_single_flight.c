/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Under ThreadSanitizer, which does not follow the engine's stacks: the cache in memory with numbers in place of code.
 * Threads meet at the same keys, fail together, and ask for more than fits; every value is made once a flight and
 * freed.
 *
 * sources: src/cache/shelf.c src/base/mem.c src/base/diag.c src/base/error.c src/base/utf8.c
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cache/shelf.h"

enum { THREADS = 16, ROUNDS = 150, CHURN = 4000 };

#define CHECK(x)                                                            \
  do {                                                                      \
    if (!(x)) {                                                             \
      fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #x); \
      exit(1);                                                              \
    }                                                                       \
  } while (0)

struct value {
  atomic_int holds;
  int number; /* plain: what makes it must have happened before whoever reads it */
};

struct want {
  int number;
  bool pause, fail;
};

static atomic_int alive, made;

static weir_status value_make(void *request, void **ret, uint64_t *ret_size, struct diag *d) {
  const struct want *w = request;
  if (w->pause)
    usleep(500);
  atomic_fetch_add(&made, 1);
  if (w->fail)
    return diag_set(d, WEIR_ERR_COMPILE, "number %d", w->number);
  struct value *v = malloc(sizeof(*v));
  CHECK(v);
  atomic_init(&v->holds, 1);
  v->number = w->number;
  atomic_fetch_add(&alive, 1);
  *ret = v;
  *ret_size = 10;
  return WEIR_OK;
}

static void value_hold(void *value) {
  atomic_fetch_add(&((struct value *)value)->holds, 1);
}

static void value_release(void *value) {
  struct value *v = value;
  if (atomic_fetch_sub(&v->holds, 1) != 1)
    return;
  atomic_fetch_sub(&alive, 1);
  free(v);
}

static const struct shelf_ops ops = {value_make, value_hold, value_release};
static struct shelf shelf;
static pthread_barrier_t barrier;

static void get(struct want *w) {
  uint8_t key[SHELF_KEY] = {0};
  void *value = NULL;
  struct diag d;
  diag_init(&d);
  memcpy(key, &w->number, sizeof(w->number));
  weir_status status = shelf_get(&shelf, key, w, &value, &d);
  CHECK(status == (w->fail ? WEIR_ERR_COMPILE : WEIR_OK));
  if (status == WEIR_OK) {
    CHECK(((struct value *)value)->number == w->number);
    value_release(value);
  } else {
    char words[32];
    snprintf(words, sizeof(words), "number %d", w->number);
    CHECK(strcmp(diag_message(&d), words) == 0);
  }
  diag_done(&d);
}

static void *meet(void *arg) {
  (void)arg;
  for (int i = 0; i < ROUNDS; i++) {
    struct want w = {.number = i, .pause = i % 4 == 0, .fail = i % 3 == 2};
    pthread_barrier_wait(&barrier);
    get(&w);
  }
  return NULL;
}

static void *churn(void *arg) {
  unsigned x = *(unsigned *)arg;
  for (int i = 0; i < CHURN; i++) {
    x = x * 1664525 + 1013904223;
    struct want w = {.number = (int)(x >> 20) % 64};
    w.fail = w.number % 7 == 0;
    get(&w);
  }
  return NULL;
}

static void run(void *(*body)(void *), uint64_t bound) {
  pthread_t threads[THREADS];
  unsigned seeds[THREADS];
  CHECK(shelf_init(&shelf, &mem_system, &ops, bound) == WEIR_OK);
  CHECK(pthread_barrier_init(&barrier, NULL, THREADS) == 0);
  atomic_store(&made, 0);
  for (int i = 0; i < THREADS; i++) {
    seeds[i] = (unsigned)i * 7919 + 1;
    CHECK(pthread_create(&threads[i], NULL, body, &seeds[i]) == 0);
  }
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  CHECK(shelf_get_stats(&shelf).bytes <= bound);
  pthread_barrier_destroy(&barrier);
  shelf_done(&shelf);
  CHECK(atomic_load(&alive) == 0);
}

int main(void) {
  run(meet, 1 << 20);
  CHECK(atomic_load(&made) >= ROUNDS && atomic_load(&made) < ROUNDS * THREADS / 2); /* only failures are made again */
  run(meet, 5);                                                                     /* nothing is kept */
  run(churn, 200);                                                                  /* 20 of 64 */
  return 0;
}
