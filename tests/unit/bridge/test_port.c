/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reply ports: one descriptor for many requests, exactly once each, within bounds, under races. */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#include "jobs.h"

static weir_bridge *new_bridge(const weir_bridge_config *config) {
  weir_bridge *b = NULL;
  assert_int_equal(weir_bridge_new(config, &b, NULL), WEIR_OK);
  return b;
}

static weir_bridge_port *new_port(size_t capacity) {
  weir_bridge_port *p = NULL;
  assert_int_equal(weir_bridge_port_new(capacity, NULL, &p, NULL), WEIR_OK);
  return p;
}

static bool is_readable(const weir_bridge_port *p, int milliseconds) {
  struct pollfd ask = {.fd = weir_bridge_port_fd(p), .events = POLLIN};
  return poll(&ask, 1, milliseconds) == 1;
}

static weir_bridge_job port_job(struct probe *p, weir_bridge *b, weir_bridge_port *port) {
  weir_bridge_job job = probe_job(p, b);
  job.port = port;
  job.port_tag = p;
  return job;
}

static void the_descriptor_is_readable_while_something_is_there(void **state) {
  (void)state;
  weir_bridge *b = new_bridge(NULL), *other = new_bridge(NULL);
  weir_bridge_port *port = new_port(0);
  struct probe p[2] = {{.reply = 1, .delay = MS(1)}, {.reply = 2, .delay = MS(1)}};
  assert_false(is_readable(port, 0));
  assert_null(weir_bridge_port_take(port, NULL));
  for (int i = 0; i < 2; i++) {
    weir_bridge_job job = port_job(&p[i], i == 0 ? b : other, port);
    assert_int_equal(weir_bridge_submit(i == 0 ? b : other, &job, NULL, NULL), WEIR_OK);
  }
  weir_bridge_shutdown(b, WEIR_BRIDGE_DRAIN, WEIR_BRIDGE_FOREVER, NULL);
  weir_bridge_shutdown(other, WEIR_BRIDGE_DRAIN, WEIR_BRIDGE_FOREVER, NULL);
  for (int i = 0; i < 2; i++) {
    void *tag = NULL, *result = NULL;
    assert_true(is_readable(port, 0));
    weir_bridge_request *r = weir_bridge_port_take(port, &tag);
    assert_non_null(r);
    assert_int_equal(weir_bridge_wait(r, 0), WEIR_OK);
    assert_int_equal(weir_bridge_result(r, &result, NULL), WEIR_OK);
    assert_int_equal((intptr_t)result, ((struct probe *)tag)->reply);
    weir_bridge_request_free(r);
  }
  assert_false(is_readable(port, 0));
  assert_null(weir_bridge_port_take(port, NULL));
  weir_bridge_free(b);
  weir_bridge_free(other);
  weir_bridge_port_free(port);
}

static void every_outcome_comes_to_the_port(void **state) {
  (void)state;
  weir_bridge_config config = {.size = sizeof(weir_bridge_config), .max_running = 2};
  weir_bridge *b = new_bridge(&config);
  weir_bridge_port *port = new_port(0);
  struct probe p[4] = {{.delay = NEVER, .agrees = true}, {.delay = NEVER}, {.delay = 0}, {.delay = 0}};
  weir_status want[] = {WEIR_ERR_CANCELLED, WEIR_ERR_LOST, WEIR_ERR_TIMEOUT, WEIR_ERR_CANCELLED};
  weir_bridge_request *r[4];
  for (int i = 0; i < 4; i++) {
    weir_bridge_job job = port_job(&p[i], b, port);
    job.timeout = i == 2 ? MS(5) : 0; /* in the inbox */
    assert_int_equal(weir_bridge_submit(b, &job, &r[i], NULL), WEIR_OK);
  }
  while (atomic_load(&p[1].started) == 0 || !is_readable(port, 0))
    uv_sleep(1);
  weir_bridge_free(b);
  for (int i = 0; i < 4; i++) {
    void *tag = NULL;
    weir_bridge_request *ended = weir_bridge_port_take(port, &tag);
    ptrdiff_t which = (struct probe *)tag - p;
    assert_ptr_equal(ended, r[which]);
    assert_int_equal(weir_bridge_result(ended, NULL, NULL), want[which]);
    weir_bridge_request_free(ended);
    weir_bridge_request_free(r[which]); /* the submitter's own */
  }
  assert_null(weir_bridge_port_take(port, NULL));
  weir_bridge_port_free(port);
}

static uint64_t refused(weir_bridge *b) {
  weir_bridge_stats stats = {0};
  weir_bridge_get_stats(b, &stats, sizeof(stats));
  return stats.refused;
}

static void a_port_is_bounded_and_refused_requests_give_their_place_back(void **state) {
  (void)state;
  weir_bridge_config config = {
      .size = sizeof(weir_bridge_config), .capacity = 1, .max_running = 1, .full = WEIR_BRIDGE_FAIL};
  weir_bridge *b = new_bridge(&config);
  weir_bridge_port *port = new_port(2);
  struct probe p[4] = {{.delay = NEVER, .agrees = true}};
  weir_bridge_job job[4];
  for (int i = 0; i < 4; i++)
    job[i] = port_job(&p[i], b, port);
  weir_error *error = NULL;
  assert_int_equal(weir_bridge_submit(b, &job[0], NULL, NULL), WEIR_OK);
  while (atomic_load(&p[0].started) == 0)
    uv_sleep(1);
  job[1].port = NULL;
  assert_int_equal(weir_bridge_submit(b, &job[1], NULL, NULL), WEIR_OK);
  for (int i = 0; i < 5; i++)
    assert_int_equal(weir_bridge_submit(b, &job[2], NULL, NULL), WEIR_ERR_LIMIT); /* the inbox is full */
  weir_bridge_free(b);
  b = new_bridge(NULL);
  assert_int_equal(weir_bridge_submit(b, &job[2], NULL, NULL), WEIR_OK);
  assert_int_equal(weir_bridge_submit(b, &job[3], NULL, &error), WEIR_ERR_LIMIT); /* the port is */
  assert_string_equal(weir_error_message(error), "the port is full: take out what has ended");
  weir_error_free(error);
  assert_int_equal(refused(b), 1);
  assert_int_equal(weir_bridge_submit_many(b, &job[2], 2, NULL, NULL, NULL),
                   WEIR_ERR_LIMIT); /* for one there is room */
  assert_int_equal(refused(b), 3);
  assert_true(is_readable(port, 10000));
  weir_bridge_request_free(weir_bridge_port_take(port, NULL));
  assert_int_equal(weir_bridge_submit(b, &job[3], NULL, NULL), WEIR_OK);
  weir_bridge_free(b);
  weir_bridge_port_free(port); /* with what is in it */
}

static atomic_int results_freed;

static void count_result(void *result) {
  (void)result;
  atomic_fetch_add(&results_freed, 1);
}

static void a_freed_port_leaves_its_requests_alone(void **state) {
  (void)state;
  weir_bridge *b = new_bridge(NULL);
  weir_bridge_port *port = new_port(0);
  struct probe p[2] = {{.reply = 1}, {.reply = 1, .delay = MS(100)}};
  atomic_store(&results_freed, 0);
  for (int i = 0; i < 2; i++) {
    weir_bridge_job job = port_job(&p[i], b, port);
    job.free_result = count_result;
    assert_int_equal(weir_bridge_submit(b, &job, NULL, NULL), WEIR_OK);
  }
  assert_true(is_readable(port, 10000));
  weir_bridge_port_free(port);
  assert_int_equal(weir_bridge_shutdown(b, WEIR_BRIDGE_DRAIN, WEIR_BRIDGE_FOREVER, NULL), WEIR_OK);
  assert_int_equal(atomic_load(&p[1].told), 1);
  assert_int_equal(atomic_load(&results_freed), 2);
  weir_bridge_free(b);
}

static void a_forked_child_takes_nothing(void **state) {
  (void)state;
  weir_bridge *b = new_bridge(NULL);
  weir_bridge_port *port = new_port(0);
  struct probe p = {.reply = 1};
  weir_bridge_job job = port_job(&p, b, port);
  assert_int_equal(weir_bridge_submit(b, &job, NULL, NULL), WEIR_OK);
  assert_true(is_readable(port, 10000));
  pid_t child = fork();
  if (child == 0) {
    bool nothing = !weir_bridge_port_take(port, NULL);
    weir_bridge_port_free(port);
    _exit(nothing ? 0 : 1);
  }
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  assert_true(is_readable(port, 0));
  weir_bridge_request_free(weir_bridge_port_take(port, NULL));
  weir_bridge_free(b);
  weir_bridge_port_free(port);
}

/* ---- races ------------------------------------------------------------------------------------------------------- */

enum { PRODUCERS = 3, REQUESTS = 24, ROUNDS = 600 };

struct producer {
  pthread_t thread;
  weir_bridge *bridge;
  weir_bridge_port *port;
  uint32_t seed;
  struct probe probes[REQUESTS];
  int taken[REQUESTS]; /* by the consumer */
  bool accepted[REQUESTS];
};

static uint32_t next_random(uint32_t *state) {
  *state = *state * 1664525 + 1013904223;
  return *state >> 8;
}

/* Some one by one, some together; some of them cancelled, some with a deadline. */
static void *producer_main(void *arg) {
  static const uint64_t delays[] = {0, 0, 1000, 50000};
  struct producer *p = arg;
  for (int i = 0; i < REQUESTS;) {
    int count = next_random(&p->seed) % 2 == 0 ? 1 : 4;
    weir_bridge_job jobs[4];
    weir_bridge_request *r[4];
    size_t accepted = 0;
    for (int k = 0; k < count; k++) {
      p->probes[i + k].delay = delays[next_random(&p->seed) % 4];
      p->probes[i + k].agrees = true;
      jobs[k] = port_job(&p->probes[i + k], p->bridge, p->port);
      jobs[k].port_tag = &p->taken[i + k];
      jobs[k].timeout = next_random(&p->seed) % 4 == 0 ? 1 + next_random(&p->seed) % 100000 : 0;
    }
    weir_bridge_submit_many(p->bridge, jobs, (size_t)count, r, &accepted, NULL);
    for (int k = 0; k < count; k++) {
      p->accepted[i + k] = (size_t)k < accepted;
      if (p->accepted[i + k] && next_random(&p->seed) % 4 == 0)
        weir_bridge_cancel(r[k]);
      weir_bridge_request_free(r[k]);
    }
    i += count;
    if (i + 4 > REQUESTS)
      break;
  }
  return NULL;
}

static int take_all(weir_bridge_port *port) {
  int count = 0;
  void *tag;
  weir_bridge_request *r;
  while ((r = weir_bridge_port_take(port, &tag))) {
    ++*(int *)tag;
    assert_int_equal(weir_bridge_wait(r, 0), WEIR_OK);
    weir_bridge_request_free(r);
    count++;
  }
  return count;
}

static void each_request_comes_once_whatever_races(void **state) {
  (void)state;
  static struct producer p[PRODUCERS];
  for (uint32_t round = 0; round < ROUNDS; round++) {
    weir_bridge_config config = {.size = sizeof(weir_bridge_config), .capacity = 1 + round % 8};
    weir_bridge *b = new_bridge(&config);
    weir_bridge_port *port = new_port(0);
    memset(p, 0, sizeof(p));
    for (int i = 0; i < PRODUCERS; i++) {
      p[i].bridge = b;
      p[i].port = port;
      p[i].seed = round * PRODUCERS + (uint32_t)i;
      assert_int_equal(pthread_create(&p[i].thread, NULL, producer_main, &p[i]), 0);
    }
    int taken = 0, wanted = 0;
    for (int polls = 0; polls < 10; polls++)
      if (is_readable(port, 1))
        taken += take_all(port);
    if (round % 2 == 0)
      weir_bridge_shutdown(b, round % 4 == 0 ? WEIR_BRIDGE_ABORT : WEIR_BRIDGE_DRAIN, WEIR_BRIDGE_FOREVER, NULL);
    for (int i = 0; i < PRODUCERS; i++)
      pthread_join(p[i].thread, NULL);
    weir_bridge_shutdown(b, WEIR_BRIDGE_DRAIN, WEIR_BRIDGE_FOREVER, NULL);
    taken += take_all(port);
    assert_false(is_readable(port, 0));
    for (int i = 0; i < PRODUCERS; i++)
      for (int k = 0; k < REQUESTS; k++) {
        wanted += p[i].accepted[k];
        assert_int_equal(p[i].taken[k], p[i].accepted[k]);
      }
    assert_int_equal(taken, wanted);
    weir_bridge_port_free(port);
    weir_bridge_free(b);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_descriptor_is_readable_while_something_is_there),
      cmocka_unit_test(every_outcome_comes_to_the_port),
      cmocka_unit_test(a_port_is_bounded_and_refused_requests_give_their_place_back),
      cmocka_unit_test(a_freed_port_leaves_its_requests_alone),
      cmocka_unit_test(a_forked_child_takes_nothing),
      cmocka_unit_test(each_request_comes_once_whatever_races),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
