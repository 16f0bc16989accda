/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A descriptor that the embedder lends for standard input or output, of any kind: regular file, pipe, terminal, socket,
 * device, closed, none; or functions in the place of one (memory.h). Reading and writing never wait where waiting could
 * last; the loop says when to try again.
 *
 * The embedder's open file description is shared with other processes (a shell's terminal), so its flags stay as they
 * are: pipes and terminals are opened anew without blocking, sockets are asked call by call, and what can be neither is
 * asked whether it is ready and then given no more than it must take. Offsets of files must be shared, so files are
 * duplicated and never opened anew. Writing to a pipe without reader gives EPIPE and no signal, whatever the process's
 * disposition of SIGPIPE.
 */
#ifndef WASI_HOST_FD_H
#define WASI_HOST_FD_H

#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

#include "wasi/host/bell.h"
#include "wasi/host/memory.h"

enum wasi_fd_mode {
  WASI_FD_CLOSED,   /* not opened yet */
  WASI_FD_NONE,     /* the embedder gave none: reads end at once, writes go nowhere */
  WASI_FD_BROKEN,   /* cannot be used: every operation gives `error` */
  WASI_FD_DIRECT,   /* files and devices that are always ready */
  WASI_FD_SOCKET,   /* MSG_DONTWAIT */
  WASI_FD_NONBLOCK, /* its description does not block */
  WASI_FD_CHECKED,  /* blocks, so readiness is asked for first */
  WASI_FD_CALLS     /* functions in the place of a descriptor; the bell tells when to try again */
};

struct wasi_fd {
  uv_loop_t *loop;
  int given; /* the embedder's descriptor, which stays open while this is in use; -1: none */
  int fd;    /* ours; -1: none */
  int error; /* BROKEN */
  enum wasi_fd_mode mode;
  bool for_writing;
  bool is_pipe;
  bool polled; /* `poll` is initialised */
  uv_poll_t poll;
  struct wasi_calls calls; /* CALLS, with what follows */
  struct wasi_bell *bell;
  struct wasi_waiter waiter;
  bool later;        /* the last answer was WEIR_WASI_LATER, */
  uint64_t later_at; /* when the bell had rung so often */
  void (*ready)(void *data);
  void *data;
};

/*
 * Never fails; the descriptor is looked at when it is first used. `ready` is called from the loop after wasi_fd_wait().
 */
void wasi_fd_init(struct wasi_fd *f, uv_loop_t *loop, int given, bool for_writing, void (*ready)(void *data),
                  void *data);
/* Functions stand in the place of the descriptor, if there are any. Before the first use. */
void wasi_fd_replace(struct wasi_fd *f, struct wasi_calls calls, struct wasi_bell *bell);
/* Gives the handle that is to be closed before `f` may go, or NULL. */
uv_handle_t *wasi_fd_close(struct wasi_fd *f);
/* After the loop has closed its handles. */
void wasi_fd_done(struct wasi_fd *f);

/* Number of bytes, 0 at the end of input, -EAGAIN, or the negative of another errno. `size` > 0. */
ssize_t wasi_fd_read(struct wasi_fd *f, void *buffer, size_t size);
ssize_t wasi_fd_write(struct wasi_fd *f, const void *bytes, size_t size);

/* Whether reading, or writing a little, would not give -EAGAIN now. */
bool wasi_fd_is_ready(struct wasi_fd *f);

/* After -EAGAIN: `ready` is called whenever trying again may help, until wasi_fd_unwait(). 0 or a negative errno. */
int wasi_fd_wait(struct wasi_fd *f);
void wasi_fd_unwait(struct wasi_fd *f);

/*
 * After -EAGAIN: blocks the thread until trying again may help. Not where `mode` says that it is always ready. False:
 * it does not block, since only the loop could tell.
 */
bool wasi_fd_block(const struct wasi_fd *f);

/* Whether the embedder's descriptor is a terminal. */
bool wasi_fd_is_terminal(const struct wasi_fd *f);

#endif
