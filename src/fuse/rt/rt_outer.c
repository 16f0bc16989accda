/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Waits that only the outer runtime can end. A task of an export (a root) whose instances have nothing more to do waits
 * in a waitable set of the outer runtime. Two things end the wait: an event of a call of the host, and another root
 * that has made something ready which only this one may run; the other root writes to a stream without values then,
 * whose readable end is in the set.
 *
 * In order: what a root has outside; waiting; waking others; calls of the host.
 */
#include "fuse/rt/rt.h"

struct fr_task *root_task;
static struct fr_link parked = {&parked, &parked};
static struct fr_outer *unused;

/* ---- what a root has outside ------------------------------------------------------------------------------------- */

static struct fr_outer *make_outer(void) {
  struct fr_outer *o = unused;
  if (o) {
    unused = o->next;
    return o;
  }
  o = make(sizeof(*o));
  u64 ends = outer_stream_new();
  o->set = outer_set_new();
  o->reader = (u32)ends;
  o->writer = (u32)(ends >> 32);
  outer_join(o->reader, o->set);
  return o;
}

static struct fr_outer *outer_of(struct fr_task *root) {
  if (!root->outer)
    root->outer = make_outer();
  return root->outer;
}

void drop_root(struct fr_task *root) {
  struct fr_outer *o = root->outer;
  if (o) {
    o->next = unused;
    unused = o;
  }
  drop(root, sizeof(*root));
}

bool awaits_host(const struct fr_task *root) {
  return root->outer && root->outer->calls > 0;
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

u32 park(struct fr_task *root) {
  struct fr_outer *o = outer_of(root);
  if (!o->reading)
    outer_stream_read(o->reader, 0, 1);
  o->reading = true;
  o->parked = true;
  list_append(&parked, &o->link);
  return o->set;
}

void unpark(struct fr_task *root, u32 code, u32 p1, u32 p2) {
  struct fr_outer *o = root->outer;
  o->parked = false;
  list_remove(&o->link);
  root_task = root;
  if (code == EVENT_STREAM_READ)
    o->reading = o->woken = false;
  else if (code == EVENT_SUBTASK)
    host_progress(p1, p2);
}

/* On the stack of the root. */
void wait_outside(void) {
  static u32 event[2];
  struct fr_task *root = root_task;
  if (!root)
    trap_deadlock();
  u32 set = park(root);
  root_task = NULL;
  u32 code = outer_wait(set, event);
  unpark(root, code, event[0], event[1]);
}

/* ---- waking others ----------------------------------------------------------------------------------------------- */

static void wake(struct fr_outer *o) {
  if (!o->parked || o->woken)
    return;
  o->woken = true;
  outer_stream_write(o->writer, 0, 1);
}

void wake_root(struct fr_task *root) {
  if (root->outer)
    wake(root->outer);
}

void wake_any(void) {
  if (!list_empty(&parked))
    wake(OWNER(parked.next, struct fr_outer, link));
}

/* ---- calls of the host ------------------------------------------------------------------------------------------- */

static struct fr_subtask **calls; /* by the outer runtime's handle */
static u32 calls_size;

static void remember(u32 handle, struct fr_subtask *s) {
  if (handle >= calls_size) {
    u32 size = calls_size ? calls_size : 16;
    while (size <= handle)
      size *= 2;
    struct fr_subtask **more = make(size * sizeof(*more));
    if (calls_size) {
      __builtin_memcpy(more, calls, calls_size * sizeof(*more));
      drop(calls, calls_size * sizeof(*more));
    }
    calls = more;
    calls_size = size;
  }
  calls[handle] = s;
}

/* What a function of the host has returned that is lowered async. Its subtask becomes one of the instance. */
EXPORT(host_call) u32 host_call(u32 inst, u32 packed) {
  if ((packed & 15) == SUB_RETURNED)
    return packed;
  if (!root_task)
    trap_deadlock();
  struct fr_subtask *s = make(sizeof(*s));
  s->w.kind = SUBTASK;
  s->caller = inst;
  s->lower_async = s->progress = true;
  s->state = packed & 15;
  s->host = packed >> 4;
  s->outer = outer_of(root_task);
  s->outer->calls++;
  outer_join(s->host, s->outer->set);
  remember(s->host, s);
  s->w.inst = inst;
  s->w.index = add(inst, s);
  return s->state | s->w.index << 4;
}

static void host_state(struct fr_subtask *s, u8 state) {
  if (state > SUB_STARTED) {
    s->outer->calls--;
    calls[s->host] = NULL;
    outer_subtask_drop(s->host);
    s->host = 0;
  }
  resolve(s, state);
}

void host_progress(u32 handle, u32 state) {
  host_state(calls[handle], (u8)state);
}

void cancel_host(struct fr_subtask *s) {
  u32 state = outer_subtask_cancel(s->host);
  if (state != 0xffffffff)
    host_state(s, (u8)state);
}

/* A function of the host is called on the stack: others may run before it returns. The current task, for host_end(). */
EXPORT(host_begin) struct fr_task *host_begin(u32 inst) {
  check_leave(inst);
  if (current) {
    current->base = root_task;
    current->entered = entered;
  }
  return current;
}

EXPORT(host_end) void host_end(struct fr_task *t) {
  current = t;
  root_task = t ? t->base : NULL;
  entered = t ? t->entered : 0;
}
