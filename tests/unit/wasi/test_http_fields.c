/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The fields, texts and options of wasi:http, in both versions: what a guest may set, what it reads back, and what is
 * refused. Each rule is tried on both.
 */
#include "fake_guest.h"
#include "support/fault.h"
#include "wasi/wit.h"

#define P3 "wasi:http/types@0.3.0"
#define P2 "wasi:http/types@0.2.12"

enum { SYNTAX, FORBIDDEN, IMMUTABLE, SIZE, OK = -1 };

static const char *const versions[] = {P3, P2};

static weir_value text(const char *of) {
  weir_value value;
  assert_int_equal(weir_value_new_string(of, strlen(of), &value), WEIR_OK);
  return value;
}

static weir_value bytes(const char *of) {
  weir_value value;
  assert_int_equal(weir_value_new_bytes(of, strlen(of), &value), WEIR_OK);
  return value;
}

/* Calls a function; clears all arguments but the first, which is a handle where there is one. */
static weir_host_call *call(struct bench *b, const char *in, const char *name, weir_value *args, size_t count) {
  weir_host_call *c = fake_call(&b->linker, &b->store, in, name, args, count);
  assert_true(c->finished);
  for (size_t i = 1; i < count; i++)
    weir_value_clear(&args[i]);
  return c;
}

static int code(const weir_host_call *c) {
  assert_false(c->failed);
  return c->result.tag == 0 ? OK : c->result.of.payload ? (int)c->result.of.payload->tag : 0;
}

static weir_value fields_new(struct bench *b, const char *in) {
  return call(b, in, "[constructor]fields", NULL, 0)->result;
}

static int append(struct bench *b, const char *in, const weir_value *self, const char *name, const char *value) {
  weir_value args[] = {*self, text(name), bytes(value)};
  return code(call(b, in, "[method]fields.append", args, 3));
}

static size_t count_of(struct bench *b, const char *in, const weir_value *self, const char *name) {
  weir_value args[] = {*self, text(name)};
  return call(b, in, "[method]fields.get", args, 2)->result.of.list.count;
}

static bool has(struct bench *b, const char *in, const weir_value *self, const char *name) {
  weir_value args[] = {*self, text(name)};
  return call(b, in, "[method]fields.has", args, 2)->result.of.boolean;
}

static int delete (struct bench *b, const char *in, const weir_value *self, const char *name) {
  weir_value args[] = {*self, text(name)};
  return code(call(b, in, "[method]fields.delete", args, 2));
}

static int set(struct bench *b, const char *in, const weir_value *self, const char *name, const char *one,
               const char *two) {
  weir_value args[] = {*self, text(name), {0}};
  assert_int_equal(weir_value_new_list(two ? 2 : 1, &args[2]), WEIR_OK);
  args[2].of.list.items[0] = bytes(one);
  if (two)
    args[2].of.list.items[1] = bytes(two);
  return code(call(b, in, "[method]fields.set", args, 3));
}

static void names_have_no_case_and_keep_theirs(void **state) {
  (void)state;
  struct bench b;
  bench_open(&b, -1, -1, -1);
  for (int v = 0; v < 2; v++) {
    weir_value f = fields_new(&b, versions[v]);
    assert_int_equal(append(&b, versions[v], &f, "X-One", "1"), OK);
    assert_int_equal(append(&b, versions[v], &f, "x-one", "2"), OK);
    assert_int_equal(append(&b, versions[v], &f, "x-two", ""), OK);
    assert_int_equal(count_of(&b, versions[v], &f, "X-ONE"), 2);
    assert_int_equal(count_of(&b, versions[v], &f, "x-two"), 1);
    assert_int_equal(count_of(&b, versions[v], &f, "not there"), 0);
    assert_false(has(&b, versions[v], &f, "not there"));
    assert_true(has(&b, versions[v], &f, "x-TWO"));
    const weir_value *all =
        &call(&b, versions[v], v == 0 ? "[method]fields.copy-all" : "[method]fields.entries", &f, 1)->result;
    assert_int_equal(all->of.list.count, 3);
    assert_memory_equal(all->of.list.items[0].of.list.items[0].of.string.data, "X-One", 5);
    assert_int_equal(delete (&b, versions[v], &f, "X-one"), OK);
    assert_int_equal(count_of(&b, versions[v], &f, "x-one"), 0);
  }
  bench_close(&b);
}

static void what_a_guest_may_not_set_is_refused(void **state) {
  (void)state;
  struct bench b;
  bench_open(&b, -1, -1, -1);
  for (int v = 0; v < 2; v++) {
    weir_value f = fields_new(&b, versions[v]);
    static const char *const never[] = {"Connection",        "host",    "keep-alive",         "Proxy-Connection",
                                        "transfer-encoding", "Upgrade", "proxy-authorization"};
    for (size_t i = 0; i < sizeof(never) / sizeof(*never); i++)
      assert_int_equal(append(&b, versions[v], &f, never[i], "x"), FORBIDDEN);
    assert_int_equal(append(&b, versions[v], &f, "a name", "x"), SYNTAX);
    assert_int_equal(append(&b, versions[v], &f, "", "x"), SYNTAX);
    assert_int_equal(append(&b, versions[v], &f, "x", "a\nb"), SYNTAX);
    assert_int_equal(append(&b, versions[v], &f, "x", "a\rb"), SYNTAX);
    assert_int_equal(delete (&b, versions[v], &f, "a name"), SYNTAX);
    assert_int_equal(set(&b, versions[v], &f, "x", "good", "a\nb"), SYNTAX);
    assert_int_equal(count_of(&b, versions[v], &f, "x"), 0);
    assert_int_equal(append(&b, versions[v], &f, "content-length", "3"), OK);
  }
  bench_close(&b);
}

static void a_set_replaces_all_values_or_none(void **state) {
  (void)state;
  struct bench b;
  bench_open(&b, -1, -1, -1);
  for (int v = 0; v < 2; v++) {
    weir_value f = fields_new(&b, versions[v]);
    assert_int_equal(append(&b, versions[v], &f, "x", "old"), OK);
    assert_int_equal(append(&b, versions[v], &f, "y", "other"), OK);
    assert_int_equal(set(&b, versions[v], &f, "X", "one", "two"), OK);
    assert_int_equal(count_of(&b, versions[v], &f, "x"), 2);
    assert_int_equal(set(&b, versions[v], &f, "x", "bad\n", NULL), SYNTAX);
    assert_int_equal(count_of(&b, versions[v], &f, "x"), 2);
    assert_int_equal(count_of(&b, versions[v], &f, "y"), 1);
  }
  weir_value f = fields_new(&b, P3), args[] = {f, text("x")};
  assert_int_equal(append(&b, P3, &f, "x", "1"), OK);
  const weir_host_call *gone = call(&b, P3, "[method]fields.get-and-delete", args, 2);
  assert_int_equal(gone->result.of.payload->of.list.count, 1);
  assert_int_equal(count_of(&b, P3, &f, "x"), 0);
  bench_close(&b);
}

static void fields_are_bounded(void **state) {
  (void)state;
  struct bench b;
  static char much[40000];
  memset(much, 'x', sizeof(much) - 1);
  bench_open(&b, -1, -1, -1);
  weir_value f = fields_new(&b, P3);
  assert_int_equal(append(&b, P3, &f, "x", much), OK);
  assert_int_equal(append(&b, P3, &f, "y", much), SIZE);
  assert_int_equal(set(&b, P3, &f, "x", much, NULL), OK);
  assert_int_equal(set(&b, P3, &f, "x", much, much), SIZE);
  assert_int_equal(count_of(&b, P3, &f, "x"), 1);
  f = fields_new(&b, P2);
  assert_int_equal(append(&b, P2, &f, "x", much), OK);
  weir_value args[] = {f, text("y"), bytes(much)};
  assert_true(call(&b, P2, "[method]fields.append", args, 3)->failed); /* 0.2 has no word for it */
  bench_close(&b);
}

static void fields_of_all_guests_are_bounded_together(void **state) {
  (void)state;
  enum { MOST = 2000 };
  struct bench b;
  static char much[40000];
  memset(much, 'x', sizeof(much) - 1);
  bench_open(&b, -1, -1, -1);
  weir_value first = fields_new(&b, P3), f = first;
  int made = 0;
  while (made < MOST && append(&b, P3, &f, "x", much) == OK) {
    f = fields_new(&b, P3);
    made++;
  }
  assert_in_range(made, 1000, MOST - 1);
  assert_int_equal(append(&b, P3, &f, "x", much), SIZE);
  fake_drop(&b.linker, P3, "fields", &first);
  assert_int_equal(append(&b, P3, &f, "x", much), OK);
  bench_close(&b);
}

static weir_value list_of(const char *name, const char *value) {
  weir_value list;
  assert_int_equal(weir_value_new_list(1, &list), WEIR_OK);
  assert_int_equal(weir_value_new_record(2, &list.of.list.items[0]), WEIR_OK);
  list.of.list.items[0].of.list.items[0] = text(name);
  list.of.list.items[0].of.list.items[1] = bytes(value);
  return list;
}

static void a_copy_is_ones_own_and_a_messages_is_frozen(void **state) {
  (void)state;
  static const char *const makers[] = {"[constructor]outgoing-request", "[constructor]outgoing-response"};
  static const char *const getters[] = {"[method]outgoing-request.headers", "[method]outgoing-response.headers"};
  struct bench b;
  bench_open(&b, -1, -1, -1);
  for (int i = 0; i < 2; i++) {
    weir_value entries = list_of("x", "1");
    weir_value f = *call(&b, P2, "[static]fields.from-list", &entries, 1)->result.of.payload;
    weir_value_clear(&entries);
    weir_value copy = call(&b, P2, "[method]fields.clone", &f, 1)->result;
    weir_value message = call(&b, P2, makers[i], &f, 1)->result;
    weir_value headers = call(&b, P2, getters[i], &message, 1)->result;
    assert_int_equal(append(&b, P2, &headers, "y", "2"), IMMUTABLE);
    assert_int_equal(delete (&b, P2, &headers, "x"), IMMUTABLE);
    assert_int_equal(set(&b, P2, &headers, "x", "2", NULL), IMMUTABLE);
    assert_int_equal(append(&b, P2, &copy, "y", "2"), OK);
    assert_int_equal(count_of(&b, P2, &headers, "x"), 1);
    weir_value free_again = call(&b, P2, "[method]fields.clone", &headers, 1)->result;
    assert_int_equal(append(&b, P2, &free_again, "y", "2"), OK);
    fake_drop(&b.linker, P2, i == 0 ? "outgoing-request" : "outgoing-response", &message);
    assert_int_equal(count_of(&b, P2, &headers, "x"), 1);
    fake_drop(&b.linker, P2, "fields", &headers);
  }
  weir_value bad = list_of("host", "1"), args[1] = {bad};
  assert_int_equal(code(call(&b, P3, "[static]fields.from-list", args, 1)), FORBIDDEN);
  weir_value_clear(&bad);
  bench_close(&b);
}

/* ---- texts of requests ------------------------------------------------------------------------------------------- */

static weir_value some(weir_value payload) {
  weir_value value;
  assert_int_equal(weir_value_new_variant(1, &payload, &value), WEIR_OK);
  return value;
}

static weir_value with_text(uint32_t tag, const char *of) {
  weir_value payload = text(of), value;
  assert_int_equal(weir_value_new_variant(tag, &payload, &value), WEIR_OK);
  return value;
}

static int set_text(struct bench *b, const weir_value *request, const char *what, weir_value to) {
  char name[64];
  weir_value args[] = {*request, to};
  snprintf(name, sizeof(name), "[method]outgoing-request.set-%s", what);
  return code(call(b, P2, name, args, 2));
}

static const weir_value *get_text(struct bench *b, const weir_value *request, const char *what) {
  char name[64];
  weir_value self = *request;
  snprintf(name, sizeof(name), "[method]outgoing-request.%s", what);
  return &call(b, P2, name, &self, 1)->result;
}

static void texts_of_a_request_are_checked(void **state) {
  (void)state;
  static const char *const bad_authorities[] = {"",     "a b", "a/b",  "host:99999", "host:x",
                                                "[::1", "a@",  "a[b]", "[::1]x"};
  static const char *const good_authorities[] = {"host", "host:80", "127.0.0.1:1", "[::1]", "[::1]:443", "u:p@host"};
  static const char *const bad_paths[] = {"a", "/a b", "/#", "/\x01", "/\xc3\xa4"};
  static const char *const good_paths[] = {"/", "/a?b=c&d", "*", "?q", "/%20"};
  struct bench b;
  bench_open(&b, -1, -1, -1);
  weir_value f = fields_new(&b, P2);
  weir_value r = call(&b, P2, "[constructor]outgoing-request", &f, 1)->result;
  assert_int_equal(get_text(&b, &r, "method")->tag, WASI_HTTP_METHOD_GET);
  assert_int_equal(get_text(&b, &r, "path-with-query")->tag, 0);
  assert_int_equal(set_text(&b, &r, "method", with_text(WASI_HTTP_METHOD_OTHER, "BREW")), OK);
  assert_memory_equal(get_text(&b, &r, "method")->of.payload->of.string.data, "BREW", 4);
  assert_int_equal(set_text(&b, &r, "method", with_text(WASI_HTTP_METHOD_OTHER, "a b")), 0);
  assert_int_equal(set_text(&b, &r, "method", with_text(WASI_HTTP_METHOD_OTHER, "PUT")), OK);
  assert_int_equal(get_text(&b, &r, "method")->tag, WASI_HTTP_METHOD_PUT);
  assert_int_equal(set_text(&b, &r, "scheme", some(with_text(WASI_HTTP_SCHEME_OTHER, "HTTPS"))), OK);
  assert_int_equal(get_text(&b, &r, "scheme")->of.payload->tag, WASI_HTTP_SCHEME_HTTPS);
  assert_int_equal(set_text(&b, &r, "scheme", some(with_text(WASI_HTTP_SCHEME_OTHER, "1x"))), 0);
  for (size_t i = 0; i < sizeof(bad_authorities) / sizeof(*bad_authorities); i++)
    assert_int_equal(set_text(&b, &r, "authority", some(text(bad_authorities[i]))), 0);
  for (size_t i = 0; i < sizeof(good_authorities) / sizeof(*good_authorities); i++)
    assert_int_equal(set_text(&b, &r, "authority", some(text(good_authorities[i]))), OK);
  assert_memory_equal(get_text(&b, &r, "authority")->of.payload->of.string.data, "u:p@host", 8);
  for (size_t i = 0; i < sizeof(bad_paths) / sizeof(*bad_paths); i++)
    assert_int_equal(set_text(&b, &r, "path-with-query", some(bytes(bad_paths[i]))), 0);
  for (size_t i = 0; i < sizeof(good_paths) / sizeof(*good_paths); i++)
    assert_int_equal(set_text(&b, &r, "path-with-query", some(text(good_paths[i]))), OK);
  bench_close(&b);
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

static void options_are_times(void **state) {
  (void)state;
  static const char *const names[] = {"connect-timeout", "first-byte-timeout", "between-bytes-timeout"};
  struct bench b;
  bench_open(&b, -1, -1, -1);
  for (int v = 0; v < 2; v++) {
    weir_value o = call(&b, versions[v], "[constructor]request-options", NULL, 0)->result;
    for (int i = 0; i < 3; i++) {
      char get[64], put[64];
      snprintf(get, sizeof(get), "[method]request-options.%s%s", v == 0 ? "get-" : "", names[i]);
      snprintf(put, sizeof(put), "[method]request-options.set-%s", names[i]);
      assert_int_equal(call(&b, versions[v], get, &o, 1)->result.tag, 0);
      weir_value args[] = {o, some((weir_value){.kind = WEIR_VALUE_U64, .of.u64 = 7 + (uint64_t)i})};
      assert_int_equal(code(call(&b, versions[v], put, args, 2)), OK);
      assert_int_equal(call(&b, versions[v], get, &o, 1)->result.of.payload->of.u64, 7 + i);
    }
    fake_drop(&b.linker, versions[v], "request-options", &o);
  }
  bench_close(&b);
}

/* ---- without memory ---------------------------------------------------------------------------------------------- */

static weir_status use_fields(const struct weir_alloc *alloc, void *ctx) {
  struct bench b = {0};
  struct diag d;
  weir_wasi_config config = {.size = sizeof(config), .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};
  (void)ctx;
  diag_init(&d);
  weir_status status = wasi_host_new(alloc, &config, &b.wasi, &d);
  diag_done(&d);
  if (status != WEIR_OK)
    return status;
  store_init(&b.store);
  weir_wasi_link(b.wasi, &b.linker, NULL);
  weir_value entries = list_of("x", "1");
  const weir_host_call *made = call(&b, P3, "[static]fields.from-list", &entries, 1);
  bool good = !made->failed;
  if (good) {
    weir_value f = *made->result.of.payload, args[] = {f, text("x"), bytes("2")}, name[] = {f, text("x")};
    good = !call(&b, P3, "[method]fields.append", args, 3)->failed;
    good &= !call(&b, P3, "[method]fields.get", name, 2)->failed;
    good &= !call(&b, P3, "[method]fields.copy-all", &f, 1)->failed;
    good &= !call(&b, P3, "[method]fields.clone", &f, 1)->failed;
  }
  weir_value_clear(&entries);
  bench_close(&b);
  return good ? WEIR_OK : WEIR_ERR_NOMEM;
}

static void without_memory_calls_fail_and_nothing_leaks(void **state) {
  (void)state;
  assert_in_range(fault_sweep(use_fields, NULL), 8, 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_have_no_case_and_keep_theirs),
      cmocka_unit_test(what_a_guest_may_not_set_is_refused),
      cmocka_unit_test(a_set_replaces_all_values_or_none),
      cmocka_unit_test(fields_are_bounded),
      cmocka_unit_test(fields_of_all_guests_are_bounded_together),
      cmocka_unit_test(a_copy_is_ones_own_and_a_messages_is_frozen),
      cmocka_unit_test(texts_of_a_request_are_checked),
      cmocka_unit_test(options_are_times),
      cmocka_unit_test(without_memory_calls_fail_and_nothing_leaks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
