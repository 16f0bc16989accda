/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* weir/serve.h from C: every function, every callback, every error. test_serve.py has what guests and clients do. */
#include "behaviour/server.h"

#include <dirent.h>

/* ---- making ------------------------------------------------------------------------------------------------------ */

static void refuse(struct serving *s, const weir_component *component, weir_status want, const char *words) {
  weir_error *error = NULL;
  weir_server *server = NULL;
  assert_int_equal(weir_server_new(component, &s->config, &server, &error), want);
  assert_null(server);
  assert_words(weir_error_message(error), words);
  assert_int_equal(weir_error_status(error), want);
  weir_error_free(error);
  assert_int_equal(weir_server_new(component, &s->config, &server, NULL), want);
}

static void what_is_wrong_with_addresses_is_said(void **state) {
  static const char *const wrong[] = {"localhost:80", "127.0.0.1",     "127.0.0.1:65536", "::1:80", "[::1:80", "", ":",
                                      "127.0.0.1:-1", "[127.0.0.1]:80"};
  struct serving s;
  (void)state;
  serving_open(&s);
  s.config.address_count = 0;
  refuse(&s, s.component, WEIR_ERR_MISUSE, "needs an address");
  s.config.address_count = 1;
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    s.config.addresses = &wrong[i];
    refuse(&s, s.component, WEIR_ERR_PARSE, "is no address");
  }
  const char *elsewhere = "192.0.2.1:80";
  s.config.addresses = &elsewhere;
  refuse(&s, s.component, WEIR_ERR_IO, "192.0.2.1:80 cannot be bound");
  s.config.addresses = any_port;
  s.config.admin = "nowhere";
  refuse(&s, s.component, WEIR_ERR_PARSE, "is no address");
  const int closed = 1000000;
  s.config.admin = NULL;
  s.config.sockets = &closed;
  s.config.socket_count = 1;
  refuse(&s, s.component, WEIR_ERR_IO, "socket 1000000");
  serving_close(&s);
}

static void what_is_wrong_with_settings_is_said(void **state) {
  struct serving s;
  (void)state;
  serving_open(&s);
  s.config.record_when = WEIR_SERVE_RECORD_ALL;
  refuse(&s, s.component, WEIR_ERR_MISUSE, "records need a directory");
  s.config.record_directory = "/nowhere/at/all";
  refuse(&s, s.component, WEIR_ERR_IO, "directory /nowhere/at/all: No such file");
  s.config.record_directory = "/dev/null";
  refuse(&s, s.component, WEIR_ERR_IO, "Not a directory");
  s.config.record_directory = NULL;
  s.config.record_when = WEIR_SERVE_RECORD_NEVER;
  s.config.tls_certificate = "/nowhere/cert.pem";
  refuse(&s, s.component, WEIR_ERR_MISUSE, "both a certificate and its key");
  s.config.tls_key = "/nowhere/key.pem";
  refuse(&s, s.component, WEIR_ERR_INVALID, "/nowhere/cert.pem: not usable for TLS");
  s.config.tls_certificate = s.config.tls_key = NULL;
  weir_wasi_preopen nowhere = {.host_path = "/nowhere/at/all"};
  weir_wasi_config world = WEIR_WASI_CONFIG_INIT;
  world.stdin_fd = world.stdout_fd = world.stderr_fd = -1;
  world.preopens = &nowhere;
  world.preopen_count = 1;
  s.config.world = &world;
  refuse(&s, s.component, WEIR_ERR_IO, "/nowhere/at/all");
  s.config.world = NULL;
  s.config.size = 3;
  refuse(&s, s.component, WEIR_ERR_MISUSE, "weir_serve_config");
  serving_close(&s);
}

static void slices_need_an_engine_with_deadlines(void **state) {
  struct serving s;
  weir_engine_config config = {.size = sizeof(config), .fast_compile = true};
  weir_error *error = NULL;
  weir_engine *plain;
  (void)state;
  serving_open(&s);
  must(weir_engine_new(&config, &plain, &error), &error);
  weir_component *component = http_component(plain, NULL);
  s.config.slice_ms = 10;
  refuse(&s, component, WEIR_ERR_MISUSE, "deadlines");
  weir_component_free(component);
  weir_engine_free(plain);
  serving_close(&s);
}

static void what_is_wrong_with_components_is_said(void **state) {
  static const char none[] = "(component)";
  static const char missing[] = "(component (import \"a:b/c\" (instance (export \"f\" (func)))))";
  struct serving s, other;
  (void)state;
  serving_open(&s);
  serving_open(&other);
  weir_component *empty = component_from(s.engine, none, sizeof(none) - 1);
  weir_component *more = component_from(s.engine, missing, sizeof(missing) - 1);
  refuse(&s, NULL, WEIR_ERR_MISUSE, "needs a component");
  refuse(&s, empty, WEIR_ERR_NOT_FOUND, "exports neither");
  refuse(&s, more, WEIR_ERR_NOT_FOUND, "exports neither");
  weir_serve_route route = {.path = "/x", .component = other.component};
  s.config.routes = &route;
  s.config.route_count = 1;
  refuse(&s, s.component, WEIR_ERR_MISUSE, "of one engine");
  route.component = NULL;
  refuse(&s, s.component, WEIR_ERR_MISUSE, "of one engine");
  refuse(&s, NULL, WEIR_ERR_MISUSE, "needs a component");
  weir_component_free(empty);
  weir_component_free(more);
  serving_close(&other);
  serving_close(&s);
}

/* ---- serving ----------------------------------------------------------------------------------------------------- */

static void a_server_answers_and_tells(void **state) {
  struct serving s;
  (void)state;
  serving_open(&s);
  s.config.admin = "127.0.0.1:0";
  serving_start(&s);
  assert_int_not_equal(weir_server_port(s.server, 0), 0);
  assert_int_equal(weir_server_port(s.server, 1), 0);
  assert_int_not_equal(weir_server_admin_port(s.server), 0);
  expect_get(&s, "/", 200, "hello\n");
  AWAIT(atomic_load(&s.lines) == 1);
  assert_words(s.line, "\"path\": \"/\", \"http\": \"1.1\", \"status\": 200");
  assert_int_equal(s.line[strlen(s.line) - 1], '\n');
  AWAIT(metric(&s, "weir_requests_total{code=\"2xx\"}") == 1);
  expect_get(&s, "/trap", 500, "HTTP/1.1 500");
  AWAIT(atomic_load(&s.troubles) == 1);
  assert_words(s.trouble, "instance 1 has failed: wasm trap: wasm `unreachable`");
  weir_server_drain(s.server, 1000);
  weir_server_wait(s.server);
  weir_server_wait(s.server); /* returns at once */
  assert_int_equal(atomic_load(&s.lines), 2);
  assert_int_equal(metric(&s, "weir_instances"), 0);
  serving_close(&s);
}

static void without_callbacks_nobody_is_told(void **state) {
  struct serving s;
  (void)state;
  serving_open(&s);
  s.config.access = NULL;
  s.config.trouble = NULL;
  serving_start(&s);
  assert_int_equal(weir_server_admin_port(s.server), 0);
  expect_get(&s, "/trap", 500, "");
  expect_get(&s, "/", 200, "hello\n");
  serving_close(&s);
}

static void a_call_that_cannot_begin_is_500(void **state) {
  struct serving s;
  (void)state;
  serving_open(&s);
  weir_store_config store = WEIR_STORE_CONFIG_INIT;
  store.max_tasks = 1;
  s.config.store = &store;
  s.config.instance_concurrency = 2;
  s.config.max_instances = 1;
  serving_start(&s);
  int first = client_begin(weir_server_port(s.server, 0), "/never");
  AWAIT(metric(&s, "weir_requests_running") == 1);
  expect_get(&s, "/", 500, "HTTP/1.1 500");
  AWAIT(atomic_load(&s.lines) >= 1);
  expect_get(&s, "/", 200, "hello\n"); /* of the next instance */
  close(first);
  serving_close(&s);
}

static void where_no_instance_can_be_made_it_is_500(void **state) {
  struct serving s;
  (void)state;
  serving_open(&s);
  weir_store_config store = WEIR_STORE_CONFIG_INIT;
  store.max_memory_bytes = 65536; /* it wants four pages */
  s.config.store = &store;
  serving_start(&s);
  expect_get(&s, "/", 500, "HTTP/1.1 500");
  AWAIT(atomic_load(&s.lines) == 1);
  assert_words(s.line, "\"why\": \"no instance\"");
  assert_words(s.trouble, "an instance cannot be made: ");
  serving_close(&s);
}

static void routes_lead_to_other_components(void **state) {
  struct serving s;
  (void)state;
  serving_open(&s);
  weir_component *shop = http_component(s.engine, "SHOP!");
  weir_serve_route routes[] = {{.path = "/late", .component = shop},
                               {.host = "other.example", .component = s.component}};
  s.config.routes = routes;
  s.config.route_count = 2;
  weir_error *error = NULL;
  must(weir_server_new(NULL, &s.config, &s.server, &error), &error);
  weir_component_free(shop);  /* the server holds it */
  routes[0].component = NULL; /* the array was copied */
  must(weir_server_start(s.server, &error), &error);
  expect_get(&s, "/late", 200, "SHOP!\n");
  expect_get(&s, "/", 404, "");
  must(weir_server_reload(s.server, 0, s.component, &error), &error);
  expect_get(&s, "/late", 200, "hello\n");
  assert_int_equal(weir_server_reload(s.server, 2, s.component, NULL), WEIR_ERR_MISUSE);
  serving_close(&s);
}

static void sockets_of_others_are_duplicated(void **state) {
  struct serving s;
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof(own);
  char response[1024];
  (void)state;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(fd, (void *)&own, size), 0);
  assert_int_equal(getsockname(fd, (void *)&own, &size), 0);
  assert_int_equal(listen(fd, 10), 0);
  serving_open(&s);
  s.config.address_count = 0;
  s.config.sockets = &fd;
  s.config.socket_count = 1;
  s.config.workers = 2;
  serving_start(&s);
  close(fd);
  assert_int_equal(weir_server_port(s.server, 0), 0);
  assert_int_equal(client_end(client_begin(ntohs(own.sin_port), "/"), response, sizeof(response)), 200);
  serving_close(&s);
}

/* ---- records ----------------------------------------------------------------------------------------------------- */

static bool leave_out(void *data, const char *event, const char *interface_name, const char *name, const void *payload,
                      size_t size) {
  struct serving *s = data;
  (void)event, (void)interface_name, (void)name, (void)payload, (void)size;
  atomic_fetch_add(&s->troubles, 1);
  return false;
}

static size_t files_in(const char *folder, char *ret_name) {
  DIR *dir = opendir(folder);
  size_t count = 0;
  assert_non_null(dir);
  for (const struct dirent *e; (e = readdir(dir));)
    if (e->d_name[0] != '.') {
      count++;
      snprintf(ret_name, 512, "%s/%s", folder, e->d_name);
    }
  closedir(dir);
  return count;
}

static void records_are_written_and_parts_left_out(void **state) {
  struct serving s;
  char folder[] = "/tmp/weir-records-XXXXXX", name[512];
  (void)state;
  assert_non_null(mkdtemp(folder));
  serving_open(&s);
  s.config.record_when = WEIR_SERVE_RECORD_FAILED;
  s.config.record_directory = folder;
  s.config.trouble = NULL;
  s.config.redact = leave_out;
  serving_start(&s);
  expect_get(&s, "/", 200, "hello\n");
  expect_get(&s, "/trap", 500, "");
  AWAIT(metric(&s, "weir_records_total") == 1);
  assert_true(atomic_load(&s.troubles) > 0); /* it was asked */
  serving_close(&s);
  assert_int_equal(files_in(folder, name), 1);
  unlink(name);
  rmdir(folder);
}

static void a_record_that_cannot_be_written_is_told(void **state) {
  struct serving s;
  char folder[] = "/tmp/weir-records-XXXXXX";
  (void)state;
  assert_non_null(mkdtemp(folder));
  serving_open(&s);
  s.config.record_when = WEIR_SERVE_RECORD_FAILED;
  s.config.record_directory = folder;
  serving_start(&s);
  assert_int_equal(rmdir(folder), 0);
  expect_get(&s, "/trap", 500, "");
  AWAIT(atomic_load(&s.troubles) == 2); /* the trap, and the record */
  expect_get(&s, "/", 200, "hello\n");
  assert_int_equal(metric(&s, "weir_records_total"), 0);
  assert_words(s.trouble, folder);
  serving_close(&s);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static void a_server_is_started_once_and_freed_at_any_time(void **state) {
  struct serving s;
  weir_error *error = NULL;
  (void)state;
  serving_open(&s);
  must(weir_server_new(s.component, &s.config, &s.server, &error), &error);
  weir_server_drain(s.server, 0); /* nothing happens */
  weir_server_wait(s.server);
  assert_int_equal(weir_server_reload(s.server, 0, s.component, &error), WEIR_ERR_MISUSE);
  assert_words(weir_error_message(error), "does not run");
  weir_error_free(error);
  weir_server_free(s.server); /* never started */
  weir_server_free(NULL);
  serving_start(&s);
  assert_int_equal(weir_server_start(s.server, &error), WEIR_ERR_MISUSE);
  assert_words(weir_error_message(error), "started before");
  weir_error_free(error);
  int never = client_begin(weir_server_port(s.server, 0), "/never");
  AWAIT(metric(&s, "weir_requests_running") == 1);
  char response[256];
  weir_server_free(s.server); /* breaks it off */
  s.server = NULL;
  assert_int_not_equal(client_end(never, response, sizeof(response)), 200);
  serving_close(&s);
}

static void reloading_checks_what_it_is_given(void **state) {
  static const char none[] = "(component)";
  struct serving s, other;
  weir_error *error = NULL;
  (void)state;
  serving_open(&s);
  serving_open(&other);
  weir_component *empty = component_from(s.engine, none, sizeof(none) - 1);
  weir_component *next = http_component(s.engine, "HELLO");
  serving_start(&s);
  assert_int_equal(weir_server_reload(s.server, 0, empty, NULL), WEIR_ERR_NOT_FOUND);
  assert_int_equal(weir_server_reload(s.server, 0, other.component, NULL), WEIR_ERR_MISUSE);
  expect_get(&s, "/", 200, "hello\n");
  must(weir_server_reload(s.server, 0, next, &error), &error);
  expect_get(&s, "/", 200, "HELLO\n");
  weir_component_free(empty);
  weir_component_free(next);
  serving_close(&other);
  serving_close(&s);
}

enum { CROWD = 4, ROUNDS = 30 };

struct crowd {
  struct serving *s;
  weir_component *next;
  atomic_int wrong;
  atomic_bool stop;
};

static void *ask_on(void *arg) {
  struct crowd *c = arg;
  char response[1024];
  uint16_t port = weir_server_port(c->s->server, 0);
  while (!atomic_load(&c->stop))
    if (client_end(client_begin(port, "/"), response, sizeof(response)) != 200)
      atomic_fetch_add(&c->wrong, 1);
  return NULL;
}

static void reloading_under_load_loses_no_request(void **state) {
  struct serving s;
  struct crowd c = {.s = &s};
  pthread_t threads[CROWD];
  (void)state;
  serving_open(&s);
  s.config.workers = 2;
  serving_start(&s);
  c.next = http_component(s.engine, "HELLO");
  for (int i = 0; i < CROWD; i++)
    pthread_create(&threads[i], NULL, ask_on, &c);
  for (int i = 0; i < ROUNDS; i++) {
    int before = atomic_load(&s.lines);
    must(weir_server_reload(s.server, 0, i % 2 ? s.component : c.next, NULL), NULL);
    AWAIT(atomic_load(&s.lines) > before + 2);
  }
  atomic_store(&c.stop, true);
  for (int i = 0; i < CROWD; i++)
    pthread_join(threads[i], NULL);
  assert_int_equal(atomic_load(&c.wrong), 0);
  AWAIT(metric(&s, "weir_live_tasks") == 0);
  weir_component_free(c.next);
  serving_close(&s);
}

static void *reload_on(void *arg) {
  struct crowd *c = arg;
  while (weir_server_reload(c->s->server, 0, c->next, NULL) == WEIR_OK) {
  }
  return NULL;
}

static void *wait_for_end(void *arg) {
  weir_server_wait(((struct crowd *)arg)->s->server);
  return NULL;
}

static void *drain_it(void *arg) {
  weir_server_drain(((struct crowd *)arg)->s->server, 100);
  return NULL;
}

static void stopping_races_with_everything_else(void **state) {
  (void)state;
  for (int round = 0; round < 5; round++) {
    struct serving s;
    struct crowd c = {.s = &s};
    pthread_t threads[6];
    void *(*const mains[6])(void *) = {reload_on, reload_on, wait_for_end, wait_for_end, drain_it, drain_it};
    serving_open(&s);
    s.config.workers = 2;
    s.config.slice_ms = 5;
    serving_start(&s);
    c.next = s.component;
    for (int i = 0; i < 6; i++)
      pthread_create(&threads[i], NULL, mains[i], &c);
    for (int i = 0; i < 6; i++)
      pthread_join(threads[i], NULL);
    assert_int_equal(metric(&s, "weir_instances"), 0);
    serving_close(&s);
  }
}

static void long_slices_do_not_hold_up_the_end(void **state) {
  struct serving s;
  (void)state;
  serving_open(&s);
  s.config.slice_ms = 3600000;
  serving_start(&s);
  expect_get(&s, "/", 200, "hello\n");
  serving_close(&s);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_wrong_with_addresses_is_said),
    cmocka_unit_test(what_is_wrong_with_settings_is_said),
    cmocka_unit_test(slices_need_an_engine_with_deadlines),
    cmocka_unit_test(what_is_wrong_with_components_is_said),
    cmocka_unit_test(a_server_answers_and_tells),
    cmocka_unit_test(without_callbacks_nobody_is_told),
    cmocka_unit_test(a_call_that_cannot_begin_is_500),
    cmocka_unit_test(where_no_instance_can_be_made_it_is_500),
    cmocka_unit_test(routes_lead_to_other_components),
    cmocka_unit_test(sockets_of_others_are_duplicated),
    cmocka_unit_test(records_are_written_and_parts_left_out),
    cmocka_unit_test(a_record_that_cannot_be_written_is_told),
    cmocka_unit_test(a_server_is_started_once_and_freed_at_any_time),
    cmocka_unit_test(reloading_checks_what_it_is_given),
    cmocka_unit_test(reloading_under_load_loses_no_request),
    cmocka_unit_test(stopping_races_with_everything_else),
    cmocka_unit_test(long_slices_do_not_hold_up_the_end),
};

BEHAVIOUR_MAIN(tests)
