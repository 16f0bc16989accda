/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See pool.h. */
#include "wasi/filesystem/pool.h"

void wasi_pool_init(struct wasi_pool *pool, uv_loop_t *loop) {
  *pool = (struct wasi_pool){.loop = loop};
  list_init(&pool->waiting);
}

static void job_run(uv_work_t *work) {
  struct wasi_job *job = work->data;
  job->run(job);
}

static void job_done(uv_work_t *work, int status);

/* uv_queue_work() fails only for arguments that are none. */
static void pool_run(struct wasi_pool *pool) {
  while (pool->running < WASI_POOL_RUNNING && !list_empty(&pool->waiting)) {
    struct wasi_job *job = LIST_OWNER(pool->waiting.next, struct wasi_job, node);
    list_remove(&job->node);
    pool->running++;
    uv_queue_work(pool->loop, &job->work, job_run, job_done);
  }
}

static void job_done(uv_work_t *work, int status) {
  (void)status; /* nothing is cancelled there */
  struct wasi_job *job = work->data;
  struct wasi_pool *pool = job->pool;
  pool->running--;
  pool_run(pool);
  job->done(job);
  if (pool->idle && pool->running == 0)
    pool->idle(pool->data);
}

void wasi_pool_start(struct wasi_pool *pool, struct wasi_job *job, void (*run)(struct wasi_job *job),
                     void (*done)(struct wasi_job *job)) {
  job->work.data = job;
  job->pool = pool;
  job->run = run;
  job->done = done;
  list_append(&pool->waiting, &job->node);
  pool_run(pool);
}

bool wasi_pool_take_back(struct wasi_job *job) {
  if (list_empty(&job->node))
    return false;
  list_remove(&job->node);
  return true;
}

void wasi_pool_close(struct wasi_pool *pool, void (*idle)(void *data), void *data) {
  pool->idle = idle;
  pool->data = data;
  if (pool->running == 0)
    idle(data);
}
