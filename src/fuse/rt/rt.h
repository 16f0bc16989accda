/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The runtime inside of fused components: handle tables, tasks, subtasks, waitable sets, streams, futures and resources
 * of several component instances that have become one. tools/build_fuse_rt.py compiles this folder to core wasm, which
 * src/fuse merges with the guests; src/fuse/glue.h has the other side. Names and order are those of CanonicalABI.md.
 *
 * Nothing here touches a guest's memory. Emitted functions do, and are called through the table: for each edge (a
 * function of one instance that another one lowers) `start`, which lifts the arguments, lowers them, calls the callee
 * and returns what it returns, and `finish`, which does the same with results; for each pair of a writer and a reader a
 * copy. A task that has to wait returns, or its stack stays where it is while others run on top of it: components in
 * which that could be told are refused (src/fuse/inside_fits.c).
 */
#ifndef RT_H
#define RT_H

#include "fuse/rt/base.h"
#include "fuse/rt/outer.h"

/* ---- rt_memory.c ------------------------------------------------------------------------------------------------- */

/* Zeroed. */
void *make(u32 size);
void drop(void *at, u32 size);

/* ---- rt_table.c: handles ----------------------------------------------------------------------------------------- */

enum kind { SET = 1, SUBTASK, STREAM_READ, STREAM_WRITE, FUTURE_READ, FUTURE_WRITE, RESOURCE, ERROR_CONTEXT };

struct fr_object {
  u8 kind;
};

struct fr_task;
struct fr_waitable;

struct fr_instance {
  u32 *slots; /* an object; or the next free one * 2 + 1 */
  u32 count, capacity, free;
  u32 backpressure, num_waiting_to_enter;
  struct fr_task *exclusive;
  struct fr_link queues[3];   /* before the doors: enum queue */
  struct fr_task *through[2]; /* whom each door has let through: enum door */
  u8 parent;                  /* MAX_INSTANCES: none */
  bool is_exported;           /* exports of type async: the outer runtime keeps its back-pressure too */
  u64 ancestors;              /* with itself, a bit each */
};

extern struct fr_instance instances[MAX_INSTANCES];
extern u64 entered; /* instances that may not be entered */

u32 add(u32 inst, void *object);
/* These trap where there is none. */
void *get(u32 inst, u32 index);
void *get_kind(u32 inst, u32 index, u8 kind);
void *remove(u32 inst, u32 index);

/* ---- rt_waitable.c: waitables and their sets --------------------------------------------------------------------- */

enum event {
  EVENT_NONE,
  EVENT_SUBTASK,
  EVENT_STREAM_READ,
  EVENT_STREAM_WRITE,
  EVENT_FUTURE_READ,
  EVENT_FUTURE_WRITE,
  EVENT_TASK_CANCELLED
};

struct fr_set {
  u8 kind;
  u32 elements, num_waiting;
  u32 events, awake_count;
  struct fr_link pending;       /* waitables with an event, in their order */
  struct fr_link asleep, awake; /* tasks that wait for an event: as many are awake as there are events */
};

struct fr_waitable {
  u8 kind;
  bool pending, has_sync_waiter;
  u32 inst, index;
  struct fr_set *set;
  struct fr_link link;    /* in set->pending */
  struct fr_task *waiter; /* with has_sync_waiter */
};

/* An event, as three numbers. */
struct fr_told {
  u32 code, p1, p2;
};

void set_pending(struct fr_waitable *w);
void clear_pending(struct fr_waitable *w);
void join(struct fr_waitable *w, struct fr_set *s);
void drop_waitable(struct fr_waitable *w);
/* The event that was taken last. Structures are not returned: that would take a stack beside the tasks' own. */
extern struct fr_told told;
/* Of a set that has one. */
void first_event(struct fr_set *s);
/* rt_channel.c: what a pending event is; its payload. */
u32 take_event(struct fr_waitable *w);

/* ---- rt_door.c: who waits for the lock, or to enter -------------------------------------------------------------- */

enum door { DOOR_LOCK, DOOR_ENTRY };
enum queue { QUEUE_LOCK, QUEUE_ENTER_LOCK, QUEUE_ENTER, QUEUE_READY, QUEUE_NONE };

extern struct fr_link ready;

/* Into the queue of those that are ready, or of those that a door has to let through. */
void make_ready(struct fr_task *t);
/* A door that had let the task through lets the next one through when the lock is taken, or by let_through(). */
void leave_queue(struct fr_task *t);
void let_through(struct fr_instance *i, u32 door);
void take_lock(struct fr_task *t);
void release_lock(struct fr_instance *i);
void backpressure_changed(struct fr_instance *i);

/* ---- rt_sched.c: who runs next ----------------------------------------------------------------------------------- */

enum state { INITIAL, STARTED, PENDING_CANCEL, CANCEL_DELIVERED, RESOLVED };
enum lift { LIFT_SYNC, LIFT_CALLBACK, LIFT_STACKFUL };
enum wait { RUNNING, WAIT_ENTER, WAIT_YIELD, WAIT_SET, WAIT_STACK };

struct fr_task {
  u8 state, lift, wait, queue;
  bool async_typed, exclusive, cancellable, awake, is_root, ended;
  bool told;      /* of a root: the outer runtime has had a turn since it has returned */
  bool on_stack;  /* blocked: its stack stays */
  bool resumed;   /* on_stack: may go on, when the tasks above it have returned */
  u32 inst, edge; /* edge: the first place of its functions in the table */
  u32 result_tag, options_tag;
  u64 context[2];
  u64 entered; /* during a call of the host */
  u32 num_borrows;
  struct fr_subtask *sub; /* the caller's; NULL: a root */
  struct fr_set *set;     /* WAIT_SET */
  struct fr_link link;    /* in the queue */
  u64 place, place_before;
  struct fr_link peer;    /* in set->asleep or set->awake */
  struct fr_outer *outer; /* of a root: what it has outside; NULL: nothing so far */
  struct fr_task *base;   /* the root whose stack that is: with on_stack, and during a call of the host */
  struct fr_task *below;  /* the task that runs beneath it on this stack; NULL: the scheduler */
};

extern struct fr_task *current;
extern struct fr_task realloc_context; /* realloc has a context of its own */
extern bool posting;                   /* a post-return runs, which has its task's */

/* The set has one event more or less, or a task waits for its events no longer. */
void set_changed(struct fr_set *s);
void wait_on(struct fr_task *t, struct fr_set *s);
void stop_waiting(struct fr_task *t);
bool has_backpressure(const struct fr_task *t);
/* A task that pop() gave. It runs, or it waits again. */
void run(struct fr_task *t);
/*
 * The next task, which is in no queue any more. NULL: none is ready, or the next one is another root's, who is woken.
 */
struct fr_task *pop(void);
/* Runs tasks until there is none to be popped, or the root has returned: its result is the host's before they go on. */
void run_ready(void);
bool any_ready(void);
/* The root has returned, and the outer runtime has had no turn since. */
bool has_news(const struct fr_task *root);
/* Some other root goes on, if anything is ready. */
void hand_over(void);
/* The stack stays, and others run on top of it, until the current task is ready. */
void block(void);

/* ---- rt_call.c: calls between instances -------------------------------------------------------------------------- */

enum subtask_state {
  SUB_STARTING,
  SUB_STARTED,
  SUB_RETURNED,
  SUB_CANCELLED_BEFORE_STARTED,
  SUB_CANCELLED_BEFORE_RETURNED
};

struct fr_lend {
  struct fr_lend *next;
  struct fr_resource *handle;
};

/* Emitted code knows the places of the arguments and of the result: RT_ARGS and RT_RESULT of src/fuse/glue.h. */
struct fr_subtask {
  struct fr_waitable w;
  u64 args[MAX_ARGS] __attribute__((aligned(8)));
  u64 result;
  u8 state;
  bool lower_async, requested, delivered, progress;
  u32 caller;
  struct fr_task *task;        /* NULL: it has ended */
  struct fr_task *caller_task; /* blocked until this is resolved */
  struct fr_lend *lends;
  struct fr_outer *outer; /* of a call of the host: whose events those of the call are, and */
  u32 host;               /* the handle outside */
};
_Static_assert(__builtin_offsetof(struct fr_subtask, args) == 32, "RT_ARGS");
_Static_assert(__builtin_offsetof(struct fr_subtask, result) == 168, "RT_RESULT");

extern struct fr_pass {
  u32 src, dst;
  struct fr_task *task;
  struct fr_subtask *sub;
} pass; /* who lifts and who lowers at the moment */

/* Functions that are emitted. */
typedef u32 callback_fn(u32 code, u32 p1, u32 p2);
typedef u32 start_fn(struct fr_subtask *s);
typedef void finish_fn(struct fr_subtask *s, u64 *args);
typedef void dtor_fn(u32 rep);
typedef void copy_fn(u32 from, u32 to, u32 count);

/* desc: caller | callee << 8 | lift << 16 | async type << 24 | async lower << 25 */
struct fr_task *new_task(u32 desc, u32 edge, u32 result_tag, u32 options_tag);
bool resolved(const struct fr_subtask *s);
void deliver(struct fr_subtask *s);
void resolve(struct fr_subtask *s, u8 state);
void drop_subtask(struct fr_subtask *s);
bool deliver_cancel(struct fr_task *t, bool cancellable);
void exit_task(struct fr_task *t);
void resolve_task(struct fr_task *t);
void enter_task(struct fr_task *t);
void drive(struct fr_task *t, u32 packed);
/* Calls back with an event. */
void tell(struct fr_task *t, u32 code, u32 p1, u32 p2);

/* ---- rt_subtask.c ------------------------------------------------------------------------------------------------ */

/* A task that waits in its callback is told at once; any other one when it waits next. `entering`: instances. */
void request_cancellation(struct fr_task *t, u64 entering);

/* ---- rt_resource.c ----------------------------------------------------------------------------------------------- */

/* A handle's type in emitted code: kind of type | number << 2 | instance that implements a resource << 24. */
enum handle { HANDLE_OWN, HANDLE_BORROW, HANDLE_STREAM, HANDLE_FUTURE };

struct fr_resource {
  u8 kind;
  bool own;
  u32 type, rep, num_lends;
  struct fr_task *scope;
};

/* A handle goes from who lifts to who lowers. */
u32 pass_own(u32 type, u32 index);
u32 pass_borrow(u32 type, u32 impl, u32 index);

/* ---- rt_channel.c: streams and futures --------------------------------------------------------------------------- */

enum copy_state { IDLE, COPYING, CANCELLING, DONE };
enum result { COMPLETED, DROPPED, CANCELLED };

struct fr_buffer {
  u32 address, length, progress, site;
};

struct fr_shared {
  u32 type, ends;
  bool dropped;
  struct fr_end *pending; /* whose buffer waits */
};

struct fr_end {
  struct fr_waitable w;
  u8 state, result;
  bool reclaim; /* the buffer stays until the event is delivered */
  struct fr_shared *shared;
  struct fr_buffer buffer;
};

enum { TYPE_NUMERIC = 1 << 30 }; /* in a type: none, or a number */

#endif
