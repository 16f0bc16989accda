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

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)
#define EXPORT(name) __attribute__((export_name(#name)))
#define TRAP(words) __attribute__((import_module("trap"), import_name(words)))

enum { MAX_INSTANCES = 64, MAX_ARGS = 17, TABLE_MAX = (1 << 28) - 1 };

/* Each trap is an import, so that a backtrace has its words. */
TRAP("cannot leave component instance") _Noreturn void trap_leave(void);
TRAP("unknown handle index") _Noreturn void trap_handle(void);
TRAP("cannot enter component instance") _Noreturn void trap_enter(void);
TRAP("cannot block a synchronous task before returning") _Noreturn void trap_block(void);
TRAP("deadlock detected") _Noreturn void trap_deadlock(void);
TRAP("borrow handles still remain at the end of the call") _Noreturn void trap_borrows(void);
TRAP("invalid task operation") _Noreturn void trap_task(void);
TRAP("invalid waitable operation") _Noreturn void trap_waitable(void);
TRAP("invalid resource operation") _Noreturn void trap_resource(void);
TRAP("invalid stream or future operation") _Noreturn void trap_copy(void);
TRAP("invalid string") _Noreturn void trap_text(void);
TRAP("out of memory") _Noreturn void trap_memory(void);

/* Built-ins of the outer runtime, for waits that only it can end. With a memory: this one. */
#define OUTER(name) __attribute__((import_module("outer"), import_name(name)))
OUTER("waitable-set.new") u32 outer_set_new(void);
OUTER("waitable-set.wait") u32 outer_wait(u32 set, u32 *event);
OUTER("waitable.join") void outer_join(u32 waitable, u32 set);
OUTER("stream.new") u64 outer_stream_new(void); /* without values; the writable end in the high half */
OUTER("stream.read") u32 outer_stream_read(u32 end, u32 address, u32 count);
OUTER("stream.write") u32 outer_stream_write(u32 end, u32 address, u32 count);
OUTER("subtask.cancel") u32 outer_subtask_cancel(u32 subtask);
OUTER("subtask.drop") void outer_subtask_drop(u32 subtask);
OUTER("context.get") u32 outer_context_get(void);
OUTER("context.set") void outer_context_set(u32 value);
OUTER("backpressure.inc") void outer_backpressure_inc(void);
OUTER("backpressure.dec") void outer_backpressure_dec(void);

/* The may_leave of each instance is a byte at its number: adapters know these places. */
static inline bool may_leave(u32 inst) {
  return *(volatile u8 *)inst != 0;
}

static inline void check_leave(u32 inst) {
  if (!may_leave(inst))
    trap_leave();
}

/* ---- lists: in a circle with their head, so that whatever is in one leaves it in one step ------------------------ */

struct fr_link {
  struct fr_link *next, *before;
};

#define OWNER(link, type, member) ((type *)(void *)((u8 *)(link) - __builtin_offsetof(type, member)))

static inline void list_init(struct fr_link *head) {
  head->next = head->before = head;
}

static inline bool list_empty(const struct fr_link *head) {
  return head->next == head;
}

static inline void list_insert(struct fr_link *before, struct fr_link *link) {
  link->before = before;
  link->next = before->next;
  before->next->before = link;
  before->next = link;
}

static inline void list_append(struct fr_link *head, struct fr_link *link) {
  list_insert(head->before, link);
}

static inline void list_remove(struct fr_link *link) {
  link->before->next = link->next;
  link->next->before = link->before;
}

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
  struct fr_link entering; /* tasks that wait to enter, or for the lock */
  u8 parent;               /* MAX_INSTANCES: none */
  bool is_exported;        /* exports of type async: the outer runtime keeps its back-pressure too */
  u64 ancestors;           /* with itself, a bit each */
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

/* ---- rt_sched.c: who runs next ----------------------------------------------------------------------------------- */

enum state { INITIAL, STARTED, PENDING_CANCEL, CANCEL_DELIVERED, RESOLVED };
enum lift { LIFT_SYNC, LIFT_CALLBACK, LIFT_STACKFUL };
enum wait { RUNNING, WAIT_ENTER, WAIT_YIELD, WAIT_SET, WAIT_STACK };

struct fr_task {
  u8 state, lift, wait;
  bool async_typed, exclusive, cancellable, queued, awake, is_root, ended;
  bool told;      /* of a root: the outer runtime has had a turn since it has returned */
  bool resumed;   /* WAIT_STACK: may go on, when the tasks above it have returned */
  u32 inst, edge; /* edge: the first place of its functions in the table */
  u32 result_tag, options_tag;
  u64 context[2];
  u64 entered; /* during a call of the host */
  u32 num_borrows;
  struct fr_subtask *sub; /* the caller's; NULL: a root */
  struct fr_set *set;     /* WAIT_SET */
  struct fr_link link;    /* queued: in the queue of those that are ready, or in fr_instance.entering */
  struct fr_link peer;    /* in set->asleep or set->awake */
  struct fr_outer *outer; /* of a root: what it has outside; NULL: nothing so far */
  struct fr_task *base;   /* the root whose stack that is: with WAIT_STACK, and during a call of the host */
  struct fr_task *below;  /* the task that runs beneath it on this stack; NULL: the scheduler */
};

extern struct fr_task *current;
extern struct fr_task realloc_context; /* realloc has a context of its own */
extern bool posting;                   /* a post-return runs, which has its task's */

void make_ready(struct fr_task *t);
/* The set has one event more or less, or a task waits for its events no longer. */
void set_changed(struct fr_set *s);
void wake_entering(struct fr_instance *i);
void wait_for_lock(struct fr_task *t);
void wait_on(struct fr_task *t, struct fr_set *s);
void stop_waiting(struct fr_task *t);
void leave_queue(struct fr_task *t);
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

/* ---- rt_outer.c: waits that the outer runtime ends --------------------------------------------------------------- */

/* Of a root while it waits outside; kept for others behind it. */
struct fr_outer {
  struct fr_link link;         /* parked: in the list of those that wait */
  u32 set, reader, writer;     /* handles of the outer runtime */
  u32 calls;                   /* of the host, whose subtasks are in the set */
  bool parked, reading, woken; /* woken: the event that ends `reading` is on its way */
  struct fr_outer *next;
};

extern struct fr_task *root_task; /* whose turn the outer runtime has given; NULL: nobody's */

/* The root waits outside: the set that it waits in. */
u32 park(struct fr_task *root);
/* The wait has ended, with an event of the outer runtime. */
void unpark(struct fr_task *root, u32 code, u32 p1, u32 p2);
void wait_outside(void);
void wake_root(struct fr_task *root);
void wake_any(void);
/* Whether calls of the host that the root's turns have made are under way. */
bool awaits_host(const struct fr_task *root);
void drop_root(struct fr_task *root);
void host_progress(u32 handle, u32 state);
void cancel_host(struct fr_subtask *s);

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
