/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Sockets of WASI 0.2, all on the machine's own addresses: connections, datagrams, look-up, options, rules, and states
 * in which a function comes too early or too late. The last case fails where a function was not called before.
 */
#include <errno.h>

#include "fake_guest.h"
#include "support/fault.h"
#include "wasi/wit.h"

#define NETWORK "wasi:sockets/network@0.2.12"
#define TCP "wasi:sockets/tcp@0.2.12"
#define UDP "wasi:sockets/udp@0.2.12"
#define LOOKUP "wasi:sockets/ip-name-lookup@0.2.12"
#define STREAMS "wasi:io/streams@0.2.12"
#define POLL "wasi:io/poll@0.2.12"
#define CODE(name) WASI_P2_SOCKETS_ERROR_CODE_##name

enum { OK = -1 };

static struct weir_linker seen;

/* ---- a guest ----------------------------------------------------------------------------------------------------- */

static void open_with(struct bench *b, const char *const *rules, size_t count) {
  weir_wasi_config config = {.size = sizeof(weir_wasi_config),
                             .stdin_fd = -1,
                             .stdout_fd = -1,
                             .stderr_fd = -1,
                             .net = rules,
                             .net_count = count};
  *b = (struct bench){0};
  store_init(&b->store);
  assert_int_equal(weir_wasi_new(&config, &b->wasi, NULL), WEIR_OK);
  assert_int_equal(weir_wasi_link(b->wasi, &b->linker, NULL), WEIR_OK);
}

static void open_all(struct bench *b) {
  static const char *const all[] = {"all"};
  open_with(b, all, 1);
}

static void close_bench(struct bench *b) {
  if (seen.count == 0)
    seen = b->linker;
  for (size_t i = 0; i < b->linker.count; i++)
    seen.funcs[i].called |= b->linker.funcs[i].called;
  bench_close(b);
}

static weir_host_call *ask(struct bench *b, const char *interface_name, const char *name, weir_value *args,
                           size_t count) {
  weir_host_call *call = fake_call(&b->linker, &b->store, interface_name, name, args, count);
  assert_true(call->finished && !call->failed);
  return call;
}

static int code_of(const weir_host_call *call) {
  return call->result.tag == 0 ? OK : (int)call->result.of.payload->tag;
}

static const weir_value none = {0};

/* A method, with up to two arguments. */
static weir_host_call *on(struct bench *b, const char *resource, const char *method, const weir_value *self,
                          weir_value first, weir_value second) {
  char name[96];
  weir_value args[] = {*self, first, second};
  size_t count = 1 + (first.kind != WEIR_VALUE_NONE) + (second.kind != WEIR_VALUE_NONE);
  const char *interface_name = strcmp(resource, "tcp-socket") == 0 ? TCP : UDP;
  if (strstr(resource, "put-stream"))
    interface_name = STREAMS;
  if (strstr(resource, "resolve"))
    interface_name = LOOKUP;
  if (strstr(resource, "pollable"))
    interface_name = POLL;
  snprintf(name, sizeof(name), "[method]%s.%s", resource, method);
  return ask(b, interface_name, name, args, count);
}

static weir_value u64(uint64_t n) {
  return (weir_value){.kind = WEIR_VALUE_U64, .of.u64 = n};
}

static weir_value create(struct bench *b, const char *kind, uint32_t family) {
  char interface_name[64], name[64];
  weir_value which = {.kind = WEIR_VALUE_VARIANT, .tag = family};
  snprintf(interface_name, sizeof(interface_name), "wasi:sockets/%s-create-socket@0.2.12", kind);
  snprintf(name, sizeof(name), "create-%s-socket", kind);
  weir_host_call *call = ask(b, interface_name, name, &which, 1);
  assert_int_equal(code_of(call), OK);
  return *call->result.of.payload;
}

static weir_value network_of(struct bench *b) {
  return ask(b, "wasi:sockets/instance-network@0.2.12", "instance-network", NULL, 0)->result;
}

/* 127.0.0.1 or ::1; cleared by the caller. */
static weir_value local(uint32_t family, uint16_t port) {
  size_t parts = family == 0 ? 4 : 8;
  weir_value address, record, result;
  assert_int_equal(weir_value_new_record(parts, &address), WEIR_OK);
  for (size_t i = 0; i < parts; i++)
    address.of.list.items[i] = family == 0 ? (weir_value){.kind = WEIR_VALUE_U8, .of.u8 = i == 0 ? 127 : i == 3}
                                           : (weir_value){.kind = WEIR_VALUE_U16, .of.u16 = i == 7};
  assert_int_equal(weir_value_new_record(family == 0 ? 2 : 4, &record), WEIR_OK);
  record.of.list.items[0] = (weir_value){.kind = WEIR_VALUE_U16, .of.u16 = port};
  if (family == 0) {
    record.of.list.items[1] = address;
  } else {
    record.of.list.items[1] = record.of.list.items[3] = (weir_value){.kind = WEIR_VALUE_U32};
    record.of.list.items[2] = address;
  }
  assert_int_equal(weir_value_new_variant(family, &record, &result), WEIR_OK);
  return result;
}

static int with_address(struct bench *b, const char *resource, const char *method, const weir_value *self,
                        uint32_t family, uint16_t port) {
  weir_value address = local(family, port);
  int code = code_of(on(b, resource, method, self, network_of(b), address));
  weir_value_clear(&address);
  return code;
}

static int simple(struct bench *b, const char *resource, const char *method, const weir_value *self) {
  return code_of(on(b, resource, method, self, none, none));
}

static uint16_t port_of(struct bench *b, const char *resource, const char *method, const weir_value *self) {
  weir_host_call *call = on(b, resource, method, self, none, none);
  assert_int_equal(code_of(call), OK);
  return call->result.of.payload->of.payload->of.list.items[0].of.u16;
}

/* Waits for a pollable of it. */
static void wait_for(struct bench *b, const char *resource, const weir_value *self) {
  weir_value pollable = on(b, resource, "subscribe", self, none, none)->result;
  weir_host_call *call = fake_call(&b->linker, &b->store, POLL, "[method]pollable.block", &pollable, 1);
  while (!call->finished)
    uv_run(b->wasi->loop, UV_RUN_ONCE);
  fake_drop(&b->linker, POLL, "pollable", &pollable);
}

static weir_value listener(struct bench *b, uint32_t family, uint16_t *ret_port) {
  weir_value s = create(b, "tcp", family);
  assert_int_equal(with_address(b, "tcp-socket", "start-bind", &s, family, 0), OK);
  assert_int_equal(simple(b, "tcp-socket", "finish-bind", &s), OK);
  assert_int_equal(code_of(on(b, "tcp-socket", "set-listen-backlog-size", &s, u64(8), none)), OK);
  assert_int_equal(simple(b, "tcp-socket", "start-listen", &s), OK);
  assert_int_equal(simple(b, "tcp-socket", "finish-listen", &s), OK);
  *ret_port = port_of(b, "tcp-socket", "local-address", &s);
  return s;
}

/* ---- connections ------------------------------------------------------------------------------------------------- */

static void exchange(uint32_t family) {
  struct bench b;
  uint16_t port;
  open_all(&b);
  weir_value server = listener(&b, family, &port), client = create(&b, "tcp", family);
  assert_true(on(&b, "tcp-socket", "is-listening", &server, none, none)->result.of.boolean);
  assert_int_equal(on(&b, "tcp-socket", "address-family", &server, none, none)->result.tag, family);
  assert_int_equal(simple(&b, "tcp-socket", "accept", &server), CODE(WOULD_BLOCK));
  assert_int_equal(with_address(&b, "tcp-socket", "start-connect", &client, family, port), OK);
  wait_for(&b, "tcp-socket", &client);
  weir_host_call *connected = on(&b, "tcp-socket", "finish-connect", &client, none, none);
  assert_int_equal(code_of(connected), OK);
  wait_for(&b, "tcp-socket", &server);
  weir_host_call *accepted = on(&b, "tcp-socket", "accept", &server, none, none);
  assert_int_equal(code_of(accepted), OK);
  const weir_value *here = connected->result.of.payload->of.list.items;
  const weir_value *there = accepted->result.of.payload->of.list.items;
  assert_int_equal(port_of(&b, "tcp-socket", "remote-address", &client), port);
  weir_value bytes;
  assert_int_equal(weir_value_new_bytes("over the wire", 13, &bytes), WEIR_OK);
  assert_int_equal(code_of(on(&b, "output-stream", "write", &here[1], bytes, none)), OK);
  weir_value_clear(&bytes);
  wait_for(&b, "input-stream", &there[1]);
  weir_host_call *read = on(&b, "input-stream", "read", &there[1], u64(100), none);
  assert_int_equal(read->result.of.payload->of.string.size, 13);
  assert_memory_equal(read->result.of.payload->of.string.data, "over the wire", 13);
  weir_value send = {.kind = WEIR_VALUE_VARIANT, .tag = 1};
  assert_int_equal(code_of(on(&b, "tcp-socket", "shutdown", &client, send, none)), OK);
  wait_for(&b, "input-stream", &there[1]);
  assert_int_equal(code_of(on(&b, "input-stream", "read", &there[1], u64(1), none)), WASI_P2_IO_STREAM_ERROR_CLOSED);
  fake_drop(&b.linker, TCP, "tcp-socket", &client);
  assert_int_equal(code_of(on(&b, "input-stream", "read", &here[0], u64(1), none)), OK); /* it holds the socket */
  fake_drop(&b.linker, TCP, "tcp-socket", &there[0]);
  close_bench(&b);
}

static void bytes_go_from_one_socket_to_another(void **state) {
  (void)state;
  exchange(0);
  exchange(1);
}

/*
 * 70 pollables: in turns a listener that nobody asks, a socket that may start to bind, a listener that a client waits
 * for. The first is never ready, the other two always are.
 */
static void one_poll_asks_many_sockets(void **state) {
  (void)state;
  enum { COUNT = 70 };
  struct bench b;
  uint16_t port;
  weir_value list;
  open_all(&b);
  weir_value of[] = {listener(&b, 0, &port), create(&b, "tcp", 0), listener(&b, 0, &port)};
  weir_value client = create(&b, "tcp", 0);
  assert_int_equal(with_address(&b, "tcp-socket", "start-connect", &client, 0, port), OK);
  wait_for(&b, "tcp-socket", &of[2]);
  assert_int_equal(weir_value_new_list(COUNT, &list), WEIR_OK);
  for (size_t i = 0; i < COUNT; i++)
    list.of.list.items[i] = on(&b, "tcp-socket", "subscribe", &of[i % 3], none, none)->result;
  const weir_host_call *call = ask(&b, POLL, "poll", &list, 1);
  assert_true(call->finished);
  const weir_value_list *found = &call->result.of.list;
  assert_int_equal(found->count, COUNT * 2 / 3);
  for (size_t i = 0; i < found->count; i++)
    assert_int_equal(found->items[i].of.u32, i / 2 * 3 + 1 + i % 2);
  for (size_t i = 0; i < COUNT; i++)
    fake_drop(&b.linker, POLL, "pollable", &list.of.list.items[i]);
  list.of.list.count = 0;
  weir_value_clear(&list);
  close_bench(&b);
}

/* Writes until the stream has bytes that its socket has no room for: how many in all. */
static size_t fill_up(struct bench *b, const weir_value *output) {
  size_t size = 0;
  weir_value bytes;
  char *zeroes = calloc(1, 65536);
  assert_int_equal(weir_value_new_bytes(zeroes, 65536, &bytes), WEIR_OK);
  for (;;) {
    weir_host_call *call = on(b, "output-stream", "check-write", output, none, none);
    assert_int_equal(code_of(call), OK);
    size_t room = call->result.of.payload->of.u64;
    if (room == 0)
      break;
    bytes.of.string.size = room < 65536 ? room : 65536;
    assert_int_equal(code_of(on(b, "output-stream", "write", output, bytes, none)), OK);
    size += bytes.of.string.size;
  }
  bytes.of.string.size = 65536;
  weir_value_clear(&bytes);
  free(zeroes);
  return size;
}

/* `how`: the sending side, or both. */
static void check_shutdown(uint32_t how) {
  struct bench b;
  uint16_t port;
  open_all(&b);
  weir_value server = listener(&b, 0, &port), client = create(&b, "tcp", 0);
  assert_int_equal(with_address(&b, "tcp-socket", "start-connect", &client, 0, port), OK);
  wait_for(&b, "tcp-socket", &client);
  weir_host_call *connected = on(&b, "tcp-socket", "finish-connect", &client, none, none);
  wait_for(&b, "tcp-socket", &server);
  weir_host_call *accepted = on(&b, "tcp-socket", "accept", &server, none, none);
  const weir_value *here = connected->result.of.payload->of.list.items;
  const weir_value *there = accepted->result.of.payload->of.list.items;
  size_t sent = fill_up(&b, &here[1]), read = 0;
  weir_value way = {.kind = WEIR_VALUE_VARIANT, .tag = how};
  assert_int_equal(code_of(on(&b, "tcp-socket", "shutdown", &client, way, none)), OK);
  for (;;) {
    wait_for(&b, "input-stream", &there[1]);
    weir_host_call *call = on(&b, "input-stream", "read", &there[1], u64(65536), none);
    if (code_of(call) != OK)
      break;
    read += call->result.of.payload->of.string.size;
  }
  assert_int_equal(read, sent);
  assert_int_equal(code_of(on(&b, "output-stream", "check-write", &here[1], none, none)), OK); /* not yet tried */
  weir_value byte;
  assert_int_equal(weir_value_new_bytes("x", 1, &byte), WEIR_OK);
  assert_int_equal(code_of(on(&b, "output-stream", "write", &here[1], byte, none)), WASI_P2_IO_STREAM_ERROR_CLOSED);
  weir_value_clear(&byte);
  close_bench(&b);
}

static void what_was_written_before_a_shutdown_arrives(void **state) {
  (void)state;
  check_shutdown(1);
  check_shutdown(2);
}

static void functions_at_the_wrong_time_are_told(void **state) {
  (void)state;
  struct bench b;
  uint16_t port;
  open_all(&b);
  weir_value s = create(&b, "tcp", 0), six = create(&b, "tcp", 1);
  assert_int_equal(simple(&b, "tcp-socket", "finish-bind", &s), CODE(NOT_IN_PROGRESS));
  assert_int_equal(simple(&b, "tcp-socket", "start-listen", &s), CODE(INVALID_STATE));
  assert_int_equal(simple(&b, "tcp-socket", "finish-listen", &s), CODE(NOT_IN_PROGRESS));
  assert_int_equal(simple(&b, "tcp-socket", "finish-connect", &s), CODE(NOT_IN_PROGRESS));
  assert_int_equal(simple(&b, "tcp-socket", "accept", &s), CODE(INVALID_STATE));
  assert_int_equal(simple(&b, "tcp-socket", "local-address", &s), CODE(INVALID_STATE));
  assert_int_equal(simple(&b, "tcp-socket", "remote-address", &s), CODE(INVALID_STATE));
  assert_int_equal(code_of(on(&b, "tcp-socket", "set-listen-backlog-size", &s, u64(0), none)), CODE(INVALID_ARGUMENT));
  weir_value both = {.kind = WEIR_VALUE_VARIANT, .tag = 2};
  assert_int_equal(code_of(on(&b, "tcp-socket", "shutdown", &s, both, none)), CODE(INVALID_STATE));
  assert_int_equal(with_address(&b, "tcp-socket", "start-bind", &six, 0, 0), CODE(INVALID_ARGUMENT));
  assert_int_equal(with_address(&b, "tcp-socket", "start-connect", &s, 0, 0), CODE(INVALID_ARGUMENT));
  assert_int_equal(with_address(&b, "tcp-socket", "start-bind", &s, 0, 0), OK);
  assert_int_equal(with_address(&b, "tcp-socket", "start-bind", &s, 0, 0), CODE(CONCURRENCY_CONFLICT));
  assert_int_equal(simple(&b, "tcp-socket", "finish-bind", &s), OK);
  assert_int_equal(with_address(&b, "tcp-socket", "start-bind", &s, 0, 0), CODE(INVALID_STATE));
  weir_value server = listener(&b, 0, &port), late = create(&b, "tcp", 0);
  fake_drop(&b.linker, TCP, "tcp-socket", &server);
  assert_int_equal(with_address(&b, "tcp-socket", "start-connect", &late, 0, port), OK);
  wait_for(&b, "tcp-socket", &late);
  assert_int_equal(simple(&b, "tcp-socket", "finish-connect", &late), CODE(CONNECTION_REFUSED));
  close_bench(&b);
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

static uint64_t option(struct bench *b, const char *resource, const char *name, const weir_value *s, weir_value value,
                       weir_value zero) {
  char setter[64];
  snprintf(setter, sizeof(setter), "set-%s", name);
  if (zero.kind != WEIR_VALUE_NONE)
    assert_int_equal(code_of(on(b, resource, setter, s, zero, none)), CODE(INVALID_ARGUMENT));
  assert_int_equal(code_of(on(b, resource, setter, s, value, none)), OK);
  weir_host_call *call = on(b, resource, name, s, none, none);
  assert_int_equal(code_of(call), OK);
  return call->result.of.payload->of.u64;
}

static void options_are_the_systems(void **state) {
  (void)state;
  struct bench b;
  open_all(&b);
  weir_value s = create(&b, "tcp", 0), u = create(&b, "udp", 0);
  weir_value yes = {.kind = WEIR_VALUE_BOOL, .of.boolean = true};
  weir_value hops = {.kind = WEIR_VALUE_U8, .of.u8 = 42}, no_hops = {.kind = WEIR_VALUE_U8};
  weir_value three = {.kind = WEIR_VALUE_U32, .of.u32 = 3};
  assert_int_equal(option(&b, "tcp-socket", "keep-alive-enabled", &s, yes, none) & 1, 1);
  assert_int_equal(option(&b, "tcp-socket", "keep-alive-idle-time", &s, u64(2500000000), u64(0)), 3000000000);
  assert_int_equal(option(&b, "tcp-socket", "keep-alive-interval", &s, u64(1), u64(0)), 1000000000);
  assert_int_equal((uint32_t)option(&b, "tcp-socket", "keep-alive-count", &s, three, none), 3);
  assert_int_equal((uint8_t)option(&b, "tcp-socket", "hop-limit", &s, hops, no_hops), 42);
  assert_true(option(&b, "tcp-socket", "receive-buffer-size", &s, u64(8192), u64(0)) >= 8192);
  assert_true(option(&b, "tcp-socket", "send-buffer-size", &s, u64(8192), u64(0)) >= 8192);
  assert_int_equal((uint8_t)option(&b, "udp-socket", "unicast-hop-limit", &u, hops, no_hops), 42);
  assert_true(option(&b, "udp-socket", "receive-buffer-size", &u, u64(8192), u64(0)) >= 8192);
  assert_true(option(&b, "udp-socket", "send-buffer-size", &u, u64(8192), u64(0)) >= 8192);
  close_bench(&b);
}

/* ---- datagrams --------------------------------------------------------------------------------------------------- */

struct udp_streams {
  weir_value in, out;
};

static weir_value bound(struct bench *b, uint16_t *ret_port) {
  weir_value u = create(b, "udp", 0);
  assert_int_equal(simple(b, "udp-socket", "finish-bind", &u), CODE(NOT_IN_PROGRESS));
  assert_int_equal(with_address(b, "udp-socket", "start-bind", &u, 0, 0), OK);
  assert_int_equal(simple(b, "udp-socket", "finish-bind", &u), OK);
  *ret_port = port_of(b, "udp-socket", "local-address", &u);
  return u;
}

static struct udp_streams streams_of(struct bench *b, const weir_value *socket, uint16_t peer) {
  weir_value address = local(0, peer), option = {0};
  assert_int_equal(weir_value_new_variant(peer != 0, peer != 0 ? &address : NULL, &option), WEIR_OK);
  weir_host_call *call = on(b, "udp-socket", "stream", socket, option, none);
  assert_int_equal(code_of(call), OK);
  weir_value_clear(&option);
  weir_value_clear(&address);
  return (struct udp_streams){call->result.of.payload->of.list.items[0], call->result.of.payload->of.list.items[1]};
}

/* A list of one; `port` 0: without an address. */
static weir_value datagram(const char *text, uint16_t port) {
  weir_value list, address = local(0, port);
  assert_int_equal(weir_value_new_list(1, &list), WEIR_OK);
  assert_int_equal(weir_value_new_record(2, &list.of.list.items[0]), WEIR_OK);
  weir_value *fields = list.of.list.items[0].of.list.items;
  assert_int_equal(weir_value_new_bytes(text, strlen(text), &fields[0]), WEIR_OK);
  assert_int_equal(weir_value_new_variant(port != 0, port != 0 ? &address : NULL, &fields[1]), WEIR_OK);
  weir_value_clear(&address);
  return list;
}

static weir_host_call *send_to(struct bench *b, const weir_value *out, const char *text, uint16_t port) {
  weir_value list = datagram(text, port);
  weir_host_call *call = on(b, "outgoing-datagram-stream", "send", out, list, none);
  weir_value_clear(&list);
  return call;
}

static void datagrams_arrive_with_their_senders(void **state) {
  (void)state;
  struct bench b;
  uint16_t ports[2];
  open_all(&b);
  weir_value one = bound(&b, &ports[0]), two = bound(&b, &ports[1]);
  struct udp_streams a = streams_of(&b, &one, 0), c = streams_of(&b, &two, ports[0]);
  assert_int_equal(on(&b, "udp-socket", "address-family", &one, none, none)->result.tag, 0);
  assert_int_equal(simple(&b, "udp-socket", "remote-address", &one), CODE(INVALID_STATE));
  assert_int_equal(port_of(&b, "udp-socket", "remote-address", &two), ports[0]);
  assert_int_equal(on(&b, "incoming-datagram-stream", "receive", &a.in, u64(9), none)->result.of.payload->of.list.count,
                   0);
  wait_for(&b, "udp-socket", &one);
  wait_for(&b, "outgoing-datagram-stream", &c.out);
  assert_true(simple(&b, "outgoing-datagram-stream", "check-send", &c.out) == OK);
  assert_int_equal(send_to(&b, &c.out, "first", 0)->result.of.payload->of.u64, 1);
  assert_int_equal(send_to(&b, &c.out, "second", ports[0])->result.of.payload->of.u64, 1);
  assert_int_equal(code_of(send_to(&b, &c.out, "elsewhere", ports[1])), CODE(INVALID_ARGUMENT));
  wait_for(&b, "incoming-datagram-stream", &a.in);
  weir_host_call *got = on(&b, "incoming-datagram-stream", "receive", &a.in, u64(9), none);
  assert_int_equal(got->result.of.payload->of.list.count, 2);
  const weir_value *fields = got->result.of.payload->of.list.items[1].of.list.items;
  assert_memory_equal(fields[0].of.string.data, "second", 6);
  assert_int_equal(fields[1].of.payload->of.list.items[0].of.u16, ports[1]);
  simple(&b, "outgoing-datagram-stream", "check-send", &a.out);
  assert_int_equal(code_of(send_to(&b, &a.out, "to nobody", 0)), CODE(INVALID_ARGUMENT));
  assert_int_equal(send_to(&b, &a.out, "back", ports[1])->result.of.payload->of.u64, 1);
  fake_drop(&b.linker, UDP, "udp-socket", &one);
  fake_drop(&b.linker, UDP, "incoming-datagram-stream", &a.in);
  fake_drop(&b.linker, UDP, "outgoing-datagram-stream", &a.out);
  close_bench(&b);
}

/* ---- names and rules --------------------------------------------------------------------------------------------- */

static weir_host_call *look_up(struct bench *b, const char *name) {
  weir_value args[2] = {network_of(b)};
  assert_int_equal(weir_value_new_string(name, strlen(name), &args[1]), WEIR_OK);
  weir_host_call *call = ask(b, LOOKUP, "resolve-addresses", args, 2);
  weir_value_clear(&args[1]);
  return call;
}

static void a_name_that_is_an_address_is_looked_up(void **state) {
  (void)state;
  struct bench b;
  open_all(&b);
  assert_int_equal(code_of(look_up(&b, "")), CODE(INVALID_ARGUMENT));
  weir_host_call *call = look_up(&b, "127.0.0.1");
  assert_int_equal(code_of(call), OK);
  const weir_value *stream = call->result.of.payload;
  assert_int_equal(simple(&b, "resolve-address-stream", "resolve-next-address", stream), CODE(WOULD_BLOCK));
  wait_for(&b, "resolve-address-stream", stream);
  weir_host_call *next = on(&b, "resolve-address-stream", "resolve-next-address", stream, none, none);
  assert_int_equal(next->result.of.payload->tag, 1);
  assert_int_equal(next->result.of.payload->of.payload->of.payload->of.list.items[0].of.u8, 127);
  next = on(&b, "resolve-address-stream", "resolve-next-address", stream, none, none);
  assert_int_equal(next->result.of.payload->tag, 0);
  fake_drop(&b.linker, LOOKUP, "resolve-address-stream", stream);
  look_up(&b, "127.0.0.1"); /* goes with its store while it is under way */
  close_bench(&b);
}

static void nothing_is_granted_without_a_rule(void **state) {
  (void)state;
  struct bench b;
  open_with(&b, NULL, 0);
  weir_value s = create(&b, "tcp", 0), u = create(&b, "udp", 0);
  assert_int_equal(with_address(&b, "tcp-socket", "start-bind", &s, 0, 0), CODE(ACCESS_DENIED));
  assert_int_equal(with_address(&b, "tcp-socket", "start-connect", &s, 0, 80), CODE(ACCESS_DENIED));
  assert_int_equal(with_address(&b, "udp-socket", "start-bind", &u, 0, 0), CODE(ACCESS_DENIED));
  assert_int_equal(code_of(look_up(&b, "localhost")), CODE(ACCESS_DENIED));
  close_bench(&b);
}

static int bind_with(const char *rule, uint32_t family, uint16_t port) {
  struct bench b;
  open_with(&b, &rule, 1);
  weir_value s = create(&b, "tcp", family);
  int code = with_address(&b, "tcp-socket", "start-bind", &s, family, port);
  close_bench(&b);
  return code == OK || code == CODE(ADDRESS_IN_USE) ? OK : code;
}

static void a_rule_grants_what_it_names(void **state) {
  (void)state;
  static const struct {
    const char *rule;
    uint32_t family;
    uint16_t port;
    bool granted;
  } cases[] = {
      {"tcp", 0, 20001, true},
      {"tcp-in", 0, 20001, true},
      {"tcp-out", 0, 20001, false},
      {"udp", 0, 20001, false},
      {"lookup", 0, 20001, false},
      {"tcp-in:20001", 0, 20001, true},
      {"tcp-in:20000-20002", 0, 20001, true},
      {"tcp-in:20002", 0, 20001, false},
      {"tcp-in:*:20001", 0, 20001, true},
      {"tcp-in:127.0.0.1", 0, 20001, true},
      {"tcp-in:127.0.0.2", 0, 20001, false},
      {"tcp-in:127.0.0.0/8:20001", 0, 20001, true},
      {"tcp-in:126.0.0.0/7", 0, 20001, true},
      {"tcp-in:128.0.0.0/7", 0, 20001, false},
      {"tcp-in:0.0.0.0/0", 0, 20001, true},
      {"tcp-in:0.0.0.0/0", 1, 20001, false},
      {"tcp-in:[::1]:20001", 1, 20001, true},
      {"tcp-in:[::1]", 0, 20001, false},
      {"tcp-in:[::2]", 1, 20001, false},
      {"tcp-in:[::]/120", 1, 20001, true},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    int expected = cases[i].granted ? OK : CODE(ACCESS_DENIED);
    if (bind_with(cases[i].rule, cases[i].family, cases[i].port) != expected)
      fail_msg("%s", cases[i].rule);
  }
}

static void text_that_is_no_rule_is_refused(void **state) {
  (void)state;
  static const char *const texts[] = {"",          "*",           "tcp:",           "tcpx",         "tcp-in:1.2.3",
                                      "tcp:70000", "tcp:5-4",     "tcp:1.2.3.4/33", "tcp:[::1",     "tcp:[::1]/129",
                                      "all:80",    "lookup:name", "tcp-in-out",     "tcp:1.2.3.4:", "tcp: 80"};
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    weir_wasi_config config = {.size = sizeof(weir_wasi_config), .net = &texts[i], .net_count = 1};
    weir_wasi *wasi = NULL;
    weir_status status = weir_wasi_new(&config, &wasi, NULL);
    weir_wasi_free(wasi);
    if (status != WEIR_ERR_PARSE)
      fail_msg("%s: %s", texts[i], weir_status_name(status));
  }
}

/* ---- limits ------------------------------------------------------------------------------------------------------ */

static void sockets_have_a_limit(void **state) {
  (void)state;
  weir_wasi_config config = {
      .size = sizeof(weir_wasi_config), .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1, .max_sockets = 2};
  struct bench b = {0};
  store_init(&b.store);
  assert_int_equal(weir_wasi_new(&config, &b.wasi, NULL), WEIR_OK);
  assert_int_equal(weir_wasi_link(b.wasi, &b.linker, NULL), WEIR_OK);
  weir_value first = create(&b, "tcp", 0), which = {.kind = WEIR_VALUE_VARIANT};
  create(&b, "udp", 0);
  weir_host_call *call = ask(&b, "wasi:sockets/tcp-create-socket@0.2.12", "create-tcp-socket", &which, 1);
  assert_int_equal(code_of(call), CODE(NEW_SOCKET_LIMIT));
  fake_drop(&b.linker, TCP, "tcp-socket", &first);
  create(&b, "tcp", 0);
  weir_value error = {0};
  call = fake_call(&b.linker, &b.store, STREAMS, "[method]output-stream.check-write", &first, 1);
  assert_true(call->failed); /* of another kind */
  assert_int_equal(weir_resource_new(weir_host_call_instance(call), NULL, NULL, 0, &error, NULL), WEIR_OK);
  assert_int_equal(ask(&b, NETWORK, "network-error-code", &error, 1)->result.tag, 0);
  weir_value_clear(&error);
  close_bench(&b);
}

static void every_function_of_sockets_0_2_was_called(void **state) {
  (void)state;
  for (size_t i = 0; i < seen.count; i++) {
    const struct fake_func *f = &seen.funcs[i];
    if (strstr(f->interface_name, "sockets") && strstr(f->interface_name, "@0.2.") && !f->called)
      fail_msg("%s#%s was not called", f->interface_name, f->name);
  }
  assert_true(seen.count > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bytes_go_from_one_socket_to_another),
      cmocka_unit_test(one_poll_asks_many_sockets),
      cmocka_unit_test(what_was_written_before_a_shutdown_arrives),
      cmocka_unit_test(functions_at_the_wrong_time_are_told),
      cmocka_unit_test(options_are_the_systems),
      cmocka_unit_test(datagrams_arrive_with_their_senders),
      cmocka_unit_test(a_name_that_is_an_address_is_looked_up),
      cmocka_unit_test(nothing_is_granted_without_a_rule),
      cmocka_unit_test(a_rule_grants_what_it_names),
      cmocka_unit_test(text_that_is_no_rule_is_refused),
      cmocka_unit_test(sockets_have_a_limit),
      cmocka_unit_test(every_function_of_sockets_0_2_was_called),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
