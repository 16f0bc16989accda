/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Work that is due before the loop sleeps: it runs once, and the loop sleeps again afterwards, or where it was taken
 * back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "http/loop.h"

struct fixture {
  uv_loop_t uv;
  struct http_loop *loop;
  struct http_due due;
  int runs, again;
};

static void run(struct http_due *due) {
  struct fixture *f = LIST_OWNER(due, struct fixture, due);
  f->runs++;
  if (f->again-- > 0)
    http_loop_due(f->loop, due);
}

static void open_fixture(struct fixture *f) {
  *f = (struct fixture){.due.run = run};
  list_init(&f->due.node);
  assert_int_equal(uv_loop_init(&f->uv), 0);
  assert_int_equal(http_loop_new(&f->uv, &mem_system, &f->loop), WEIR_OK);
}

static void close_fixture(struct fixture *f) {
  http_loop_close(f->loop);
  uv_run(&f->uv, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&f->uv), 0);
}

static void due_work_runs_once(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  http_loop_due(f.loop, &f.due);
  http_loop_due(f.loop, &f.due);
  uv_run(&f.uv, UV_RUN_DEFAULT); /* ends: nothing keeps it */
  assert_int_equal(f.runs, 1);
  close_fixture(&f);
}

static void what_becomes_due_meanwhile_runs_too(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  f.again = 100;
  http_loop_due(f.loop, &f.due);
  uv_run(&f.uv, UV_RUN_NOWAIT);
  assert_true(f.runs > 1 && f.runs < 20); /* and the loop has its other work in between */
  uv_run(&f.uv, UV_RUN_DEFAULT);
  assert_int_equal(f.runs, 101);
  close_fixture(&f);
}

static void work_that_is_taken_back_keeps_nobody_awake(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  http_loop_due(f.loop, &f.due);
  list_remove(&f.due.node);
  uv_run(&f.uv, UV_RUN_NOWAIT);
  assert_false(uv_loop_alive(&f.uv));
  assert_int_equal(f.runs, 0);
  close_fixture(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(due_work_runs_once),
      cmocka_unit_test(what_becomes_due_meanwhile_runs_too),
      cmocka_unit_test(work_that_is_taken_back_keeps_nobody_awake),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
