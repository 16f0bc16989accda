/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A store without an engine, one component instance in it, and hand-made tasks: for what runs no guest code. */
#ifndef TESTS_UNIT_RUNTIME_FIXTURE_H
#define TESTS_UNIT_RUNTIME_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/sched.h"
#include "runtime/store.h"
#include "runtime/table.h"
#include "runtime/thread.h"
#include "support/fault.h"

enum { TASKS = 8 };

struct fixture {
  struct fault fault;
  struct rt_store s;
  struct graph_instance decl;
  struct rt_instance inst;
  struct func_type async_type, sync_type;
  struct rt_lift plain, callback, sync; /* stackful async; needs the lock; of synchronous type */
  struct rt_task tasks[TASKS];
};

static inline int fixture_open(void **state) {
  struct fixture *f = calloc(1, sizeof(*f));
  if (!f)
    return 1;
  fault_init(&f->fault);
  store_init(&f->s, &f->fault.alloc, NULL);
  f->inst.store = &f->s;
  f->inst.decl = &f->decl;
  f->inst.may_enter = true;
  f->inst.leaves = 1;
  f->inst.may_leave = &f->inst.leaves;
  f->inst.gate = &f->inst.own_gate;
  queue_instance_init(&f->inst);
  f->async_type.async = true;
  f->plain = (struct rt_lift){.inst = &f->inst, .type = &f->async_type};
  f->callback = (struct rt_lift){.inst = &f->inst, .type = &f->async_type, .needs_exclusive = true};
  f->sync = (struct rt_lift){.inst = &f->inst, .type = &f->sync_type};
  *state = f;
  return 0;
}

static inline int fixture_close(void **state) {
  struct fixture *f = *state;
  rt_table_done(&f->inst.handles, f->s.alloc);
  rt_table_done(&f->inst.threads, f->s.alloc);
  store_done(&f->s);
  fault_done(&f->fault);
  free(f);
  return 0;
}

/* The implicit thread of task i, of that lifted function. */
static inline struct rt_thread *fixture_thread(struct fixture *f, int i, struct rt_lift *lift) {
  struct rt_task *task = &f->tasks[i];
  task->lift = lift;
  task->inst = &f->inst;
  task->state = RT_TASK_STARTED;
  list_init(&task->cancellable);
  thread_init(&task->implicit, task, true);
  return &task->implicit;
}

static inline void fixture_wait(struct rt_thread *t, enum rt_wait kind, struct rt_set *set) {
  if (kind == RT_WAIT_SET || kind == RT_WAIT_SET_CALLBACK)
    set->num_waiting++;
  thread_start_waiting(t, &(struct thread_wait){.kind = kind, .set = set});
}

static inline void assert_trapped(struct fixture *f, weir_status status, const char *words) {
  assert_int_equal(status, WEIR_ERR_TRAP);
  assert_true(f->s.failed);
  if (!strstr(diag_message(&f->s.failure), words))
    fail_msg("\"%s\" is not in \"%s\"", words, diag_message(&f->s.failure));
}

#define FIXTURE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

#endif
