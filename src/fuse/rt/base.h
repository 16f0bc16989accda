/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What all of the runtime inside is written with: numbers, traps, whether an instance may leave, lists. */
#ifndef RT_BASE_H
#define RT_BASE_H

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

#endif
