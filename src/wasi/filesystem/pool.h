/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Work that may block, on the threads of libuv: so many pieces at once, the others wait their turn, first come first
 * served. All functions are for the loop's thread.
 */
#ifndef WASI_FILESYSTEM_POOL_H
#define WASI_FILESYSTEM_POOL_H

#include <stdbool.h>
#include <uv.h>

#include "base/list.h"

enum { WASI_POOL_RUNNING = 8 };

struct wasi_pool {
  uv_loop_t *loop;
  unsigned running;
  struct list waiting; /* wasi_job.node */
  /* The last job of a pool that is being closed has ended. */
  void (*idle)(void *data);
  void *data;
};

/* Embedded in what is to be done. Its memory has to stay until `done` is called. */
struct wasi_job {
  uv_work_t work;
  struct list node;
  struct wasi_pool *pool;
  void (*run)(struct wasi_job *job);  /* on another thread */
  void (*done)(struct wasi_job *job); /* on the loop's thread, once; may free the job */
};

void wasi_pool_init(struct wasi_pool *pool, uv_loop_t *loop);
/* Calls `idle` when nothing runs, which may be at once: from then on the pool may go. No job may wait its turn. */
void wasi_pool_close(struct wasi_pool *pool, void (*idle)(void *data), void *data);

void wasi_pool_start(struct wasi_pool *pool, struct wasi_job *job, void (*run)(struct wasi_job *job),
                     void (*done)(struct wasi_job *job));
/* Takes back a job that nobody has begun. False: it runs, and `done` will be called. */
bool wasi_pool_take_back(struct wasi_job *job);

#endif
