/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Under ThreadSanitizer, which does not follow the engine's stacks: completions and their inbox without store and
 * guest. The owner does what a step does with the mail, sleeps on the descriptor, and closes the inbox under the feet
 * of others.
 *
 * sources: src/embed/completion.c src/base/inbox.c src/base/handle.c src/base/handle_ask.c src/abi/value.c
 * sources: src/base/mem.c src/base/utf8.c src/base/diag.c src/base/error.c
 */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/handle.h"
#include "base/mem.h"
#include "embed/completion.h"

enum { THREADS = 4, ROUNDS = 3000, CALLS = 8, CLOSE_ROUNDS = 2000 };

#define CHECK(x)                                                            \
  do {                                                                      \
    if (!(x)) {                                                             \
      fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #x); \
      exit(1);                                                              \
    }                                                                       \
  } while (0)

struct round {
  pthread_barrier_t begin, end;
  struct inbox_home home;
  int taken, unread; /* mail */
  struct inbox *inbox;
  struct weir_completion *calls[CALLS];
  atomic_int won[CALLS], gone;
  atomic_bool stop;
};

static weir_status race(struct weir_completion *c, int thread) {
  weir_value text;
  switch (thread) {
    case 0:
      CHECK(weir_value_new_string("text", 4, &text) == WEIR_OK);
      return weir_completion_return(c, &text, NULL);
    case 1:
      return weir_completion_fail(c, "failed");
    case 2:
      return weir_completion_exit(c, 2);
    default:
      weir_completion_cancel_requested(c);
      return weir_completion_cancelled(c);
  }
}

static void note(struct round *r, int call, weir_status status) {
  if (status == WEIR_OK)
    atomic_fetch_add(&r->won[call], 1);
  else if (status == WEIR_ERR_GONE)
    atomic_fetch_add(&r->gone, 1);
  else
    CHECK(status == WEIR_ERR_MISUSE);
}

struct worker {
  struct round *round;
  int number;
};

static void *work(void *data) {
  struct worker *w = data;
  struct round *r = w->round;
  for (;;) {
    pthread_barrier_wait(&r->begin);
    if (atomic_load(&r->stop))
      return NULL;
    for (int i = 0; i < CALLS; i++) {
      int call = (i + w->number * 3) % CALLS;
      note(r, call, race(r->calls[call], w->number));
      weir_completion_free(r->calls[call]);
    }
    pthread_barrier_wait(&r->end);
  }
}

static struct round the_round;

static void deliver(struct mail *mail, void *owner) {
  struct weir_completion *c = completion_of_mail(mail);
  if (owner) {
    CHECK(c->outcome.kind != HOST_CALL_NONE);
    CHECK(c->call == owner);
    c->call = NULL;
    completion_unref(c); /* the call's */
    the_round.taken++;
  } else {
    the_round.unread++;
  }
  completion_unref(c); /* the mail's */
}

static const struct completion_ops ops = {.deliver = deliver};

/* What a step does with mail; counts the calls that ended. */
static int take(struct round *r) {
  r->taken = 0;
  inbox_unsignal(r->inbox);
  struct mail *next = inbox_take(r->inbox);
  while (next) {
    struct mail *mail = next;
    next = mail->next;
    mail->deliver(mail, r);
  }
  return r->taken;
}

static void open_round(struct round *r) {
  r->inbox = inbox_open(&r->home);
  CHECK(r->inbox && inbox_fd(r->inbox) >= 0);
  atomic_store(&r->gone, 0);
  for (int i = 0; i < CALLS; i++) {
    atomic_store(&r->won[i], 0);
    r->calls[i] = completion_new(r->inbox, r, &ops);
    CHECK(r->calls[i]);
    for (int k = 0; k < THREADS; k++)
      weir_completion_ref(r->calls[i]);
    if (i % 2)
      atomic_store(&r->calls[i]->cancel_requested, true);
  }
}

/* The number of calls whose mail nobody has read. */
static int close_round(struct round *r) {
  r->unread = 0;
  inbox_close(r->inbox);
  return r->unread;
}

/* Every call is finished exactly once, and no wake-up is lost: the owner sleeps until all have come. */
static void exactly_once(struct round *r) {
  for (int n = 0; n < ROUNDS; n++) {
    open_round(r);
    pthread_barrier_wait(&r->begin);
    for (int ended = 0; ended < CALLS;) {
      struct pollfd p = {.fd = inbox_fd(r->inbox), .events = POLLIN};
      CHECK(poll(&p, 1, 20000) == 1);
      ended += take(r);
    }
    pthread_barrier_wait(&r->end);
    CHECK(take(r) == 0 && atomic_load(&r->gone) == 0);
    struct pollfd quiet = {.fd = inbox_fd(r->inbox), .events = POLLIN};
    CHECK(poll(&quiet, 1, 0) == 0); /* nothing is left that would wake the owner for ever */
    for (int i = 0; i < CALLS; i++)
      CHECK(atomic_load(&r->won[i]) == 1);
    CHECK(close_round(r) == 0);
    inbox_give(&r->home, r->inbox);
  }
}

/* The store goes while others finish: nobody is told twice that it was theirs, and nothing is leaked or touched. */
static void closing_under_their_feet(struct round *r) {
  for (int n = 0; n < CLOSE_ROUNDS; n++) {
    struct weir_completion *own[CALLS];
    open_round(r);
    memcpy(own, r->calls, sizeof(own));
    struct inbox *inbox = r->inbox;
    pthread_barrier_wait(&r->begin);
    for (int i = 0; i < n % 50; i++)
      sched_yield();
    int unread = close_round(r);
    for (int i = 0; i < CALLS; i++) {
      completion_claim(own[i], COMPLETION_GONE);
      own[i]->call = NULL;
      completion_unref(own[i]); /* the call's */
    }
    inbox_give(&r->home, inbox);
    pthread_barrier_wait(&r->end);
    for (int i = 0; i < CALLS; i++) {
      CHECK(atomic_load(&r->won[i]) <= 1);
      unread -= atomic_load(&r->won[i]);
    }
    CHECK(unread == 0); /* who was told that it had finished the call was in time */
  }
}

/* The owner looks between a waker's mark and its write: the write that follows must still be seen, and emptied. */
static void a_signal_on_its_way_is_not_forgotten(struct round *r) {
  static const uint64_t one = 1;
  struct inbox *b = inbox_open(&r->home);
  struct pollfd p = {.fd = inbox_fd(b), .events = POLLIN};
  inbox_unsignal(b);
  CHECK(poll(&p, 1, 0) == 0);
  atomic_store(&b->woken, true);
  inbox_unsignal(b);
  CHECK(write(p.fd, &one, sizeof(one)) == sizeof(one));
  inbox_unsignal(b);
  CHECK(poll(&p, 1, 0) == 0);
  inbox_signal(b);
  CHECK(poll(&p, 1, 0) == 1);
  inbox_close(b);
  inbox_give(&r->home, b);
}

/* Asking about stale handles while the owner gives and takes. */
struct handles {
  struct handle_home home;
  _Atomic(void *) latest;
  atomic_bool stop;
};

static void *ask(void *data) {
  struct handles *h = data;
  while (!atomic_load(&h->stop)) {
    void *object = handle_object(atomic_load(&h->latest), HANDLE_CALL);
    CHECK(!object || object == h);
  }
  return NULL;
}

static void *churn(void *data) {
  struct handles *h = data;
  for (int n = 0; n < 200; n++) {
    struct handle_pool pool;
    handle_pool_init(&pool, &h->home, NULL);
    void *taken[100];
    for (int i = 0; i < 100; i++) {
      taken[i] = handle_take(&pool, HANDLE_CALL, h);
      atomic_store(&h->latest, taken[i]);
    }
    for (int i = 0; i < 100; i++) {
      CHECK(handle_object(taken[i], HANDLE_CALL) == h);
      handle_give(&pool, taken[i]);
      CHECK(!handle_object(taken[i], HANDLE_CALL));
    }
    handle_pool_done(&pool);
  }
  return NULL;
}

static void handles_are_asked_about(void) {
  static struct handles h;
  pthread_t askers[2], churners[2];
  handle_home_init(&h.home, &mem_system, NULL);
  for (int i = 0; i < 2; i++) {
    CHECK(pthread_create(&churners[i], NULL, churn, &h) == 0);
    CHECK(pthread_create(&askers[i], NULL, ask, &h) == 0);
  }
  for (int i = 0; i < 2; i++)
    pthread_join(churners[i], NULL);
  atomic_store(&h.stop, true);
  for (int i = 0; i < 2; i++)
    pthread_join(askers[i], NULL);
  handle_home_done(&h.home);
}

int main(void) {
  struct round *r = &the_round;
  struct worker workers[THREADS];
  pthread_t threads[THREADS];
  inbox_home_init(&r->home);
  a_signal_on_its_way_is_not_forgotten(r);
  pthread_barrier_init(&r->begin, NULL, THREADS + 1);
  pthread_barrier_init(&r->end, NULL, THREADS + 1);
  for (int i = 0; i < THREADS; i++) {
    workers[i] = (struct worker){r, i};
    CHECK(pthread_create(&threads[i], NULL, work, &workers[i]) == 0);
  }
  exactly_once(r);
  closing_under_their_feet(r);
  atomic_store(&r->stop, true);
  pthread_barrier_wait(&r->begin);
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  inbox_home_done(&r->home);
  handles_are_asked_about();
  printf("%d rounds of %d calls and %d threads, %d of them closed in the middle\n", ROUNDS + CLOSE_ROUNDS, CALLS,
         THREADS, CLOSE_ROUNDS);
  return 0;
}
