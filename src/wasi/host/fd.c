/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Descriptors of all kinds behind one read, one write and one wait. The kind is found out at the first use, because
 * most guests never touch standard input and a start should not pay for it.
 */
#include "wasi/host/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static void fd_break(struct wasi_fd *f, int error) {
  f->mode = WASI_FD_BROKEN;
  f->error = error;
}

static void fd_duplicate(struct wasi_fd *f, enum wasi_fd_mode mode) {
  f->fd = fcntl(f->given, F_DUPFD_CLOEXEC, 3);
  if (f->fd < 0)
    fd_break(f, errno);
  else
    f->mode = mode;
}

/* A second description of the same pipe or terminal, which does not block. False where the system has no such way. */
static bool fd_reopen(struct wasi_fd *f) {
  int wanted = f->for_writing ? O_WRONLY : O_RDONLY;
  char path[32];
  snprintf(path, sizeof(path), "/proc/self/fd/%d", f->given);
  f->fd = open(path, wanted | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (f->fd < 0)
    return false;
  f->mode = WASI_FD_NONBLOCK;
  return true;
}

static void fd_open(struct wasi_fd *f) {
  struct stat info;
  if (f->given < 0) {
    f->mode = WASI_FD_NONE;
    return;
  }
  int flags = fcntl(f->given, F_GETFL);
  if (flags < 0 || fstat(f->given, &info) != 0) {
    fd_break(f, errno);
    return;
  }
  int access = flags & O_ACCMODE;
  if (access != O_RDWR && access != (f->for_writing ? O_WRONLY : O_RDONLY)) {
    fd_break(f, EBADF); /* opening it anew must not give more rights than were lent, and waiting would last for ever */
    return;
  }
  f->is_pipe = S_ISFIFO(info.st_mode);
  if (S_ISREG(info.st_mode) || S_ISDIR(info.st_mode) || S_ISBLK(info.st_mode))
    fd_duplicate(f, WASI_FD_DIRECT);
  else if (S_ISSOCK(info.st_mode))
    fd_duplicate(f, WASI_FD_SOCKET);
  else if (flags & O_NONBLOCK)
    fd_duplicate(f, WASI_FD_NONBLOCK);
  else if (!(f->is_pipe || isatty(f->given)) || !fd_reopen(f))
    fd_duplicate(f, WASI_FD_CHECKED); /* of what is always ready, such as /dev/null, asking tells just that */
}

/* ---- reading and writing ----------------------------------------------------------------------------------------- */

/*
 * write() without the signal: SIGPIPE is blocked for this thread, and taken back if this write raised it. Where one was
 * pending before, the two cannot be told apart, and it stays.
 */
static ssize_t write_quietly(int fd, const void *bytes, size_t size) {
  sigset_t sigpipe, pending, before;
  sigemptyset(&sigpipe);
  sigaddset(&sigpipe, SIGPIPE);
  sigemptyset(&pending);
  sigpending(&pending);
  if (sigismember(&pending, SIGPIPE))
    return write(fd, bytes, size); /* pending means blocked */
  pthread_sigmask(SIG_BLOCK, &sigpipe, &before);
  ssize_t written = write(fd, bytes, size);
  int error = errno;
  if (written < 0 && error == EPIPE) {
    struct timespec at_once = {0};
    while (sigtimedwait(&sigpipe, NULL, &at_once) < 0 && errno == EINTR) {
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = error;
  return written;
}

static bool fd_is_ready(const struct wasi_fd *f) {
  struct pollfd ask = {.fd = f->fd, .events = f->for_writing ? POLLOUT : POLLIN};
  return poll(&ask, 1, 0) != 0; /* an error is for the operation itself to report */
}

bool wasi_fd_is_ready(struct wasi_fd *f) {
  if (f->mode == WASI_FD_CLOSED)
    fd_open(f);
  if (f->mode == WASI_FD_CALLS)
    return !f->later || f->later_at != f->bell->rings; /* where the bell has rung, only trying tells */
  return f->fd < 0 || f->mode == WASI_FD_DIRECT || fd_is_ready(f);
}

static ssize_t fd_try_read(struct wasi_fd *f, void *buffer, size_t size) {
  if (f->mode == WASI_FD_SOCKET)
    return recv(f->fd, buffer, size, MSG_DONTWAIT);
  return read(f->fd, buffer, size);
}

static ssize_t fd_try_write(struct wasi_fd *f, const void *bytes, size_t size) {
  if (f->mode == WASI_FD_SOCKET)
    return send(f->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (f->mode == WASI_FD_CHECKED && size > PIPE_BUF)
    size = PIPE_BUF; /* what a ready pipe takes without waiting */
  return f->is_pipe ? write_quietly(f->fd, bytes, size) : write(f->fd, bytes, size);
}

/* Whether to go on with an operation; else `*ret` is its outcome. */
static bool fd_begin(struct wasi_fd *f, ssize_t *ret) {
  if (f->mode == WASI_FD_CLOSED)
    fd_open(f);
  if (f->mode == WASI_FD_BROKEN)
    *ret = -f->error;
  else if (f->mode == WASI_FD_CHECKED && !fd_is_ready(f))
    *ret = -EAGAIN;
  else
    return true;
  return false;
}

/* What a function of the embedder's has given: more bytes than there were would be believed nowhere. */
static ssize_t calls_outcome(struct wasi_fd *f, int64_t moved, size_t size) {
  f->later = moved == WEIR_WASI_LATER || (f->for_writing && moved == 0);
  f->later_at = f->bell->rings;
  if (f->later)
    return -EAGAIN;
  return moved < 0 || (uint64_t)moved > size ? -EIO : (ssize_t)moved;
}

static ssize_t fd_outcome(ssize_t count) {
  if (count >= 0)
    return count;
  return errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

ssize_t wasi_fd_read(struct wasi_fd *f, void *buffer, size_t size) {
  ssize_t count;
  if (!fd_begin(f, &count))
    return count;
  if (f->mode == WASI_FD_NONE)
    return 0;
  if (f->mode == WASI_FD_CALLS)
    return calls_outcome(f, f->calls.read(f->calls.data, buffer, size), size);
  do
    count = fd_try_read(f, buffer, size);
  while (count < 0 && errno == EINTR);
  return fd_outcome(count);
}

ssize_t wasi_fd_write(struct wasi_fd *f, const void *bytes, size_t size) {
  ssize_t count;
  if (!fd_begin(f, &count))
    return count;
  if (f->mode == WASI_FD_NONE)
    return (ssize_t)size;
  if (f->mode == WASI_FD_CALLS)
    return calls_outcome(f, f->calls.write(f->calls.data, bytes, size), size);
  do
    count = fd_try_write(f, bytes, size);
  while (count < 0 && errno == EINTR);
  return fd_outcome(count);
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

static void fd_ready(uv_poll_t *poll, int status, int events) {
  (void)status, (void)events; /* an error shows when the operation is tried */
  struct wasi_fd *f = poll->data;
  f->ready(f->data);
}

/* libuv makes what it polls non-blocking, also for those who share the description: that is put back. */
static int fd_poll_init(struct wasi_fd *f) {
  int flags = fcntl(f->fd, F_GETFL);
  int status = uv_poll_init(f->loop, &f->poll, f->fd);
  if (flags >= 0 && !(flags & O_NONBLOCK))
    fcntl(f->fd, F_SETFL, flags);
  if (status != 0)
    return status;
  f->poll.data = f;
  f->polled = true;
  return 0;
}

/* The bell rings once for all who wait, so this one waits anew before it looks. */
static void fd_rung(struct wasi_waiter *waiter) {
  struct wasi_fd *f = LIST_OWNER(waiter, struct wasi_fd, waiter);
  wasi_event_wait(&f->bell->rung, waiter);
  f->ready(f->data);
}

int wasi_fd_wait(struct wasi_fd *f) {
  if (f->mode == WASI_FD_CALLS) {
    if (!f->waiter.event)
      wasi_event_wait(&f->bell->rung, &f->waiter);
    return 0;
  }
  if (!f->polled) {
    int status = fd_poll_init(f);
    if (status != 0)
      return status;
  }
  if (uv_is_active((uv_handle_t *)&f->poll))
    return 0;
  return uv_poll_start(&f->poll, f->for_writing ? UV_WRITABLE : UV_READABLE, fd_ready);
}

void wasi_fd_unwait(struct wasi_fd *f) {
  wasi_event_leave(&f->waiter);
  if (f->polled)
    uv_poll_stop(&f->poll);
}

bool wasi_fd_block(const struct wasi_fd *f) {
  if (f->mode == WASI_FD_CALLS)
    return false;
  struct pollfd ask = {.fd = f->fd, .events = f->for_writing ? POLLOUT : POLLIN};
  poll(&ask, 1, -1); /* an error is for the operation itself to report */
  return true;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

void wasi_fd_init(struct wasi_fd *f, uv_loop_t *loop, int given, bool for_writing, void (*ready)(void *data),
                  void *data) {
  *f = (struct wasi_fd){
      .loop = loop, .given = given, .fd = -1, .for_writing = for_writing, .ready = ready, .data = data};
}

void wasi_fd_replace(struct wasi_fd *f, struct wasi_calls calls, struct wasi_bell *bell) {
  if (!calls.read && !calls.write)
    return;
  f->mode = WASI_FD_CALLS;
  f->given = -1;
  f->calls = calls;
  f->bell = bell;
  f->waiter.happened = fd_rung;
}

uv_handle_t *wasi_fd_close(struct wasi_fd *f) {
  wasi_event_leave(&f->waiter);
  return f->polled ? (uv_handle_t *)&f->poll : NULL;
}

void wasi_fd_done(struct wasi_fd *f) {
  if (f->fd >= 0)
    close(f->fd);
  f->fd = -1;
}

bool wasi_fd_is_terminal(const struct wasi_fd *f) {
  return f->given >= 0 && isatty(f->given) == 1;
}
