/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a bridge and its requests consist of. Data only.
 *
 * One lock guards everything that callers and the worker share; it is never held while a callback runs, and nothing
 * but uv_async_send() is done with libuv off the worker. A request is queued, then running, then done; what its caller
 * sees (the phase) and what its job still holds (job_open) end separately, because a timeout answers the caller while
 * the job goes on. Whatever the worker must do about a request puts it into `news`, which is not the inbox and has no
 * bound but the number of requests.
 */
#ifndef BRIDGE_STATE_H
#define BRIDGE_STATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/types.h>
#include <uv.h>

#include "base/alarm.h"
#include "base/list.h"
#include "bridge/process.h"
#include "bridge/spin.h"
#include "weir/bridge.h"

enum {
  TICK_INTERVAL = 10000000, /* nanoseconds, where the caller says nothing */
  BRIDGE_CAPACITY = 1024,   /* of the inbox, where the caller says nothing */
  BRIDGE_NAME_SIZE = 16     /* what the system keeps of a thread's name, with the final zero */
};

enum bridge_phase { BRIDGE_STARTING, BRIDGE_OPEN, BRIDGE_DRAINING, BRIDGE_ABORTING, BRIDGE_STOPPED };

/* What an alarm of a bridge belongs to: a request or a weir_bridge_timer. */
enum alarm_kind { ALARM_DEADLINE, ALARM_TIMER };

/* Something that gets a turn on the worker whenever it is ready: any thread may say so. */
struct bridge_turn {
  struct list all;                     /* weir_bridge.turns */
  struct list ready;                   /* weir_bridge.turns_ready */
  bool (*run)(struct bridge_turn *);   /* gives a turn; whether there is more to do */
  bool working;                        /* after that: something goes on that a drain waits for */
  void (*close)(struct bridge_turn *); /* the bridge ends: leaves the lists and frees itself */
};

struct ticker {
  bool live; /* there is a thread; worker only */
  pthread_t thread;

  /* under the lock */
  uv_cond_t changed;
  bool stop;
  bool slow;     /* it waits longer than an interval */
  unsigned idle; /* ticks since the worker was busy */
};

struct weir_bridge {
  struct weir_alloc alloc;
  atomic_size_t holders; /* the owner, the worker, each request, each call in weir_bridge_submit() */
  atomic_bool worker_live;
  struct process_mark process; /* that made it: no other one has the worker */
  struct spin spin;            /* of callers and the worker, before they sleep */
  atomic_bool poked;           /* while the worker looks for it: there may be something to do */
  uv_mutex_t lock;

  /* under the lock */
  uv_cond_t room;    /* the inbox is no longer full, or nothing is accepted any more */
  uv_cond_t changed; /* phase, joined */
  enum bridge_phase phase;
  bool join_claimed, joined;
  bool closed;             /* the worker takes no more news */
  bool asleep;             /* the worker has found nothing to do, and blocks or is about to: it has to be woken */
  struct list queue;       /* weir_bridge_request.place: the inbox, in order */
  struct list jobs;        /* weir_bridge_request.place: those that were started and have not ended their request */
  struct list news;        /* weir_bridge_request.news */
  struct list turns_ready; /* bridge_turn.ready */
  size_t open_jobs;        /* length of `jobs` */
  struct ticker ticker;
  struct alarm_heap alarms;       /* deadlines of requests, and timers: enum alarm_kind */
  struct weir_bridge_stats stats; /* `abandoned` is computed */
  struct weir_bridge_times times;
  weir_status start_status;
  weir_error *start_error;

  /* constant once the worker has started */
  struct weir_bridge_config config;
  char name[BRIDGE_NAME_SIZE];
  pthread_t thread; /* as its owner knows it */
  pthread_t worker; /* as it knows itself, where worker_live */

  /* worker only; `wakeup` also under the lock while `asleep` */
  uv_loop_t loop;
  uv_async_t wakeup;
  uv_prepare_t prepare; /* gives the turn, each time before the loop blocks */
  uv_idle_t idle;       /* active: the loop shall not block */
  uv_timer_t clock;     /* for `alarms` */
  struct list turns;    /* bridge_turn.all */
  struct list timers;   /* weir_bridge_timer.all */
};

enum request_phase { REQUEST_QUEUED, REQUEST_RUNNING, REQUEST_DONE };

struct weir_bridge_request {
  struct weir_bridge *bridge;
  atomic_uint holders;  /* caller; port, when ended; worker, until it is done, told, and the job ended */
  atomic_bool answered; /* phase is REQUEST_DONE: for callers without the lock */
  size_t tail_size;
  struct weir_bridge_job job;
  const void *kind; /* what the result is; NULL: the job's own */
  uv_cond_t ended;

  /* under the bridge's lock */
  enum request_phase phase;
  bool job_open;      /* the job was started and has not ended the request */
  bool cancel_wanted; /* somebody has asked */
  bool cancel_told;   /* the job has been told */
  bool done_told;     /* the done callback was called */
  bool released;      /* the job's data was freed and the worker's hold given up */
  bool posted;        /* it has been given to its port, or was to be */
  struct list place, news, port_place;
  struct alarm deadline;
  uint64_t submitted_at, started_at;
  void (*cancel)(void *data, weir_bridge_request *request);
  void *cancel_data;
  weir_status status;
  void *result;
  weir_error *error;

  max_align_t tail[]; /* memory of the job that goes with the request */
};

#endif
