/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The map of the runtime's state: every struct that its modules share, in the specification's names
 * (CanonicalABI.md#component-instances, #threads, #tasks, #runtime-state). Data only; who may change what is said at
 * each field. One store is owned by one thread at a time, so nothing here locks.
 *
 *   rt_store  >  rt_root (one instantiated component)  >  rt_instance (one component instance)
 *                                                           >  handles: resources, waitables, sets, error contexts
 *                                                           >  threads
 *   rt_task   =  one call of a lifted function;    rt_thread  =  one line of control in a task
 *   rt_subtask = one call through a lowered function;   rt_end = one end of a stream or future (rt_channel)
 */
#ifndef RUNTIME_STATE_H
#define RUNTIME_STATE_H

#include "abi/abi.h"
#include "adapter/fused.h"
#include "adapter/standin.h"
#include "base/alarm.h"
#include "base/index.h"
#include "base/list.h"
#include "base/pool.h"
#include "base/rng.h"
#include "base/vec.h"
#include "component/graph.h"
#include "engine/eng.h"

struct rt_store;
struct rt_root;
struct rt_instance;
struct rt_task;
struct rt_thread;
struct rt_subtask;
struct rt_end;
struct rt_set;

enum {
  TABLE_MAX_LENGTH = (1 << 28) - 1,
  BUFFER_MAX_LENGTH = (1 << 28) - 1,
  BLOCKED = -1,
  RT_CONTEXT_SLOTS = STANDIN_CONTEXT_SLOTS
};

/* ---- handle tables (table.c) ---------------------------------------------------------------------------------- */

enum rt_handle_kind {
  RT_FREE,
  RT_RESOURCE,
  RT_SUBTASK,
  RT_STREAM_READABLE,
  RT_STREAM_WRITABLE,
  RT_FUTURE_READABLE,
  RT_FUTURE_WRITABLE,
  RT_SET,
  RT_ERROR_CONTEXT,
  RT_THREAD
};

struct rt_resource_type; /* runtime identity of a resource type; see below */

struct rt_handle {
  uint8_t kind; /* enum rt_handle_kind */
  bool own;     /* RESOURCE */
  uint32_t num_lends;
  union {
    struct {
      const struct rt_resource_type *type;
      uint64_t rep;
      struct rt_task *borrow_scope; /* borrowed handles: the task whose num_borrows counts it */
    } resource;
    void *object;
    uint32_t next_free;
  } of;
};

struct rt_table { /* Table: index 0 is never used; freed indices are used again, last first */
  struct rt_handle *entries;
  uint32_t count, capacity, free;
};

/* ---- resolved canonical options ------------------------------------------------------------------------------- */

struct rt_opts {
  enum ast_encoding encoding;
  bool async, memory64, has_realloc, has_callback, has_post_return;
  const struct eng_memory *memory; /* NULL: none; one pointer for one memory within a root */
  struct eng_func realloc, callback, post_return;
};

struct rt_resource_type {
  const struct weir_resource_type *decl;
  struct rt_instance *impl; /* NULL: a host's */
  struct rt_lift *dtor;     /* guest's destructor, or NULL */
  void (*host_drop)(void *data, uint64_t rep);
  void *host_data;
  const void *host_type; /* identity of the host's definition */
};

struct rt_lift { /* canon lift, resolved */
  struct rt_instance *inst;
  const struct func_type *type;
  struct rt_opts opts;
  struct eng_func callee;
  uint8_t param_count, result_count; /* core values */
  bool needs_exclusive;              /* Task.needs_exclusive */
  bool needs_stack;                  /* core frames of it may have to stay while others run: see root_steps.c */
  bool ready;                        /* its step has run */
  struct str name;
};

/* ---- calls: how a task talks to its caller ---------------------------------------------------------------------- */

/*
 * OnStart and OnResolve. `start` lowers the arguments into the callee's core parameters; `resolve` takes the result
 * (vals == NULL: cancelled), which lies in core values of the callee, flat up to `max_flat`. Both may call the guest's
 * realloc; neither suspends.
 */
struct rt_caller_ops {
  weir_status (*start)(void *caller, struct rt_task *task, struct abi_cx *dst, union eng_val *vals);
  weir_status (*resolve)(void *caller, struct rt_task *task, struct abi_cx *src, union eng_val *vals,
                         uint32_t max_flat);
  /* The task has left the count of live tasks: the caller must forget it. May be NULL. */
  void (*exited)(void *caller, struct rt_task *task);
};

/* ---- threads (thread.c, sched.c) --------------------------------------------------------------------------------- */

enum rt_thread_state {
  RT_THREAD_SUSPENDED, /* until another thread resumes it; also a new one */
  RT_THREAD_RUNNING,
  RT_THREAD_WAITING /* until `wait` holds */
};

enum rt_wait { /* what ready_func asks */
               RT_WAIT_NONE,
               RT_WAIT_TRUE,         /* a yield */
               RT_WAIT_ENTER,        /* no backpressure: enter_implicit_thread */
               RT_WAIT_EXCLUSIVE,    /* callback YIELD: the exclusive lock is free */
               RT_WAIT_SET,          /* waitable-set.wait: `set` has an event */
               RT_WAIT_SET_CALLBACK, /* callback WAIT: that, and the exclusive lock is free */
               RT_WAIT_WAITABLE,     /* a synchronous operation: `waitable` has an event */
               RT_WAIT_SUBTASK       /* a synchronous lower: `waitable` (a subtask) is resolved */
};

enum rt_queue { /* of an instance: sched.h says who is where */
                RT_QUEUE_NONE,
                RT_QUEUE_READY_BESIDE,
                RT_QUEUE_READY_TICK,
                RT_QUEUE_LOCK,
                RT_QUEUE_ENTER_LOCK,
                RT_QUEUE_ENTER,
                RT_QUEUES
};

enum rt_door { /* what lets one thread through at a time */
               RT_DOOR_LOCK,
               RT_DOOR_ENTRY, /* for those that need no lock */
               RT_DOORS
};

/*
 * What keeps a stack, with the threads that call each other on it, from going on: see hold.h. Lives on that stack, or
 * in its owner where guest code was set aside.
 */
enum rt_hold_kind {
  RT_HOLD_NONE,
  RT_HOLD_HOST,  /* a host keeps a call back */
  RT_HOLD_WHOLE, /* at a call or built-in that is none of the points where others may run */
  RT_HOLD_ASIDE  /* in the midst of guest code: its time slice was over */
};

typedef bool (*rt_hold_condition)(const struct rt_store *s, const void *what);

struct rt_hold {
  enum rt_hold_kind kind;
  struct rt_thread *self, *owner; /* the thread on top, and the one whose stack it is */
  bool asleep;                    /* until hold_wake(): nobody asks */
  rt_hold_condition over;         /* NULL: at once */
  const void *what;
  struct list all; /* in store.holds, or in store.holds_asleep */
};

/* A stack whose code has started or resumed another one, and waits with it while that is held. */
struct rt_nest {
  bool over;
  struct rt_hold hold;
};

struct rt_waitable;

/* Code that a thread runs, on its resumer's stack; it gets a stack for guest code, if it needs one, by thread_run(). */
typedef weir_status (*rt_thread_fn)(struct rt_thread *thread);

struct rt_thread {
  struct rt_task *task;
  uint8_t state; /* enum rt_thread_state */
  uint8_t wait;  /* enum rt_wait */
  bool cancellable;
  bool cancelled; /* how the current wait ended */
  bool implicit;
  bool in_sync;                       /* a synchronous call is under way below it, since it was last resumed */
  uint8_t held;                       /* enum rt_hold_kind: its stack is held */
  uint32_t index;                     /* in inst.threads; 0: not registered */
  uint64_t storage[RT_CONTEXT_SLOTS]; /* context slots */
  uint8_t queue;                      /* enum rt_queue: where `node` is */
  bool awake;                         /* RT_WAIT_SET*: there is an event for it */
  struct list node;                   /* in inst.queues[queue] */
  struct list sleeper;                /* in set.waiters[].asleep or .awake */
  uint64_t place;                     /* those that came into a queue first are first */
  uint64_t place_before;              /* let through a door: its place in front of it */
  struct list cancel;                 /* node in task.cancellable */
  /*
   * Thread.cont: one of the two while it does not run, neither while it does. Taken when it is resumed, so that nothing
   * can go on twice.
   */
  struct eng_stack *stack;      /* its frames are on it, or */
  rt_thread_fn cont;            /* it has none: what it runs next */
  struct rt_set *set;           /* RT_WAIT_SET*: what it waits on */
  struct rt_waitable *waitable; /* RT_WAIT_WAITABLE, _SUBTASK */
  struct rt_thread *below;      /* of those on one stack: its caller; see hold.h */
  uint32_t levels;              /* instances that its call has entered */
  struct rt_nest *nest;         /* held: who waits with it */
  struct rt_hold aside;         /* while its stack is set aside */
  struct eng_func start_func;   /* explicit threads */
  uint64_t start_arg;
};

/* ---- tasks (task.c) ---------------------------------------------------------------------------------------------- */

enum rt_task_state {
  RT_TASK_INITIAL,
  RT_TASK_STARTED,
  RT_TASK_PENDING_CANCEL,
  RT_TASK_CANCEL_DELIVERED,
  RT_TASK_RESOLVED
};

struct rt_task {
  uint64_t id; /* 0: nobody has asked yet; see rt_task_id() */
  struct rt_lift *lift;
  struct rt_instance *inst;
  uint8_t state; /* enum rt_task_state */
  bool counted;  /* in store.live_tasks */
  bool implicit_exited;
  bool returning; /* it has returned, and no thread of it has waited since */
  bool watched;   /* canon_lift's loop looks at it: it stays, although its last thread may have exited */
  uint32_t num_borrows;
  uint32_t thread_count;    /* registered ones */
  uint32_t callback_packed; /* what the last callback returned */
  const struct rt_caller_ops *ops;
  void *caller;
  struct rt_instance *caller_inst; /* NULL: a host */
  struct list cancellable;         /* threads that block cancellably, in the order in which they began to */
  struct rt_thread implicit;
};

/* ---- waitables (waitable.c) -------------------------------------------------------------------------------------- */

enum rt_event {
  RT_EVENT_NONE,
  RT_EVENT_SUBTASK,
  RT_EVENT_STREAM_READ,
  RT_EVENT_STREAM_WRITE,
  RT_EVENT_FUTURE_READ,
  RT_EVENT_FUTURE_WRITE,
  RT_EVENT_TASK_CANCELLED
};

struct rt_waitable { /* the beginning of rt_subtask and rt_end */
  uint8_t kind;      /* enum rt_handle_kind */
  bool has_pending_event;
  bool has_sync_waiter;
  uint32_t index; /* in the instance's handles; 0: none */
  struct rt_set *set;
  struct list pending; /* node in set.pending while an event waits in a set */
  struct rt_thread *sync_waiter;
};

enum rt_waiter_class {                     /* of those that wait for an event of a set: what they lack besides */
                       RT_WAITER_BESIDE,   /* nothing */
                       RT_WAITER_CALLBACK, /* the lock */
                       RT_WAITER_CLASSES
};

struct rt_waiters {
  struct list asleep, awake; /* rt_thread.sleeper, in order; as many are awake as there are events, if there are */
  uint32_t awake_count;
};

struct rt_set { /* waitable set */
  uint32_t elems;
  uint32_t num_waiting;
  uint32_t events;     /* in `pending` */
  struct list pending; /* waitables with an event, in the order in which they got it */
  struct rt_waiters waiters[RT_WAITER_CLASSES];
  struct rt_thread
      *holder; /* waits, and has the lock: there is one at most, which may not run beside a synchronous task */
};

/* ---- subtasks (subtask.c) ---------------------------------------------------------------------------------------- */

enum rt_subtask_state {
  RT_SUBTASK_STARTING,
  RT_SUBTASK_STARTED,
  RT_SUBTASK_RETURNED,
  RT_SUBTASK_CANCELLED_BEFORE_STARTED,
  RT_SUBTASK_CANCELLED_BEFORE_RETURNED
};

struct rt_trampoline;

enum { RT_INLINE_LENDERS = 4 };

struct rt_subtask {
  struct rt_waitable w; /* first */
  uint8_t state;        /* enum rt_subtask_state */
  bool cancellation_requested;
  bool resolve_delivered;
  struct rt_trampoline *lower;
  struct rt_task *callee; /* guest callee, until it exits */
  void *host;             /* host callee (rt_host_call of the layer above), until it is finished */
  uint32_t lender_count;
  uint32_t lenders[RT_INLINE_LENDERS]; /* handle indices in the caller's table with num_lends raised */
  VEC(uint32_t) more_lenders;
  union eng_val results[1];
  union eng_val args[MAX_FLAT_PARAMS + 1]; /* core arguments of the lowered function, kept until the callee starts */
};

/* ---- streams and futures (channel.c, copy.c) --------------------------------------------------------------------- */

enum rt_copy_state { RT_COPY_IDLE, RT_COPY_COPYING, RT_COPY_CANCELLING, RT_COPY_DONE };
enum rt_copy_result { RT_COPY_COMPLETED, RT_COPY_DROPPED, RT_COPY_CANCELLED };

enum rt_buffer_kind { RT_BUFFER_GUEST, RT_BUFFER_BYTES, RT_BUFFER_VALUES, RT_BUFFER_LENT };

struct rt_buffer {
  uint8_t kind;               /* enum rt_buffer_kind */
  const struct rt_opts *opts; /* GUEST */
  uint64_t address;           /* GUEST: of the first element */
  void *host;                 /* BYTES: elements in memory layout; VALUES: weir_value array; LENT: none */
  uint32_t length, progress;
  bool stays,
      over; /* LENT: for one operation of the other end after the other; the host has let go of the end meanwhile */
};

struct rt_channel { /* SharedStreamImpl and SharedFutureImpl */
  bool future;
  bool dropped;
  bool moving;  /* values are being copied, and a guest that makes room for them may be set aside */
  uint8_t refs; /* ends that exist */
  const struct weir_type *elem;
  const struct rt_root *root; /* whose resources `elem` names; NULL: no guest has had an end yet */
  struct rt_end *pending;     /* whose buffer waits for the other end */
};

struct rt_end {
  struct rt_waitable w; /* first */
  uint8_t state;        /* enum rt_copy_state */
  uint8_t result;       /* of the pending event */
  bool reclaim;         /* the pending event reclaims the buffer when it is delivered */
  bool readable;
  struct rt_store *store;
  struct rt_instance *inst; /* NULL: a host's end */
  struct rt_channel *channel;
  struct rt_buffer buffer;
  struct list inbox; /* host's end: node in store.inbox_ends while its completion waits */
  void *host;        /* host's end: the object of the layer above */
};

/* ---- instances and roots ----------------------------------------------------------------------------------------- */

struct rt_made {        /* see standin.c */
  struct rt_task *task; /* NULL: none */
  struct rt_subtask *subtask;
  struct rt_thread *before; /* the caller's */
};

struct rt_instance {
  struct rt_store *store;
  struct rt_root *root;
  struct rt_instance *parent;
  const struct graph_instance *decl;
  bool may_enter;
  uint8_t leaves;       /* may_leave, where adapters do not read it, or */
  uint8_t *may_leave;   /* there, or in the memory of flags (adapter/adapter.h) */
  bool indexes_seen;    /* it has built-ins that tell or use thread indices: else none is registered in `threads` */
  bool company;         /* it may have threads that run while a synchronous task of it waits: see root.c */
  uint32_t depth;       /* number of ancestors */
  uint32_t held;        /* held stacks that it is on: nothing else of it runs, and nobody enters (hold.h) */
  uint32_t owned_holds; /* those that a thread of it owns */
  uint32_t frozen;      /* those that were set aside in the midst of its code: nobody touches what is its */
  uint32_t loans;       /* of handles, by calls under way: no more than limits.handles, so each num_lends is bounded */
  uint32_t backpressure;
  uint32_t num_waiting_to_enter;
  struct rt_thread *exclusive;             /* exclusive_thread */
  struct list queues[RT_QUEUES];           /* rt_thread.node; [RT_QUEUE_NONE] is not used */
  struct rt_thread *let_through[RT_DOORS]; /* who is ready now, and not yet gone on */
  uint32_t at_door[RT_DOORS];              /* those that wait there, and who was let through */
  uint32_t ready_count;                    /* in both ready queues */
  struct alarm turn;                       /* in store.turns: `at` is the place of its first thread that is ready */
  struct rt_table handles;
  struct rt_table threads;
  uint32_t sync_tasks;          /* synchronous tasks under way */
  struct standin_gate own_gate; /* where adapters do not read it */
  struct standin_gate *gate;    /* copies for adapters: there, or in the memory of flags (adapter/standin.h) */
  struct standin *standin;      /* in the memory of flags; NULL: none */
  struct rt_made made;          /* the task that has replaced it */
  struct rt_frame *frame;       /* the same, of synchronous calls: one at a time, since nobody enters meanwhile */
  struct rt_instance *lender;   /* of a call through an adapter (lend.h), */
  VEC(uint32_t) borrowed;       /* and its handles that are lent */
};

struct rt_trampoline;

enum { RT_NOT_AT_ONCE = 1 << 16 }; /* in the place of a weir_status, see call_at_once */

/* A host's function, bound to an import of a root. Implemented above. */
struct rt_host_func {
  /*
   * Starts a call. Lifts the arguments itself (lower.h helps). On return the subtask is resolved, or stays
   * STARTED with subtask->host set. WEIR_OK, or a failure already recorded.
   */
  weir_status (*call)(struct rt_host_func *func, struct rt_subtask *subtask);
  /*
   * In place of all others, where it always ends before it returns, lends nothing and takes no handles: takes its
   * arguments from `vals` and puts its result where the trampoline's options say. NULL: none. RT_NOT_AT_ONCE: it has
   * not ended, `vals` are as they were, and `call` goes on with it.
   */
  weir_status (*call_at_once)(struct rt_host_func *func, struct rt_trampoline *lower, union eng_val *vals);
  /* Requests cancellation of a started call. */
  weir_status (*cancel)(struct rt_host_func *func, struct rt_subtask *subtask);
  const struct func_type *type;
};

struct rt_trampoline { /* a core function made by a canonical definition; `host` is first: it is called by the guest */
  struct eng_host host;
  struct rt_instance *inst;
  struct rt_opts opts;
  const struct graph_trampoline *decl;
  weir_status (*builtin)(struct rt_trampoline *t, union eng_val *vals); /* all but LOWER; may_leave is checked */
  /* LOWER */
  struct rt_lift *callee;            /* guest callee, or */
  struct rt_host_func *host_callee;  /* host callee */
  uint32_t enter_levels;             /* instances to enter: the callee and so many of its ancestors less one */
  bool never_enters;                 /* callee and caller are one, or one is an ancestor of the other */
  uint8_t param_count, result_count; /* core values: `vals` has room for no more than the larger number */
  bool flat_scalars;                 /* parameters are copied without translation */
  bool direct;                       /* see direct.h */
  eng_host_fn entry;                 /* what `host` goes on with, where that is not all; see fused.h, late.h */
  struct rt_resource_type *resource; /* resource.* */
  const struct eng_memory *memory;   /* waitable-set.wait, .poll */
  struct eng_table table;            /* thread.new-indirect */
  struct eng_extern core;            /* the core function */
};

struct rt_helper { /* a host function for adapters; `host` is first */
  struct eng_host host;
  struct rt_root *root; /* NULL: not made yet */
  struct eng_extern core;
};

struct rt_root { /* one instantiated component */
  struct rt_store *store;
  const struct graph *graph;
  struct arena arena; /* everything below */
  struct rt_instance *instances;
  struct rt_lift *lifts;
  struct rt_trampoline *trampolines;
  struct rt_resource_type *resources;
  struct eng_instance *core_instances;
  VEC(struct eng_memory *) memories; /* distinct ones, */
  struct index memory_index;         /* by their numbers */
  struct found_memory {              /* what the last options named: most of a component's name the same */
    struct core_ref ref;
    const struct eng_memory *memory;
  } found_memory;
  struct found_func {
    struct core_ref ref;
    struct eng_func func;
  } found_realloc;
  struct rt_host_func **host_funcs; /* by graph.host_funcs */
  struct rt_helper helpers[ADAPTER_HELPER_COUNT];
  struct rt_late *late;                  /* NULL: no adapters are made late (late.h) */
  struct eng_extern flags;               /* the memory of flags, once there is one */
  uint32_t *standin_top;                 /* in that memory, or the next */
  uint32_t no_standin;                   /* 0 */
  struct rt_instance **standin_owners;   /* by the number of the stand-in */
  uint32_t standin_count, standin_first; /* how many, and where */
  const struct fused *fused;             /* NULL: core instances are made one by one */
  const struct adapter_plan *adapters;   /* with `fused` only */
  struct eng_instance fused_instance;
  void *owner;     /* of the layer above */
  struct list all; /* node in store.roots */
};

struct rt_error_context {
  size_t refs; /* handles: each takes memory, so it cannot overflow */
  weir_value message;
};

/* ---- store ------------------------------------------------------------------------------------------------------- */

struct rt_limits { /* weir/limits.h says what they count */
#define RUNTIME_LIMIT(name, type, usual, field) type name;
#include "base/limits.def"
};

struct rt_store {
  const struct weir_alloc *alloc;
  struct rt_limits limits;
  struct eng_store *eng;
  struct rt_thread *current;     /* the running thread; NULL: the host */
  struct rt_thread *switch_to;   /* set by a thread that suspends to switch */
  struct alarm_heap turns;       /* rt_instance.turn: those that have threads that are ready, and are not held */
  uint32_t ready_count;          /* such threads */
  struct list holds;             /* rt_hold.all: asked in every round */
  struct list holds_asleep;      /* the same: woken */
  struct rt_thread *stack_owner; /* whose stack runs; NULL: the host's own */
  bool caller_stack;             /* what start functions call of the host's runs on the stack below all others */
  bool always_stacks;            /* every entry of guests is on a stack, so that it can be held */
  bool slices;                   /* and is set aside after a time slice */
  uint64_t slice;                /* its ticks */
  bool slice_used;               /* that has happened since the step began */
  struct rt_thread *paused;      /* the owner of the stack that has just been left, where others wait with it */
  uint8_t round;                 /* enum store_round of store.c */
  size_t round_left;             /* of this part of the round */
  uint64_t task_ids, places;
  uint64_t steps; /* of work in queues and lists, counted for tests: no call takes more of them where more waits */
  struct list roots;
  struct list inbox_ends; /* host ends whose operation has ended and is not yet delivered */
  uint32_t nesting_depth;
  size_t live_tasks;
  size_t host_calls; /* host calls under way */
  bool failed;       /* a guest trapped: `failure` says how */
  bool stopping;     /* the store is being freed */
  bool packed_lists; /* hosts get lists of scalars packed */
  bool starting;     /* a root is being instantiated: start functions may not be held */
  uint8_t permute;   /* choices that are drawn from `rng`: enum choice of choice.h */
  struct rng rng;
  struct diag failure;
  struct pool pool_tasks, pool_threads, pool_subtasks, pool_ends, pool_channels, pool_sets;
  struct pool pool_sync_subtasks; /* of calls that wait on their stack, which is what is counted */
  /* Values between a host's representation and handles; set by the layer above. */
  weir_status (*handle_to_value)(struct abi_cx *cx, const struct weir_type *t, union abi_handle handle,
                                 weir_value *ret);
  weir_status (*handle_from_value)(struct abi_cx *cx, const struct weir_type *t, weir_value *value,
                                   union abi_handle *ret);
  /* Lends the buffer of the other end to a host's end that has none (LENT): how many elements it has used. */
  size_t (*lend)(struct rt_end *end, void *bytes, uint32_t count);
};

/* A number for people and records, given when it is first asked for. */
static inline uint64_t rt_task_id(struct rt_store *s, struct rt_task *t) {
  if (t->id == 0)
    t->id = ++s->task_ids;
  return t->id;
}

static inline bool rt_task_is_sync(const struct rt_task *t) {
  return !t->lift->type->async;
}

#endif
