/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * All ways into a store from outside, under ThreadSanitizer, while stores come and go and their drivers are replaced:
 * wake-ups by way of handles, decisions of hooks, completions. A driver's data is freed as soon as it is no longer the
 * store's: who rings too late touches what is free, and that is what this looks for.
 *
 * sources: src/embed/completion.c src/intercept/hook.c src/base/inbox.c src/base/handle.c src/base/handle_ask.c
 * sources: src/abi/value.c src/abi/value_packed.c src/abi/value_keep.c src/abi/value_copy.c src/base/mem.c
 * sources: src/base/utf8.c src/base/diag.c src/base/error.c
 */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/handle.h"
#include "base/inbox.h"
#include "base/mem.h"
#include "embed/completion.h"
#include "intercept/hook.h"

enum { THREADS = 3, STORES = 10000, DRIVERS = 3, MAIL = 6 };

#define CHECK(x)                                                            \
  do {                                                                      \
    if (!(x)) {                                                             \
      fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #x); \
      exit(1);                                                              \
    }                                                                       \
  } while (0)

struct engine {
  struct handle_home handles;
  struct inbox_home inboxes;
};

struct store { /* as far as the outside goes */
  struct handle_pool pool;
  struct inbox *inbox;
  void *handle;
  int delivered; /* mail, by the owner */
};

struct given { /* to one of the other threads, for one store */
  struct weir_hook *hooks[MAIL];
  struct weir_completion *calls[MAIL];
};

struct round {
  pthread_barrier_t begin, end;
  _Atomic(void *) handle;
  struct given given[THREADS];
  atomic_int mail; /* accepted */
  atomic_bool stop;
};

static struct round round_now;

struct driver { /* freed when it drives no more */
  atomic_int *rung;
};

static atomic_int rung;

static void wake(void *data) {
  struct driver *d = data;
  atomic_fetch_add(d->rung, 1);
}

/* ---- the others -------------------------------------------------------------------------------------------------- */

static void ring(void *handle) {
  struct inbox *b = handle_place(handle, HANDLE_STORE);
  if (b)
    inbox_ring(b);
}

static void send(const struct given *g, void *handle) {
  for (int i = 0; i < MAIL; i++) {
    ring(handle);
    if (weir_hook_go_on(g->hooks[i]) == WEIR_OK)
      atomic_fetch_add(&round_now.mail, 1);
    if (weir_completion_fail(g->calls[i], "no") == WEIR_OK)
      atomic_fetch_add(&round_now.mail, 1);
    weir_completion_free(g->calls[i]);
  }
}

static void *others(void *data) {
  const struct given *g = data;
  for (;;) {
    pthread_barrier_wait(&round_now.begin);
    if (atomic_load(&round_now.stop))
      return NULL;
    void *handle = atomic_load(&round_now.handle);
    send(g, handle);
    pthread_barrier_wait(&round_now.end);
    ring(handle); /* stale, or about to be */
  }
}

/* ---- the owner --------------------------------------------------------------------------------------------------- */

static atomic_int unread;

static void count(void *owner) {
  if (owner)
    ((struct store *)owner)->delivered++;
  else
    atomic_fetch_add(&unread, 1);
}

static void hook_decided(struct mail *mail, void *owner) {
  count(owner);
  hook_unref(hook_of_mail(mail));
}

static void call_finished(struct mail *mail, void *owner) {
  count(owner);
  completion_unref(completion_of_mail(mail));
}

static const struct completion_ops ops = {.deliver = call_finished};

static void step(struct store *s) {
  inbox_unsignal(s->inbox);
  struct mail *next = inbox_take(s->inbox);
  while (next) {
    struct mail *mail = next;
    next = mail->next;
    mail->deliver(mail, s);
  }
}

static void store_open(struct engine *e, struct store *s) {
  *s = (struct store){.inbox = inbox_open(&e->inboxes)};
  CHECK(s->inbox);
  handle_pool_init(&s->pool, &e->handles, s->inbox);
  s->handle = handle_take(&s->pool, HANDLE_STORE, s);
  CHECK(s->handle);
}

static void give_out(struct store *s) {
  for (int t = 0; t < THREADS; t++) {
    for (int i = 0; i < MAIL; i++) {
      struct weir_hook *h = hook_new(s->inbox, hook_decided);
      struct weir_completion *c = completion_new(s->inbox, s, &ops);
      CHECK(h && c);
      hook_unref(h); /* the call's hold: it waits no more */
      round_now.given[t].hooks[i] = h;
      round_now.given[t].calls[i] = weir_completion_ref(c);
      completion_unref(c);
    }
  }
  atomic_store(&round_now.handle, s->handle);
  atomic_store(&round_now.mail, 0);
}

static void drive(struct store *s) {
  struct driver *d = malloc(sizeof(*d));
  CHECK(d);
  d->rung = &rung;
  inbox_on_wake(s->inbox, wake, d);
  step(s);
  sched_yield();
  inbox_forget_wake(s->inbox, d);
  free(d);
}

static void store_close(struct engine *e, struct store *s) {
  inbox_close(s->inbox);
  handle_give(&s->pool, s->handle);
  handle_pool_done(&s->pool);
  inbox_give(&e->inboxes, s->inbox);
}

static void one_store(struct engine *e, bool late) {
  struct store s;
  store_open(e, &s);
  atomic_store(&unread, 0);
  give_out(&s);
  if (late)
    CHECK(inbox_fd(s.inbox) >= 0);
  pthread_barrier_wait(&round_now.begin);
  for (int i = 0; i < DRIVERS; i++)
    drive(&s);
  if (late) /* all that was sent is there */
    pthread_barrier_wait(&round_now.end);
  step(&s);
  store_close(e, &s);
  if (!late)
    pthread_barrier_wait(&round_now.end);
  CHECK(s.delivered + atomic_load(&unread) == atomic_load(&round_now.mail));
  CHECK(!late || s.delivered == THREADS * MAIL * 2);
}

int main(void) {
  struct engine e;
  pthread_t threads[THREADS];
  handle_home_init(&e.handles, &mem_system, NULL);
  inbox_home_init(&e.inboxes);
  pthread_barrier_init(&round_now.begin, NULL, THREADS + 1);
  pthread_barrier_init(&round_now.end, NULL, THREADS + 1);
  for (int t = 0; t < THREADS; t++)
    CHECK(pthread_create(&threads[t], NULL, others, &round_now.given[t]) == 0);
  for (int n = 0; n < STORES; n++)
    one_store(&e, n % 2);
  atomic_store(&round_now.stop, true);
  pthread_barrier_wait(&round_now.begin);
  for (int t = 0; t < THREADS; t++)
    pthread_join(threads[t], NULL);
  inbox_home_done(&e.inboxes);
  handle_home_done(&e.handles);
  printf("%d stores, rung %d times\n", STORES, atomic_load(&rung));
  return 0;
}
