/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What an embedder gives in the place of the system's (weir/wasi_world.h), but for standard streams: clocks, random
 * numbers, a word on each use of the network, and which interfaces there are.
 */
#include "weir/wasi_world.h"

#include "fake_guest.h"
#include "wasi/wit.h"

#define MONOTONIC "wasi:clocks/monotonic-clock@0.3.0"
#define SYSTEM "wasi:clocks/system-clock@0.3.0"
#define LOOKUP "wasi:sockets/ip-name-lookup@0.3.0"

/* ---- clocks ------------------------------------------------------------------------------------------------------ */

struct sky {
  weir_wasi *wasi;
  uint64_t now, waits;
  bool simulated;
};

static uint64_t sky_now(void *data) {
  return ((struct sky *)data)->now;
}

static void sky_system(void *data, int64_t *ret_seconds, uint32_t *ret_nanoseconds) {
  *ret_seconds = -5;
  *ret_nanoseconds = (uint32_t)((struct sky *)data)->now;
}

static void sky_wait(void *data, uint64_t until) {
  struct sky *sky = data;
  sky->waits++;
  if (!sky->simulated)
    return;
  sky->now = until;
  weir_wasi_wake(sky->wasi);
}

static weir_wasi_clock sky_clock(struct sky *sky) {
  return (weir_wasi_clock){
      .monotonic = sky_now, .system = sky_system, .on_wait = sky_wait, .data = sky, .resolution = 7};
}

static const weir_value *clock_get(struct bench *b, const char *interface_name, const char *name) {
  const weir_host_call *call = fake_call(&b->linker, &b->store, interface_name, name, NULL, 0);
  assert_true(call->finished && !call->failed);
  return &call->result;
}

static weir_host_call *wait_for(struct bench *b, uint64_t nanoseconds) {
  weir_value arg = {.kind = WEIR_VALUE_U64, .of.u64 = nanoseconds};
  return fake_call(&b->linker, &b->store, MONOTONIC, "wait-for", &arg, 1);
}

static void the_clocks_of_an_embedder_are_those_of_guests(void **state) {
  (void)state;
  struct bench b;
  struct sky sky = {.now = 1000};
  weir_wasi_clock clock = sky_clock(&sky);
  bench_open_world(&b, &(weir_wasi_config){.clock = &clock});
  assert_int_equal(clock_get(&b, MONOTONIC, "now")->of.u64, 1000);
  assert_int_equal(clock_get(&b, MONOTONIC, "get-resolution")->of.u64, 7);
  assert_int_equal(clock_get(&b, SYSTEM, "get-resolution")->of.u64, 7);
  const weir_value *items = clock_get(&b, SYSTEM, "now")->of.list.items;
  assert_int_equal(items[0].of.s64, -5);
  assert_int_equal(items[1].of.u32, 1000);
  assert_int_equal(clock_get(&b, "wasi:clocks/monotonic-clock@0.2.12", "now")->of.u64, 1000);
  bench_close(&b);
}

enum { DAY = 86400 };

struct days {
  weir_call call;
  const weir_host_call *first, *second;
};

static void days_look(void *data) {
  struct days *days = data;
  assert_true(days->first->finished || !days->second->finished);
  days->call.finished = days->second->finished;
}

static void days_pass_at_once_by_a_simulated_clock(void **state) {
  (void)state;
  struct bench b;
  struct sky sky = {.simulated = true};
  weir_wasi_clock clock = sky_clock(&sky);
  bench_open_world(&b, &(weir_wasi_config){.clock = &clock});
  sky.wasi = b.wasi;
  uint64_t day = (uint64_t)DAY * 1000000000;
  weir_host_call *second = wait_for(&b, 2 * day), *first = wait_for(&b, day);
  struct days days = {.first = first, .second = second};
  b.store.on_step = days_look;
  b.store.data = &days;
  assert_int_equal(weir_wasi_drive(b.wasi, &b.store, &days.call, NULL), WEIR_OK);
  assert_int_equal(sky.now, 2 * day);
  assert_int_equal(sky.waits, 2);
  bench_close(&b);
}

static void a_clock_that_is_set_forward_ends_waits_when_the_bell_rings(void **state) {
  (void)state;
  struct bench b;
  struct sky sky = {0};
  weir_wasi_clock clock = sky_clock(&sky);
  bench_open_world(&b, &(weir_wasi_config){.clock = &clock});
  weir_host_call *call = wait_for(&b, (uint64_t)DAY * 1000000000);
  weir_wasi_wake(b.wasi);
  uv_run(b.wasi->loop, UV_RUN_NOWAIT);
  assert_false(call->finished); /* too early */
  assert_true(uv_loop_alive(b.wasi->loop));
  sky.now = (uint64_t)DAY * 1000000000;
  weir_wasi_wake(b.wasi);
  uv_run(b.wasi->loop, UV_RUN_NOWAIT);
  assert_true(call->finished);
  assert_false(uv_loop_alive(b.wasi->loop));
  bench_close(&b);
}

/* The kernel's timer ends by itself, and the embedder's clock has stood still: it is looked at again and again. */
static void a_clock_that_stands_still_ends_no_wait(void **state) {
  (void)state;
  struct bench b;
  struct sky sky = {0};
  weir_wasi_clock clock = sky_clock(&sky);
  bench_open_world(&b, &(weir_wasi_config){.clock = &clock});
  weir_host_call *call = wait_for(&b, 1000);
  for (int i = 0; i < 5; i++)
    uv_run(b.wasi->loop, UV_RUN_ONCE);
  assert_false(call->finished);
  sky.now = 1000;
  while (!call->finished)
    uv_run(b.wasi->loop, UV_RUN_ONCE);
  bench_close(&b);
}

/* ---- random numbers ---------------------------------------------------------------------------------------------- */

struct numbers {
  uint8_t next;
  bool none;
};

static bool count_up(void *data, void *bytes, size_t size) {
  struct numbers *n = data;
  for (size_t i = 0; i < size; i++)
    ((uint8_t *)bytes)[i] = n->next++;
  return !n->none;
}

static void random_numbers_of_an_embedder_are_all_that_there_are(void **state) {
  (void)state;
  struct bench b;
  struct numbers n = {0};
  weir_value size = {.kind = WEIR_VALUE_U64, .of.u64 = 3};
  bench_open_world(&b, &(weir_wasi_config){.random = count_up, .random_data = &n});
  weir_host_call *call = fake_call(&b.linker, &b.store, "wasi:random/random@0.3.0", "get-random-bytes", &size, 1);
  assert_memory_equal(call->result.of.string.data, "\0\1\2", 3);
  call = fake_call(&b.linker, &b.store, "wasi:random/insecure@0.3.0", "get-insecure-random-bytes", &size, 1);
  assert_memory_equal(call->result.of.string.data, "\3\4\5", 3);
  call = fake_call(&b.linker, &b.store, "wasi:random/insecure-seed@0.3.0", "get-insecure-seed", NULL, 0);
  assert_int_equal(call->result.of.list.items[0].of.u64 & 255, 6);
  assert_int_equal(call->result.of.list.items[1].of.u64 & 255, 14);
  n.none = true;
  call = fake_call(&b.linker, &b.store, "wasi:random/random@0.2.12", "get-random-u64", NULL, 0);
  assert_true(call->failed);
  bench_close(&b);
}

/* ---- the network ------------------------------------------------------------------------------------------------- */

struct guard {
  weir_wasi_net_use asked;
  char name[64], rule[64];
  bool answer;
  int calls, refused;
};

static bool guard_ask(void *data, const weir_wasi_net_use *use) {
  struct guard *g = data;
  g->calls++;
  g->asked = *use;
  snprintf(g->name, sizeof(g->name), "%s", use->name ? use->name : "");
  return g->answer;
}

static void guard_refused(void *data, weir_wasi_grant grant, const char *text) {
  struct guard *g = data;
  assert_int_equal(grant, WEIR_WASI_GRANT_NET);
  g->refused++;
  snprintf(g->rule, sizeof(g->rule), "%s", text);
}

static union wasi_address loopback(bool v6, uint16_t port) {
  union wasi_address a;
  memset(&a, 0, sizeof(a));
  a.any.sa_family = v6 ? AF_INET6 : AF_INET;
  if (v6)
    a.v6.sin6_addr = in6addr_loopback;
  else
    a.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (v6)
    a.v6.sin6_port = htons(port);
  else
    a.v4.sin_port = htons(port);
  return a;
}

static void an_embedder_decides_each_address(void **state) {
  (void)state;
  struct bench b;
  struct guard g = {0};
  struct wasi_socket *s;
  const char *const rules[] = {"tcp-out:127.0.0.1:80"};
  bench_open_world(&b, &(weir_wasi_config){.net = rules,
                                           .net_count = 1,
                                           .may_use_net = guard_ask,
                                           .net_data = &g,
                                           .on_refused = guard_refused,
                                           .refused_data = &g});
  assert_int_equal(wasi_socket_new(&b.wasi->sockets, WASI_SOCKETS_IP_ADDRESS_FAMILY_IPV4, SOCK_STREAM, &s), 0);
  union wasi_address at = loopback(false, 80);
  assert_int_equal(wasi_socket_connect(s, &at), -EPERM);
  assert_int_equal(g.asked.kind, WEIR_WASI_NET_TCP_OUT);
  assert_true(g.asked.granted && !g.asked.v6 && g.asked.port == 80);
  assert_memory_equal(g.asked.address, "\x7f\0\0\1", 4);
  assert_string_equal(g.rule, "tcp-out:127.0.0.1:80");
  at = loopback(false, 0);
  assert_int_equal(wasi_socket_bind(s, &at), -EPERM);
  assert_false(g.asked.granted);
  assert_string_equal(g.rule, "tcp-in:127.0.0.1:0");
  g.answer = true; /* whatever the rules say */
  assert_int_equal(wasi_socket_bind(s, &at), 0);
  assert_int_equal(g.refused, 2);
  wasi_socket_release(s);
  bench_close(&b);
}

static void a_refusal_names_the_rule_that_grants_it(void **state) {
  (void)state;
  struct bench b;
  struct guard g = {0};
  struct wasi_socket *s;
  bench_open_world(&b, &(weir_wasi_config){.on_refused = guard_refused, .refused_data = &g});
  int status = wasi_socket_new(&b.wasi->sockets, WASI_SOCKETS_IP_ADDRESS_FAMILY_IPV6, SOCK_DGRAM, &s);
  if (status == 0) { /* else the machine has no addresses of version 6 */
    union wasi_address at = loopback(true, 53);
    assert_int_equal(wasi_socket_may_send(s, false, &at), -EPERM);
    assert_string_equal(g.rule, "udp-out:[::1]:53");
    wasi_socket_release(s);
  }
  weir_value name = {0};
  assert_int_equal(weir_value_new_string("example.test", 12, &name), WEIR_OK);
  weir_host_call *call = fake_call(&b.linker, &b.store, LOOKUP, "resolve-addresses", &name, 1);
  assert_int_equal(call->result.of.payload->tag, WASI_SOCKETS_LOOKUP_ERROR_CODE_ACCESS_DENIED);
  assert_string_equal(g.rule, "lookup");
  weir_value_clear(&name);
  bench_close(&b);
}

static void an_embedder_decides_each_name(void **state) {
  (void)state;
  struct bench b;
  struct guard g = {0};
  weir_value name = {0};
  bench_open_world(&b, &(weir_wasi_config){.may_use_net = guard_ask, .net_data = &g});
  assert_int_equal(weir_value_new_string("127.0.0.1", 9, &name), WEIR_OK);
  weir_host_call *call = fake_call(&b.linker, &b.store, LOOKUP, "resolve-addresses", &name, 1);
  assert_int_equal(call->result.of.payload->tag, WASI_SOCKETS_LOOKUP_ERROR_CODE_ACCESS_DENIED);
  assert_string_equal(g.name, "127.0.0.1");
  g.answer = true;
  call = fake_call(&b.linker, &b.store, LOOKUP, "resolve-addresses", &name, 1);
  while (!call->finished)
    uv_run(b.wasi->loop, UV_RUN_ONCE);
  assert_int_equal(call->result.tag, 0);
  assert_int_equal(g.calls, 2);
  weir_value_clear(&name);
  bench_close(&b);
}

/* ---- which interfaces -------------------------------------------------------------------------------------------- */

static bool only_clocks(void *data, const char *interface_name) {
  ++*(int *)data;
  return strncmp(interface_name, "wasi:clocks/", 12) == 0;
}

static void only_the_chosen_interfaces_are_linked(void **state) {
  (void)state;
  struct bench b;
  int asked = 0;
  bench_open_world(&b, &(weir_wasi_config){.links = only_clocks, .links_data = &asked});
  assert_true(asked > 20);
  assert_true(b.linker.count > 0);
  for (size_t i = 0; i < b.linker.count; i++)
    assert_memory_equal(b.linker.funcs[i].interface_name, "wasi:clocks/", 12);
  assert_int_equal(b.linker.resource_count, 0);
  bench_close(&b);
}

/* ---- what is no configuration ------------------------------------------------------------------------------------ */

static void settings_that_contradict_each_other_are_refused(void **state) {
  (void)state;
  weir_wasi *wasi = NULL;
  uint64_t seed[2] = {1, 2};
  weir_wasi_clock half = {.monotonic = sky_now};
  weir_wasi_config both = {.size = sizeof(both), .random = count_up, .random_seed = seed};
  weir_wasi_config clock = {.size = sizeof(clock), .clock = &half};
  assert_int_equal(weir_wasi_new(&both, &wasi, NULL), WEIR_ERR_MISUSE);
  assert_int_equal(weir_wasi_new(&clock, &wasi, NULL), WEIR_ERR_MISUSE);
  assert_null(wasi);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_clocks_of_an_embedder_are_those_of_guests),
      cmocka_unit_test(days_pass_at_once_by_a_simulated_clock),
      cmocka_unit_test(a_clock_that_is_set_forward_ends_waits_when_the_bell_rings),
      cmocka_unit_test(a_clock_that_stands_still_ends_no_wait),
      cmocka_unit_test(random_numbers_of_an_embedder_are_all_that_there_are),
      cmocka_unit_test(an_embedder_decides_each_address),
      cmocka_unit_test(a_refusal_names_the_rule_that_grants_it),
      cmocka_unit_test(an_embedder_decides_each_name),
      cmocka_unit_test(only_the_chosen_interfaces_are_linked),
      cmocka_unit_test(settings_that_contradict_each_other_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
