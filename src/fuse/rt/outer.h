/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Waits that the outer runtime ends (rt_outer.c). */
#ifndef RT_OUTER_H
#define RT_OUTER_H

#include "fuse/rt/base.h"

struct fr_task;
struct fr_subtask;

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

#endif
