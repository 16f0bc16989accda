/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The inbox of a store, without a lock: a sender never waits.
 *
 * What holds: a callback is never called, and a descriptor never written, after it was replaced; the descriptor stays
 * readable from the first wake-up to the step after the last. Parts, in order: the bell, the mail, the descriptor,
 * the owner, the life of an inbox, and the homes that keep inboxes for later stores.
 */
#include "base/inbox.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* ---- the bell ---------------------------------------------------------------------------------------------------- */

static void leave(struct bell *bell) {
  atomic_fetch_sub_explicit(&bell->ringing, 1, memory_order_release);
}

/* Enters the bell that counts, which nobody changes until it is left; NULL: there is none. */
static struct bell *enter(struct inbox *b) {
  struct bell *bell = atomic_load(&b->bell);
  while (bell) {
    atomic_fetch_add(&bell->ringing, 1);
    struct bell *now = atomic_load(&b->bell);
    if (now == bell)
      return bell;
    leave(bell);
    bell = now;
  }
  return NULL;
}

static void wait_until_left(struct bell *bell) {
  while (bell && atomic_load(&bell->ringing) > 0)
    sched_yield();
}

static void begin_change(struct inbox *b) {
  while (atomic_flag_test_and_set(&b->changing))
    sched_yield();
}

static void end_change(struct inbox *b) {
  atomic_flag_clear(&b->changing);
}

/* Makes another bell the one that counts; nobody is at the old one afterwards. Inside of a change. */
static void change(struct inbox *b, void (*wake)(void *data), void *data, int fd) {
  struct bell *old = atomic_load(&b->bell);
  struct bell *other = old == &b->bells[0] ? &b->bells[1] : &b->bells[0];
  wait_until_left(other); /* a sender may just have looked at the bell in vain */
  other->wake = wake;
  other->data = data;
  other->fd = fd;
  atomic_store(&b->bell, other);
  wait_until_left(old);
}

void inbox_on_wake(struct inbox *b, void (*wake)(void *data), void *data) {
  begin_change(b);
  const struct bell *bell = atomic_load(&b->bell);
  if (bell)
    change(b, wake, data, bell->fd);
  end_change(b);
}

void inbox_forget_wake(struct inbox *b, const void *data) {
  begin_change(b);
  const struct bell *bell = atomic_load(&b->bell);
  if (bell && bell->data == data)
    change(b, NULL, NULL, bell->fd);
  end_change(b);
}

/* A full counter is readable already; nothing else can go wrong with a descriptor of our own. */
static void signal_fd(struct inbox *b, int fd) {
  static const uint64_t one = 1;
  if (fd < 0 || atomic_exchange(&b->woken, true))
    return;
  int saved = errno;
  ssize_t written;
  do {
    written = write(fd, &one, sizeof(one));
  } while (written < 0 && errno == EINTR);
  errno = saved;
}

void inbox_ring(struct inbox *b) {
  struct bell *bell = enter(b);
  if (!bell)
    return;
  signal_fd(b, bell->fd);
  if (bell->wake)
    bell->wake(bell->data);
  leave(bell);
}

/* ---- mail -------------------------------------------------------------------------------------------------------- */

bool inbox_post(struct inbox *b, struct mail *mail) {
  struct mail *newest = atomic_load_explicit(&b->mail, memory_order_relaxed);
  do {
    if (newest == inbox_closed_mark(b))
      return false;
    mail->next = newest;
  } while (!atomic_compare_exchange_weak(&b->mail, &newest, mail));
  if (!newest) /* else the bell has rung for the mail before, and the owner has not come yet */
    inbox_ring(b);
  return true;
}

static struct mail *oldest_first(struct mail *newest) {
  struct mail *oldest = NULL;
  while (newest) {
    struct mail *next = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = next;
  }
  return oldest;
}

struct mail *inbox_take(struct inbox *b) {
  return inbox_has_mail(b) ? oldest_first(atomic_exchange(&b->mail, NULL)) : NULL;
}

/* ---- the descriptor ---------------------------------------------------------------------------------------------- */

/* The descriptor as its owner sees it: the owner alone makes and closes it. */
static int fd_of(const struct inbox *b) {
  const struct bell *bell = atomic_load(&b->bell);
  return bell ? bell->fd : -1;
}

void inbox_signal(struct inbox *b) {
  signal_fd(b, fd_of(b));
}

/*
 * Reads first: a wake-up in between finds `woken` set and writes nothing, but the step looks at its mail only after
 * this. Where there is nothing to read yet, a sender is about to write, and the next step reads that.
 */
void inbox_unsignal(struct inbox *b) {
  int fd = fd_of(b);
  if (fd < 0 || !atomic_load(&b->woken))
    return;
  uint64_t count;
  ssize_t got;
  do {
    got = read(fd, &count, sizeof(count));
  } while (got < 0 && errno == EINTR);
  if (got > 0)
    atomic_store(&b->woken, false);
}

int inbox_fd(struct inbox *b) {
  int fd = fd_of(b);
  if (fd >= 0)
    return fd;
  fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0)
    return -1;
  begin_change(b);
  const struct bell *bell = atomic_load(&b->bell);
  change(b, bell->wake, bell->data, fd);
  end_change(b);
  inbox_signal(b);
  return fd;
}

/* ---- the owner --------------------------------------------------------------------------------------------------- */

bool inbox_own_first(struct inbox *b) {
  uintptr_t owner = INBOX_FIRST;
  return inbox_is_mine(b) || inbox_owner(b) == INBOX_ANYBODY ||
         atomic_compare_exchange_strong(&b->owner, &owner, (uintptr_t)pthread_self());
}

bool inbox_own(struct inbox *b) {
  uintptr_t owner = atomic_load(&b->owner);
  for (;;) {
    if (owner & INBOX_INSIDE)
      return inbox_is_mine(b);
    if (owner == INBOX_ANYBODY || atomic_compare_exchange_weak(&b->owner, &owner, (uintptr_t)pthread_self()))
      return true;
  }
}

void inbox_serialize(struct inbox *b) {
  atomic_store(&b->owner, INBOX_ANYBODY);
}

void inbox_disown(struct inbox *b) {
  uintptr_t mine = (uintptr_t)pthread_self();
  atomic_compare_exchange_strong(&b->owner, &mine, INBOX_NOBODY);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

struct inbox *inbox_ref(struct inbox *b) {
  atomic_fetch_add_explicit(&b->holders, 1, memory_order_relaxed);
  return b;
}

void inbox_unref(struct inbox *b) {
  if (b && atomic_fetch_sub_explicit(&b->holders, 1, memory_order_acq_rel) == 1)
    free(b);
}

/* From malloc(): an inbox may outlive the engine and the engine's allocator. */
static struct inbox *inbox_new(void) {
  struct inbox *b = calloc(1, sizeof(*b));
  if (!b)
    return NULL;
  atomic_init(&b->holders, 1); /* the home's, or what stands in for it */
  atomic_init(&b->owner, INBOX_NOBODY);
  atomic_init(&b->mail, inbox_closed_mark(b));
  atomic_init(&b->bell, NULL);
  atomic_flag_clear(&b->changing);
  atomic_init(&b->woken, false);
  return b;
}

void inbox_close(struct inbox *b) {
  struct mail *rest = atomic_exchange(&b->mail, inbox_closed_mark(b));
  int fd = fd_of(b);
  begin_change(b);
  struct bell *bell = atomic_exchange(&b->bell, NULL);
  wait_until_left(bell);
  end_change(b);
  if (fd >= 0)
    close(fd);
  struct mail *next = oldest_first(rest == inbox_closed_mark(b) ? NULL : rest);
  while (next) {
    struct mail *mail = next;
    next = mail->next;
    mail->deliver(mail, NULL);
  }
}

/* ---- homes ------------------------------------------------------------------------------------------------------- */

void inbox_home_init(struct inbox_home *h) {
  pthread_mutex_init(&h->lock, NULL);
  h->first = h->last = NULL;
}

void inbox_home_done(struct inbox_home *h) {
  while (h->first) {
    struct inbox *b = h->first;
    h->first = b->next;
    inbox_unref(b);
  }
  pthread_mutex_destroy(&h->lock);
}

void inbox_give(struct inbox_home *h, struct inbox *b) {
  b->next = NULL;
  pthread_mutex_lock(&h->lock);
  if (h->first)
    h->last->next = b;
  else
    h->first = b;
  h->last = b;
  pthread_mutex_unlock(&h->lock);
}

/*
 * The first inbox, if nobody but the home holds it. Other holders must go on finding it closed, so it goes last then.
 */
static struct inbox *take_first(struct inbox_home *h) {
  pthread_mutex_lock(&h->lock);
  struct inbox *b = h->first;
  if (b) {
    h->first = b->next;
    if (!h->first)
      h->last = NULL;
  }
  pthread_mutex_unlock(&h->lock);
  if (!b || atomic_load_explicit(&b->holders, memory_order_acquire) == 1)
    return b;
  inbox_give(h, b);
  return NULL;
}

struct inbox *inbox_open(struct inbox_home *h) {
  struct inbox *b = take_first(h);
  if (!b)
    b = inbox_new();
  if (!b)
    return NULL;
  atomic_store(&b->woken, false);
  atomic_store(&b->owner, INBOX_FIRST);
  begin_change(b);
  change(b, NULL, NULL, -1);
  end_change(b);
  atomic_store(&b->mail, NULL);
  return b;
}
