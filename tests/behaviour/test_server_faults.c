/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A server whose memory fails, one allocation after the other: while it is made and started, in requests, while it is
 * reloaded, and while it stops. Nothing may crash, hang or stay behind, and afterwards it serves again or says why not.
 */
#include "behaviour/server.h"
#include "support/fault.h"

enum { REQUEST_MS = 300, STRIDE = 7 };

struct faulty {
  struct fault f; /* first: its address is the allocator's */
  struct serving s;
  weir_component *next;
  weir_wasi_config world;
};

/* Hundreds of functions that the guest does not import would only take time. */
static bool links(void *data, const char *interface_name) {
  (void)data;
  return strstr(interface_name, "@0.3") &&
         (strstr(interface_name, "wasi:http/types") || strstr(interface_name, "wasi:clocks/monotonic"));
}

static void faulty_open(struct faulty *t) {
  fault_init(&t->f);
  serving_open_with(&t->s, &t->f.alloc);
  t->next = http_component(t->s.engine, "HELLO");
  t->world = (weir_wasi_config)WEIR_WASI_CONFIG_INIT;
  t->world.stdin_fd = t->world.stdout_fd = t->world.stderr_fd = -1;
  t->world.links = links;
  t->s.config.world = &t->world;
  t->s.config.request_ms = REQUEST_MS;
  t->s.config.after_ms = REQUEST_MS;
  t->s.config.admin = "127.0.0.1:0";
}

static void faulty_close(struct faulty *t) {
  weir_component_free(t->next);
  serving_close(&t->s);
  fault_done(&t->f);
}

/* Whatever comes back: a response, or none. */
static int try_get(const struct serving *s, const char *path) {
  char response[1024];
  return client_end(client_begin(weir_server_port(s->server, 0), path), response, sizeof(response));
}

/* Makes, starts and frees; the k-th allocation fails, and the ones after it if `rest`. false: none has failed. */
static bool start_failing(struct faulty *t, size_t k, bool rest) {
  weir_error *error = NULL;
  weir_server *server = NULL;
  fault_arm(&t->f, k, rest);
  weir_status status = weir_server_new(t->s.component, &t->s.config, &server, &error);
  if (status == WEIR_OK)
    status = weir_server_start(server, &error);
  bool failed = t->f.failures > 0;
  if (status != WEIR_OK && status != WEIR_ERR_NOMEM)
    fail_msg("%zu: %s: %s", k, weir_status_name(status), error ? weir_error_message(error) : "no message");
  if (status != WEIR_OK)
    assert_true(failed);
  weir_error_free(error);
  weir_server_free(server);
  fault_arm(&t->f, 0, false);
  return failed;
}

static void starting_without_memory_says_so(void **state) {
  struct faulty t;
  (void)state;
  faulty_open(&t);
  size_t k = 1;
  while (start_failing(&t, k, false))
    k++;
  assert_true(k > 50);
  for (size_t i = 1; i < k; i += STRIDE)
    start_failing(&t, i, true);
  serving_start(&t.s);
  expect_get(&t.s, "/", 200, "hello\n");
  faulty_close(&t);
}

/* A request of each kind while memory fails; then it is there again, and the server serves. */
static bool ask_failing(struct faulty *t, const char *path, size_t k, bool rest) {
  fault_arm(&t->f, k, rest);
  int status = try_get(&t->s, path);
  bool failed = t->f.failures > 0;
  fault_arm(&t->f, 0, false);
  if (status != 0 && status != 200 && status != 500 && status != 503 && status != 504)
    fail_msg("%s, %zu: %d", path, k, status);
  if (!failed && strcmp(path, "/trap") != 0)
    assert_int_equal(status, 200);
  AWAIT(metric(&t->s, "weir_requests_running") == 0);
  return failed;
}

static void requests_without_memory_end(void **state) {
  static const char *const paths[] = {"/", "/late", "/trap"};
  struct faulty t;
  (void)state;
  faulty_open(&t);
  t.s.config.instance_requests = 1; /* so that each makes an instance */
  serving_start(&t.s);
  for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
    size_t k = 1;
    for (; ask_failing(&t, paths[i], k, false); k += i == 0 ? 1 : STRIDE)
      if (k > 20000)
        fail_msg("%s never ends", paths[i]);
    assert_true(k > 20);
    for (size_t j = 1; j < k; j += 5 * STRIDE)
      ask_failing(&t, paths[i], j, true);
  }
  for (int i = 0; i < 3; i++)
    expect_get(&t.s, "/", 200, "hello\n");
  AWAIT(metric(&t.s, "weir_live_tasks") == 0);
  faulty_close(&t);
}

static bool reload_failing(struct faulty *t, const weir_component *component, size_t k) {
  weir_error *error = NULL;
  fault_arm(&t->f, k, false);
  weir_status status = weir_server_reload(t->s.server, 0, component, &error);
  assert_true(status == WEIR_OK || status == WEIR_ERR_NOMEM);
  weir_error_free(error);
  try_get(&t->s, "/"); /* the worker has taken it by now */
  bool failed = t->f.failures > 0;
  fault_arm(&t->f, 0, false);
  return failed;
}

static void reloading_without_memory_keeps_what_there_is(void **state) {
  struct faulty t;
  (void)state;
  faulty_open(&t);
  serving_start(&t.s);
  for (size_t k = 1; reload_failing(&t, k % 2 ? t.next : t.s.component, k); k++)
    assert_true(k < 20000);
  must(weir_server_reload(t.s.server, 0, t.next, NULL), NULL);
  AWAIT(try_get(&t.s, "/") == 200);
  expect_get(&t.s, "/", 200, "HELLO\n");
  faulty_close(&t);
}

static void stopping_and_metrics_need_no_memory(void **state) {
  struct faulty t;
  char *text = NULL;
  (void)state;
  faulty_open(&t);
  serving_start(&t.s);
  int never = client_begin(weir_server_port(t.s.server, 0), "/never");
  AWAIT(metric(&t.s, "weir_requests_running") == 1);
  fault_arm(&t.f, 1, true);
  assert_int_equal(weir_server_metrics(t.s.server, &text, NULL), WEIR_ERR_NOMEM);
  assert_null(text);
  weir_server_drain(t.s.server, 10);
  weir_server_wait(t.s.server);
  fault_arm(&t.f, 0, false);
  close(never);
  faulty_close(&t);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(starting_without_memory_says_so),
    cmocka_unit_test(requests_without_memory_end),
    cmocka_unit_test(reloading_without_memory_keeps_what_there_is),
    cmocka_unit_test(stopping_and_metrics_need_no_memory),
};

BEHAVIOUR_MAIN(tests)
