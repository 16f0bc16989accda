/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See inbox.h. */
#include "base/inbox.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"

struct inbox *inbox_new(const struct weir_alloc *alloc) {
  struct inbox *b = mem_zalloc(alloc, sizeof *b);
  if (!b)
    return NULL;
  b->alloc = *alloc;
  atomic_init(&b->holders, 1);
  atomic_init(&b->has_mail, false);
  atomic_init(&b->woken, false);
  atomic_init(&b->fd, -1);
  pthread_mutex_init(&b->lock, NULL);
  list_init(&b->mail);
  return b;
}

struct inbox *inbox_ref(struct inbox *b) {
  atomic_fetch_add_explicit(&b->holders, 1, memory_order_relaxed);
  return b;
}

void inbox_unref(struct inbox *b) {
  if (!b || atomic_fetch_sub_explicit(&b->holders, 1, memory_order_acq_rel) != 1)
    return;
  pthread_mutex_destroy(&b->lock);
  struct weir_alloc alloc = b->alloc;
  mem_free(&alloc, b, sizeof *b);
}

void inbox_close(struct inbox *b, struct list *rest) {
  pthread_mutex_lock(&b->lock);
  b->closed = true;
  b->wake = NULL;
  list_take(rest, &b->mail);
  atomic_store_explicit(&b->has_mail, false, memory_order_release);
  int fd = atomic_exchange(&b->fd, -1);
  pthread_mutex_unlock(&b->lock);
  if (fd >= 0)
    close(fd);
}

bool inbox_post(struct inbox *b, struct list *node) {
  pthread_mutex_lock(&b->lock);
  bool open = !b->closed;
  if (open) {
    list_append(&b->mail, node);
    atomic_store_explicit(&b->has_mail, true, memory_order_release);
    inbox_signal(b);
    if (b->wake)
      b->wake(b->wake_data);
  }
  pthread_mutex_unlock(&b->lock);
  return open;
}

bool inbox_take(struct inbox *b, struct list *ret) {
  list_init(ret);
  if (!inbox_has_mail(b))
    return false;
  pthread_mutex_lock(&b->lock);
  list_take(ret, &b->mail);
  atomic_store_explicit(&b->has_mail, false, memory_order_release);
  pthread_mutex_unlock(&b->lock);
  return !list_empty(ret);
}

/* A full counter is readable already; nothing else can go wrong with a descriptor of our own. */
void inbox_signal(struct inbox *b) {
  static const uint64_t one = 1;
  int fd = atomic_load(&b->fd);
  if (fd < 0 || atomic_exchange(&b->woken, true))
    return;
  int saved = errno;
  ssize_t written;
  do {
    written = write(fd, &one, sizeof one);
  } while (written < 0 && errno == EINTR);
  errno = saved;
}

/*
 * Read first: a wake-up in between finds `woken` set and writes nothing, but what it is about is looked at only now.
 * Where there is nothing to read yet, somebody is about to write, and the next step takes it.
 */
void inbox_unsignal(struct inbox *b) {
  int fd = atomic_load(&b->fd);
  if (fd < 0 || !atomic_load(&b->woken))
    return;
  uint64_t count;
  ssize_t got;
  do {
    got = read(fd, &count, sizeof count);
  } while (got < 0 && errno == EINTR);
  if (got > 0)
    atomic_store(&b->woken, false);
}

int inbox_fd(struct inbox *b) {
  int fd = atomic_load(&b->fd);
  if (fd >= 0)
    return fd;
  fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0)
    return -1;
  atomic_store(&b->woken, false);
  atomic_store(&b->fd, fd);
  inbox_signal(b);
  return fd;
}

void inbox_on_wake(struct inbox *b, void (*wake)(void *data), void *data) {
  pthread_mutex_lock(&b->lock);
  b->wake = wake;
  b->wake_data = data;
  pthread_mutex_unlock(&b->lock);
}
