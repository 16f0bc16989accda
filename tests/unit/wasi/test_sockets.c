/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Sockets of WASI 0.3, all on the machine's own addresses. Rules, options and addresses are tested with those of 0.2
 * (test_p2_sockets.c): here are the streams, the calls that wait, and what is left where a store goes.
 */
#include <errno.h>

#include "fake_guest.h"
#include "wasi/wit.h"

#define TYPES "wasi:sockets/types@0.3.0"
#define CODE(name) WASI_SOCKETS_ERROR_CODE_##name

enum { OK = -1 };

/* ---- a guest ----------------------------------------------------------------------------------------------------- */

static void open_all(struct bench *b) {
  static const char *const all[] = {"all"};
  weir_wasi_config config = {
      .size = sizeof(weir_wasi_config), .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1, .net = all, .net_count = 1};
  *b = (struct bench){0};
  store_init(&b->store);
  assert_int_equal(weir_wasi_new(&config, &b->wasi, NULL), WEIR_OK);
  assert_int_equal(weir_wasi_link(b->wasi, &b->linker, NULL), WEIR_OK);
}

static weir_host_call *begin(struct bench *b, const char *name, weir_value *args, size_t count) {
  return fake_call(&b->linker, &b->store, TYPES, name, args, count);
}

static int code_of(const weir_host_call *call) {
  assert_true(call->finished && !call->failed);
  return call->result.tag == 0 ? OK : (int)call->result.of.payload->tag;
}

/* Lets the host work until a call has ended. */
static int finish(struct bench *b, const weir_host_call *call) {
  while (!call->finished) {
    uv_run(b->wasi->loop, UV_RUN_ONCE);
    weir_store_step(&b->store);
  }
  return code_of(call);
}

static weir_value create(struct bench *b, const char *kind) {
  char name[64];
  weir_value family = {.kind = WEIR_VALUE_VARIANT};
  snprintf(name, sizeof(name), "[static]%s.create", kind);
  weir_host_call *call = begin(b, name, &family, 1);
  assert_int_equal(code_of(call), OK);
  return *call->result.of.payload;
}

/* 127.0.0.1 */
static weir_value local(uint16_t port) {
  weir_value address, record, result;
  assert_int_equal(weir_value_new_record(4, &address), WEIR_OK);
  for (size_t i = 0; i < 4; i++)
    address.of.list.items[i] = (weir_value){.kind = WEIR_VALUE_U8, .of.u8 = i == 0 ? 127 : i == 3};
  assert_int_equal(weir_value_new_record(2, &record), WEIR_OK);
  record.of.list.items[0] = (weir_value){.kind = WEIR_VALUE_U16, .of.u16 = port};
  record.of.list.items[1] = address;
  assert_int_equal(weir_value_new_variant(0, &record, &result), WEIR_OK);
  return result;
}

static weir_host_call *with_address(struct bench *b, const char *name, const weir_value *self, uint16_t port) {
  weir_value args[] = {*self, local(port)};
  weir_host_call *call = begin(b, name, args, 2);
  weir_value_clear(&args[1]);
  return call;
}

static weir_host_call *simple(struct bench *b, const char *name, const weir_value *self) {
  weir_value args[] = {*self};
  return begin(b, name, args, 1);
}

static uint16_t bound(struct bench *b, const char *kind, const weir_value *self) {
  char name[64];
  snprintf(name, sizeof(name), "[method]%s.bind", kind);
  assert_int_equal(code_of(with_address(b, name, self, 0)), OK);
  snprintf(name, sizeof(name), "[method]%s.get-local-address", kind);
  weir_host_call *call = simple(b, name, self);
  assert_int_equal(code_of(call), OK);
  return call->result.of.payload->of.payload->of.list.items[0].of.u16;
}

/* ---- connections ------------------------------------------------------------------------------------------------- */

/* A connection whose other end is the test's. */
static int connected(struct bench *b, weir_value *ret) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof(at);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
  assert_int_equal(listen(listener, 1), 0);
  assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
  *ret = create(b, "tcp-socket");
  weir_host_call *call = with_address(b, "[method]tcp-socket.connect", ret, ntohs(at.sin_port));
  assert_int_equal(finish(b, call), OK);
  int fd = accept(listener, NULL, NULL);
  close(listener);
  return fd;
}

static void what_a_guest_sends_arrives_and_ends(void **state) {
  (void)state;
  struct bench b;
  weir_value s, readable;
  weir_stream *data;
  struct outcome outcome = {0};
  open_all(&b);
  int peer = connected(&b, &s);
  assert_int_equal(weir_stream_new(&b.store, WEIR_ELEMENT_U8, &readable, &data, NULL), WEIR_OK);
  weir_value args[] = {s, readable};
  weir_host_call *sent = begin(&b, "[method]tcp-socket.send", args, 2);
  assert_int_equal(weir_stream_write(data, "bytes", 5, outcome_note, &outcome, NULL), WEIR_OK);
  assert_int_equal(bench_drive(&b, &outcome), WEIR_OK);
  weir_stream_drop(data);
  weir_store_step(&b.store);
  char got[16];
  assert_int_equal(recv(peer, got, sizeof(got), MSG_WAITALL), 5);
  assert_memory_equal(got, "bytes", 5);
  assert_int_equal(bench_result(&b, weir_stream_from_value(&sent->result)), -1);
  bench_close(&b);
  close(peer);
}

/* More than the system takes at once, to a peer that reads late. */
static void a_full_socket_holds_a_write_up(void **state) {
  (void)state;
  enum { SIZE = 32 << 20 };
  struct bench b;
  weir_value s, readable;
  weir_stream *data;
  struct outcome outcome = {0};
  open_all(&b);
  int peer = connected(&b, &s);
  char *bytes = malloc(SIZE), *got = malloc(SIZE);
  for (size_t i = 0; i < SIZE; i++)
    bytes[i] = (char)(i * i % 251);
  assert_int_equal(weir_stream_new(&b.store, WEIR_ELEMENT_U8, &readable, &data, NULL), WEIR_OK);
  weir_value args[] = {s, readable};
  weir_host_call *sent = begin(&b, "[method]tcp-socket.send", args, 2);
  size_t written = 0, arrived = 0;
  bool under_way = false, held_up = false;
  while (arrived < SIZE) {
    if (!under_way && written < SIZE)
      assert_int_equal(weir_stream_write(data, bytes + written, SIZE - written, outcome_note, &outcome, NULL), WEIR_OK);
    under_way = written < SIZE;
    weir_store_step(&b.store);
    uv_run(b.wasi->loop, UV_RUN_NOWAIT);
    weir_store_step(&b.store);
    if (outcome.calls > 0) {
      written += outcome.count;
      outcome = (struct outcome){0};
      under_way = false;
      continue;
    }
    held_up = true;
    ssize_t count = recv(peer, got + arrived, SIZE - arrived, MSG_DONTWAIT);
    arrived += count > 0 ? (size_t)count : 0;
  }
  assert_true(held_up);
  assert_memory_equal(got, bytes, SIZE);
  weir_stream_drop(data);
  assert_int_equal(bench_result(&b, weir_stream_from_value(&sent->result)), -1);
  assert_int_equal(recv(peer, got, 1, 0), 0);
  bench_close(&b);
  close(peer);
  free(bytes);
  free(got);
}

/* What a socket receives is given to its own sending side: neither has a guest's memory. The guest may read first. */
static void check_echo(bool reads_first) {
  struct bench b;
  weir_value s;
  char got[16];
  struct outcome outcome = {0};
  open_all(&b);
  int peer = connected(&b, &s);
  weir_host_call *call = simple(&b, "[method]tcp-socket.receive", &s);
  if (reads_first) {
    weir_stream *data = fake_end(&call->result.of.list.items[0]);
    assert_int_equal(send(peer, "first", 5, 0), 5);
    assert_int_equal(weir_stream_read(data, got, sizeof(got), outcome_note, &outcome, NULL), WEIR_OK);
    assert_int_equal(bench_drive(&b, &outcome), WEIR_OK);
    assert_int_equal(outcome.count, 5);
  }
  weir_value args[] = {s, call->result.of.list.items[0]};
  call->result.of.list.items[0] = (weir_value){0};
  weir_host_call *sent = begin(&b, "[method]tcp-socket.send", args, 2);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(send(peer, "ping", 4, 0), 4);
    while (recv(peer, got, sizeof(got), MSG_DONTWAIT) != 4) {
      weir_store_step(&b.store);
      uv_run(b.wasi->loop, UV_RUN_NOWAIT);
    }
    assert_memory_equal(got, "ping", 4);
  }
  shutdown(peer, SHUT_WR);
  assert_int_equal(bench_result(&b, weir_stream_from_value(&sent->result)), -1);
  assert_int_equal(bench_result(&b, weir_stream_from_value(&call->result.of.list.items[1])), -1);
  bench_close(&b);
  close(peer);
}

static void a_socket_echoes_without_the_guest(void **state) {
  (void)state;
  check_echo(false);
  check_echo(true);
}

static void what_a_peer_sends_is_read_to_its_end(void **state) {
  (void)state;
  struct bench b;
  weir_value s;
  char got[16];
  struct outcome outcome = {0};
  open_all(&b);
  int peer = connected(&b, &s);
  weir_host_call *call = simple(&b, "[method]tcp-socket.receive", &s);
  weir_stream *data = weir_stream_from_value(&call->result.of.list.items[0]);
  weir_stream *future = weir_stream_from_value(&call->result.of.list.items[1]);
  assert_int_equal(weir_stream_read(data, got, sizeof(got), outcome_note, &outcome, NULL), WEIR_OK);
  assert_int_equal(send(peer, "hello", 5, 0), 5);
  assert_int_equal(bench_drive(&b, &outcome), WEIR_OK);
  assert_int_equal(outcome.count, 5);
  assert_memory_equal(got, "hello", 5);
  close(peer);
  outcome = (struct outcome){0};
  assert_int_equal(weir_stream_read(data, got, sizeof(got), outcome_note, &outcome, NULL), WEIR_OK);
  assert_int_equal(bench_drive(&b, &outcome), WEIR_OK);
  assert_int_equal(outcome.result, WEIR_COPY_DROPPED);
  assert_int_equal(bench_result(&b, future), -1);
  call = simple(&b, "[method]tcp-socket.receive", &s); /* only once */
  assert_int_equal(bench_result(&b, weir_stream_from_value(&call->result.of.list.items[1])), CODE(INVALID_STATE));
  bench_close(&b);
}

static void a_guest_that_reads_no_more_is_noticed(void **state) {
  (void)state;
  struct bench b;
  weir_value s;
  char got[16];
  open_all(&b);
  int peer = connected(&b, &s);
  weir_host_call *call = simple(&b, "[method]tcp-socket.receive", &s);
  weir_stream *data = weir_stream_from_value(&call->result.of.list.items[0]);
  struct outcome outcome = {0};
  assert_int_equal(weir_stream_read(data, got, sizeof(got), outcome_note, &outcome, NULL), WEIR_OK);
  weir_store_step(&b.store);
  weir_stream_cancel(data);
  weir_store_step(&b.store);
  weir_stream_drop(data);
  assert_true(wasi_host_ask(b.wasi));
  fake_drop(&b.linker, TYPES, "tcp-socket", &s);
  bench_close(&b);
  close(peer);
}

static void nobody_listens(void **state) {
  (void)state;
  struct bench b;
  open_all(&b);
  weir_value s = create(&b, "tcp-socket"), other = create(&b, "tcp-socket");
  uint16_t port = bound(&b, "tcp-socket", &other);
  assert_int_equal(finish(&b, with_address(&b, "[method]tcp-socket.connect", &s, port)), CODE(CONNECTION_REFUSED));
  assert_int_equal(finish(&b, with_address(&b, "[method]tcp-socket.connect", &s, port)), CODE(INVALID_STATE));
  bench_close(&b);
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

struct option { /* a setter, a getter, and what the getter tells of what was set */
  const char *set, *get;
  weir_value value;
  uint64_t at_least;
};

static void check_options(struct bench *b, const char *kind, const struct option *options, size_t count) {
  weir_value s = create(b, kind);
  for (size_t i = 0; i < count; i++) {
    char set[96], get[96];
    weir_value args[] = {s, options[i].value};
    snprintf(set, sizeof(set), "[method]%s.%s", kind, options[i].set);
    snprintf(get, sizeof(get), "[method]%s.%s", kind, options[i].get);
    assert_int_equal(code_of(begin(b, set, args, 2)), OK);
    weir_host_call *call = simple(b, get, &s);
    assert_int_equal(code_of(call), OK);
    const weir_value *got = call->result.of.payload;
    uint64_t bits = got->kind == WEIR_VALUE_U64   ? got->of.u64
                    : got->kind == WEIR_VALUE_U32 ? got->of.u32
                    : got->kind == WEIR_VALUE_U8  ? got->of.u8
                                                  : got->of.boolean;
    assert_true(bits >= options[i].at_least);
  }
}

static void options_are_the_systems(void **state) {
  (void)state;
  const weir_value size = {.kind = WEIR_VALUE_U64, .of.u64 = 8192}, second = {.kind = WEIR_VALUE_U64, .of.u64 = 1};
  const weir_value yes = {.kind = WEIR_VALUE_BOOL, .of.boolean = true}, three = {.kind = WEIR_VALUE_U32, .of.u32 = 3};
  const weir_value hops = {.kind = WEIR_VALUE_U8, .of.u8 = 42};
  const struct option tcp[] = {
      {"set-keep-alive-enabled", "get-keep-alive-enabled", yes, 1},
      {"set-keep-alive-idle-time", "get-keep-alive-idle-time", second, 1000000000},
      {"set-keep-alive-interval", "get-keep-alive-interval", second, 1000000000},
      {"set-keep-alive-count", "get-keep-alive-count", three, 3},
      {"set-hop-limit", "get-hop-limit", hops, 42},
      {"set-receive-buffer-size", "get-receive-buffer-size", size, 8192},
      {"set-send-buffer-size", "get-send-buffer-size", size, 8192},
  };
  const struct option udp[] = {
      {"set-unicast-hop-limit", "get-unicast-hop-limit", hops, 42},
      {"set-receive-buffer-size", "get-receive-buffer-size", size, 8192},
      {"set-send-buffer-size", "get-send-buffer-size", size, 8192},
  };
  struct bench b;
  open_all(&b);
  check_options(&b, "tcp-socket", tcp, sizeof(tcp) / sizeof(tcp[0]));
  check_options(&b, "udp-socket", udp, sizeof(udp) / sizeof(udp[0]));
  bench_close(&b);
}

static void a_socket_tells_what_it_is(void **state) {
  (void)state;
  struct bench b;
  weir_value s;
  open_all(&b);
  int peer = connected(&b, &s);
  weir_value u = create(&b, "udp-socket"), backlog[] = {s, {.kind = WEIR_VALUE_U64, .of.u64 = 5}};
  assert_int_equal(code_of(simple(&b, "[method]tcp-socket.get-remote-address", &s)), OK);
  assert_int_equal(code_of(simple(&b, "[method]udp-socket.get-remote-address", &u)), CODE(INVALID_STATE));
  assert_false(simple(&b, "[method]tcp-socket.get-is-listening", &s)->result.of.boolean);
  assert_int_equal(simple(&b, "[method]tcp-socket.get-address-family", &s)->result.tag, 0);
  assert_int_equal(simple(&b, "[method]udp-socket.get-address-family", &u)->result.tag, 0);
  assert_int_equal(code_of(begin(&b, "[method]tcp-socket.set-listen-backlog-size", backlog, 2)), CODE(INVALID_STATE));
  weir_host_call *listens = simple(&b, "[method]tcp-socket.listen", &s); /* it is connected */
  assert_int_equal(code_of(listens), CODE(INVALID_STATE));
  bench_close(&b);
  close(peer);
}

/* ---- datagrams --------------------------------------------------------------------------------------------------- */

static weir_host_call *send_to(struct bench *b, const weir_value *self, const char *text, uint16_t port) {
  weir_value address = local(port), args[3] = {*self};
  assert_int_equal(weir_value_new_bytes(text, strlen(text), &args[1]), WEIR_OK);
  assert_int_equal(weir_value_new_variant(port != 0, port != 0 ? &address : NULL, &args[2]), WEIR_OK);
  weir_host_call *call = begin(b, "[method]udp-socket.send", args, 3);
  weir_value_clear(&args[1]);
  weir_value_clear(&args[2]);
  weir_value_clear(&address);
  return call;
}

static void a_datagram_wakes_who_waits_for_one(void **state) {
  (void)state;
  struct bench b;
  open_all(&b);
  weir_value one = create(&b, "udp-socket"), two = create(&b, "udp-socket");
  assert_int_equal(code_of(simple(&b, "[method]udp-socket.receive", &one)), CODE(INVALID_STATE));
  uint16_t port = bound(&b, "udp-socket", &one);
  weir_host_call *received = simple(&b, "[method]udp-socket.receive", &one);
  assert_false(received->finished);
  assert_int_equal(finish(&b, send_to(&b, &two, "to nobody", 0)), CODE(INVALID_ARGUMENT));
  assert_int_equal(finish(&b, send_to(&b, &two, "ping", port)), OK);
  assert_int_equal(finish(&b, received), OK);
  assert_memory_equal(received->result.of.payload->of.list.items[0].of.string.data, "ping", 4);
  assert_int_equal(code_of(with_address(&b, "[method]udp-socket.connect", &two, port)), OK);
  assert_int_equal(finish(&b, send_to(&b, &two, "elsewhere", 1)), CODE(INVALID_ARGUMENT));
  assert_int_equal(finish(&b, send_to(&b, &two, "pong", 0)), OK);
  assert_int_equal(code_of(simple(&b, "[method]udp-socket.disconnect", &two)), OK);
  assert_int_equal(code_of(simple(&b, "[method]udp-socket.disconnect", &two)), CODE(INVALID_STATE));
  bench_close(&b);
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static void a_store_goes_while_its_guest_waits(void **state) {
  (void)state;
  struct bench b;
  weir_value s, name;
  char got[16];
  open_all(&b);
  int peer = connected(&b, &s);
  weir_value u = create(&b, "udp-socket");
  bound(&b, "udp-socket", &u);
  assert_false(simple(&b, "[method]udp-socket.receive", &u)->finished);
  weir_host_call *call = simple(&b, "[method]tcp-socket.receive", &s);
  struct outcome outcome = {0};
  weir_stream *data = weir_stream_from_value(&call->result.of.list.items[0]);
  assert_int_equal(weir_stream_read(data, got, sizeof(got), outcome_note, &outcome, NULL), WEIR_OK);
  weir_store_step(&b.store);
  assert_int_equal(weir_value_new_string("127.0.0.1", 9, &name), WEIR_OK);
  fake_call(&b.linker, &b.store, "wasi:sockets/ip-name-lookup@0.3.0", "resolve-addresses", &name, 1);
  weir_value_clear(&name);
  bench_close(&b); /* the leak checker sees what is left */
  close(peer);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_a_guest_sends_arrives_and_ends),
      cmocka_unit_test(what_a_peer_sends_is_read_to_its_end),
      cmocka_unit_test(a_full_socket_holds_a_write_up),
      cmocka_unit_test(a_socket_echoes_without_the_guest),
      cmocka_unit_test(a_guest_that_reads_no_more_is_noticed),
      cmocka_unit_test(nobody_listens),
      cmocka_unit_test(options_are_the_systems),
      cmocka_unit_test(a_socket_tells_what_it_is),
      cmocka_unit_test(a_datagram_wakes_who_waits_for_one),
      cmocka_unit_test(a_store_goes_while_its_guest_waits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
