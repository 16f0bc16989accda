/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A component that serves HTTP (examples/guests/src/web.c), in the hands of a program by weir/http.h: what clients get,
 * many at once, who leaves when, what fails, and a record of all of it.
 */
#include "behaviour/served.h"

#define GUEST WEIR_SOURCE_DIR "/examples/guests/web.wasm"

static void open_web(struct served *s) {
  weir_wasi_config config = {.size = sizeof(config), .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};
  served_open(s, GUEST, &config);
}

static void whole(const struct answer *a, uint16_t status, const char *body) {
  assert_int_equal(a->status, status);
  assert_int_equal(a->responses, 1);
  assert_int_equal(a->ends, 1);
  assert_int_equal(a->breaks, 0);
  assert_string_equal(a->body ? a->body : "", body);
}

static void a_request_gets_status_headers_and_body(void **state) {
  (void)state;
  struct served s;
  struct answer a = {0}, none = {0};
  open_web(&s);
  get(&s, &a, "/");
  whole(&a, 200, "hello\n");
  assert_string_equal(a.headers, "content-type: text/plain\ncontent-length: 6\n");
  assert_int_equal(a.exits, 1);
  get(&s, &none, "/none");
  whole(&none, 404, "nothing is here\n");
  answer_free(&a);
  answer_free(&none);
  served_close(&s);
}

static void a_body_and_its_trailers_go_through(void **state) {
  (void)state;
  enum { SIZE = 1000000 };
  struct served s;
  struct answer a = {.body_room = 10000};
  char *sent = malloc(SIZE);
  open_web(&s);
  for (size_t i = 0; i < SIZE; i++)
    sent[i] = (char)(i * i % 251);
  ask(&s, &a, "POST", "/echo", NULL, 0);
  for (size_t done = 0; done < SIZE;) {
    done += weir_http_write(a.x, sent + done, SIZE - done);
    settle_for(&s, 1);
    weir_http_writable(a.x);
  }
  must(weir_http_finish(a.x, &(weir_http_field){"x-end", 5, "yes", 3}, 1), NULL);
  while (a.ends == 0) {
    settle_for(&s, 1);
    weir_http_writable(a.x);
  }
  assert_int_equal(a.size, SIZE);
  assert_memory_equal(a.body, sent, SIZE);
  assert_string_equal(a.trailers, "x-end: yes\n");
  answer_free(&a);
  free(sent);
  served_close(&s);
}

static void a_client_that_takes_nothing_stops_the_guest(void **state) {
  (void)state;
  struct served s;
  struct answer a = {.body_room = 1000};
  open_web(&s);
  get(&s, &a, "/big");
  assert_int_equal(a.size, 1000); /* and no byte more until the program says so */
  weir_http_writable(a.x);
  settle(&s);
  assert_int_equal(a.size, 2000);
  a.body_room = 0;
  weir_http_writable(a.x);
  settle(&s);
  assert_int_equal(a.size, 1 << 20);
  assert_int_equal(a.ends, 1);
  assert_int_equal((uint8_t)a.body[1000000], 1000000 % 251);
  answer_free(&a);
  served_close(&s);
}

static void a_guest_that_does_not_read_stops_the_client(void **state) {
  (void)state;
  static char much[1 << 20];
  struct served s;
  struct answer a = {0};
  open_web(&s);
  ask(&s, &a, "POST", "/", NULL, 0); /* answers, and drops the request */
  size_t taken = weir_http_write(a.x, much, sizeof(much));
  assert_in_range(taken, 0, 65536);
  settle(&s);
  whole(&a, 200, "hello\n");
  answer_free(&a);
  served_close(&s);
}

static void what_the_guest_reads_it_counts(void **state) {
  (void)state;
  struct served s;
  struct answer plain = {0}, trailed = {0};
  open_web(&s);
  ask(&s, &plain, "POST", "/count", NULL, 0);
  send_all(&s, &plain, "12345", 5);
  weir_http_finish(plain.x, NULL, 0);
  settle(&s);
  whole(&plain, 200, "5 bytes\n");
  ask(&s, &trailed, "POST", "/count", NULL, 0);
  weir_http_finish(trailed.x, &(weir_http_field){"x", 1, "y", 1}, 1);
  settle(&s);
  whole(&trailed, 200, "0 bytes, with trailers\n");
  answer_free(&plain);
  answer_free(&trailed);
  served_close(&s);
}

static void many_requests_are_served_at_once(void **state) {
  (void)state;
  enum { MANY = 40 };
  struct served s;
  struct answer a[MANY] = {0};
  open_web(&s);
  for (int i = 0; i < MANY; i++) {
    ask(&s, &a[i], "GET", i % 2 ? "/ticks" : "/trailers", NULL, 0);
    weir_http_finish(a[i].x, NULL, 0);
  }
  settle(&s);
  for (int i = 0; i < MANY; i++) {
    whole(&a[i], 200, i % 2 ? "data: tick\n\ndata: tick\n\ndata: tick\n\n" : "trailers follow\n");
    assert_string_equal(a[i].trailers, i % 2 ? "" : "x-end: here\n");
    answer_free(&a[i]);
  }
  assert_int_equal(weir_store_live_tasks(s.store), 0);
  served_close(&s);
}

static void work_after_the_response_is_done_though_the_client_is_gone(void **state) {
  (void)state;
  struct served s;
  struct answer late = {0}, works = {0};
  open_web(&s);
  ask(&s, &late, "GET", "/late", NULL, 0);
  weir_http_finish(late.x, NULL, 0);
  for (int i = 0; i < 100 && late.ends == 0; i++)
    settle_for(&s, 0);
  whole(&late, 202, "accepted\n");
  assert_int_equal(late.exits, 0);
  answer_free(&late);
  settle(&s);
  get(&s, &works, "/works");
  whole(&works, 200, "1\n");
  answer_free(&works);
  served_close(&s);
}

static void clients_that_leave_leave_nothing_behind(void **state) {
  (void)state;
  static const char *const paths[] = {"/big", "/ticks", "/count", "/echo", "/late", "/trailers"};
  struct served s;
  open_web(&s);
  for (size_t i = 0; i < 2 * sizeof(paths) / sizeof(*paths); i++) { /* before anything has happened, and after */
    struct answer a = {.body_room = 10};
    ask(&s, &a, "POST", paths[i / 2], NULL, 0);
    if (i % 2)
      settle_for(&s, 5);
    weir_http_abort(a.x);
    settle(&s);
    assert_int_equal(a.exits, 1);
    assert_int_equal(weir_store_live_tasks(s.store), 0);
    answer_free(&a);
  }
  served_close(&s);
}

static void failures_are_seen_by_the_client(void **state) {
  (void)state;
  struct served s;
  struct answer broken = {0}, refused = {0}, fetch = {0}, waiting = {0}, trap = {0};
  const weir_http_field upstream = {"x-upstream", 10, "127.0.0.1:1", 11};
  open_web(&s);
  get(&s, &broken, "/broken");
  assert_int_equal(broken.ends, 0);
  assert_int_equal(broken.breaks, 1);
  assert_string_equal(broken.code, "http-protocol-error");
  assert_string_equal(broken.body, "one half\n");
  get(&s, &refused, "/error");
  whole(&refused, 403, "");
  ask(&s, &fetch, "GET", "/fetch", &upstream, 1); /* nothing is granted */
  weir_http_finish(fetch.x, NULL, 0);
  settle(&s);
  whole(&fetch, 502, "the other server cannot be asked\n");
  ask(&s, &waiting, "POST", "/count", NULL, 0);
  settle_for(&s, 0);
  get(&s, &trap, "/trap");
  whole(&trap, 500, "");
  assert_int_equal(trap.fails, 1);
  whole(&waiting, 500, ""); /* a trap ends the store, and all that was in it */
  answer_free(&broken);
  answer_free(&refused);
  answer_free(&fetch);
  answer_free(&waiting);
  answer_free(&trap);
  served_close(&s);
}

static void an_answer_that_is_on_its_way_survives_the_guest(void **state) {
  (void)state;
  static const char *const paths[] = {"/trap", "/error", "/"};
  for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
    struct served s;
    struct answer a = {.keep_unsent = true};
    open_web(&s);
    get(&s, &a, paths[i]);
    weir_store_free(s.store);
    s.store = NULL;
    assert_int_equal(a.ends, 1);
    assert_int_equal(a.breaks, 0);
    weir_http_sent(a.x);
    answer_free(&a);
    served_close(&s);
  }
}

static void a_store_that_is_freed_breaks_responses_off(void **state) {
  (void)state;
  struct served s;
  struct answer a = {.body_room = 10}, b = {0};
  open_web(&s);
  get(&s, &a, "/big");
  ask(&s, &b, "POST", "/count", NULL, 0);
  weir_store_free(s.store);
  s.store = NULL;
  assert_int_equal(a.breaks, 1);
  whole(&b, 500, "");
  answer_free(&a);
  answer_free(&b);
  served_close(&s);
}

static void what_http_does_not_allow_is_refused(void **state) {
  (void)state;
  struct served s;
  weir_http_exchange *x = NULL;
  open_web(&s);
  const weir_func *handler = weir_http_find_handler(s.component);
  const weir_http_field bad = {"a name", 6, "", 0}, *none = NULL;
  const struct {
    const char *method, *scheme, *authority, *path;
    const weir_http_field *header;
  } cases[] = {{"A B", NULL, NULL, NULL, none},
               {NULL, "1", NULL, NULL, none},
               {NULL, NULL, "a/b", NULL, none},
               {NULL, NULL, NULL, "a", none},
               {NULL, NULL, NULL, NULL, &bad}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
    weir_error *error = NULL;
    weir_http_request request = {.size = sizeof(request),
                                 .method = cases[i].method,
                                 .scheme = cases[i].scheme,
                                 .authority = cases[i].authority,
                                 .path = cases[i].path,
                                 .headers = cases[i].header,
                                 .header_count = !!cases[i].header};
    assert_int_equal(weir_http_handle(s.wasi, s.store, s.instance, handler, &request, NULL, NULL, &x, &error),
                     WEIR_ERR_PARSE);
    assert_non_null(error);
    assert_null(x);
    weir_error_free(error);
  }
  served_close(&s);
}

static void a_record_of_requests_can_be_replayed(void **state) {
  (void)state;
  static const char *const paths[] = {"/", "/ticks", "/trailers", "/broken", "/none", "/trap"};
  char path[64];
  struct served s;
  weir_error *error = NULL;
  weir_recorder *recorder;
  weir_record_config config = WEIR_RECORD_CONFIG_INIT;
  weir_replay_report report = WEIR_REPLAY_REPORT_INIT;
  open_web(&s);
  weir_store_free(s.store);
  snprintf(path, sizeof(path), "/tmp/weir-http-%d", (int)getpid());
  config.path = path;
  must(weir_store_new(s.engine, NULL, &s.store, &error), &error);
  must(weir_record_start(s.store, &config, &recorder, &error), &error);
  must(weir_instance_new(s.store, s.linker, s.component, &s.instance, &error), &error);
  struct answer echo = {0};
  ask(&s, &echo, "POST", "/echo", NULL, 0);
  send_all(&s, &echo, "some bytes", 10);
  weir_http_finish(echo.x, &(weir_http_field){"x", 1, "y", 1}, 1);
  settle(&s);
  whole(&echo, 200, "some bytes");
  answer_free(&echo);
  for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
    struct answer a = {0};
    get(&s, &a, paths[i]);
    answer_free(&a);
  }
  weir_store_free(s.store);
  s.store = NULL;
  must(weir_recorder_close(recorder, &error), &error);
  must(weir_replay(s.engine, s.component, path, NULL, &report, &error), &error);
  assert_true(report.events > 50);
  weir_replay_report_clear(&report);
  remove(path);
  served_close(&s);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_request_gets_status_headers_and_body),
    cmocka_unit_test(a_body_and_its_trailers_go_through),
    cmocka_unit_test(a_client_that_takes_nothing_stops_the_guest),
    cmocka_unit_test(a_guest_that_does_not_read_stops_the_client),
    cmocka_unit_test(what_the_guest_reads_it_counts),
    cmocka_unit_test(many_requests_are_served_at_once),
    cmocka_unit_test(work_after_the_response_is_done_though_the_client_is_gone),
    cmocka_unit_test(clients_that_leave_leave_nothing_behind),
    cmocka_unit_test(failures_are_seen_by_the_client),
    cmocka_unit_test(an_answer_that_is_on_its_way_survives_the_guest),
    cmocka_unit_test(a_store_that_is_freed_breaks_responses_off),
    cmocka_unit_test(what_http_does_not_allow_is_refused),
    cmocka_unit_test(a_record_of_requests_can_be_replayed),
};

BEHAVIOUR_MAIN(tests)
