/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Streams that lend: a host looks at the bytes of a guest where they lie, and fills a guest's buffer. */
#include "behaviour/streams.h"
#include "weir/future.h"
#include "weir/record.h"

enum act { NOTHING, DROP, CANCEL, MISUSE };

struct hand { /* what a host does with what it is lent */
  struct world *w;
  struct copy copy;
  size_t most; /* that it uses at a time */
  size_t given, used;
  uint8_t bytes[64]; /* that it has seen, or fills in */
  int calls;
  enum act act;
};

static void act(struct hand *h, weir_stream *end) {
  weir_call *call;
  weir_value arg = u32(1);
  if (h->act == DROP)
    weir_stream_drop(end);
  else if (h->act == CANCEL)
    weir_stream_cancel(end);
  else if (h->act == MISUSE)
    assert_int_equal(weir_call_start(h->w->instance, world_export(h->w, "produce"), &arg, 1, NULL, NULL, &call, NULL),
                     WEIR_ERR_MISUSE);
  assert_int_equal(weir_stream_read_in_place(end, NULL, NULL, NULL, NULL), WEIR_ERR_MISUSE); /* it is under way */
}

static size_t take(struct hand *h, size_t count) {
  size_t n = count < h->most ? count : h->most;
  h->calls++;
  h->given = count;
  assert_true(h->used + n <= sizeof(h->bytes));
  return n;
}

static size_t look(void *data, weir_stream *end, const void *bytes, size_t count) {
  struct hand *h = data;
  size_t n = take(h, count);
  memcpy(h->bytes + h->used, bytes, n);
  h->used += n;
  act(h, end);
  return n;
}

static size_t fill(void *data, weir_stream *end, void *bytes, size_t count) {
  struct hand *h = data;
  size_t n = take(h, count);
  memcpy(bytes, h->bytes + h->used, n);
  h->used += n;
  act(h, end);
  return n;
}

/* Until there is no more. */
static size_t fill_some(void *data, weir_stream *end, void *bytes, size_t count) {
  struct hand *h = data;
  if (h->used < sizeof(h->bytes) && h->bytes[h->used])
    return fill(data, end, bytes, count);
  h->calls++;
  return 0;
}

static void done(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  copied(&((struct hand *)data)->copy, end, result, count);
}

static weir_stream *produce(struct world *w, struct outcome *o, uint32_t n) {
  weir_value arg = u32(n);
  call_args(w, o, "produce", &arg, 1);
  world_settle(w);
  return result_stream(o);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static void a_host_looks_at_a_guests_bytes_in_pieces(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct hand h = {.w = w, .most = 7, .act = MISUSE};
  weir_stream *end = produce(w, &o, 20);
  for (int i = 1; h.copy.result != WEIR_COPY_DROPPED; i++) {
    must(weir_stream_read_in_place(end, look, done, &h, NULL), NULL);
    assert_int_equal(h.copy.count, i - 1); /* in a step, not here */
    assert_int_equal(h.calls, i - 1);
    world_settle(w);
    assert_int_equal(h.copy.count, i);
  }
  assert_int_equal(h.calls, 3);
  assert_int_equal(h.used, 20);
  for (uint8_t i = 0; i < 20; i++)
    assert_int_equal(h.bytes[i], i);
  weir_stream_drop(end);
  world_settle(w);
  assert_int_equal(call_now(w, "produced", NULL, 0).of.u32, 20);
  close_streams(w);
}

static void to_use_nothing_leaves_the_write_waiting(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct copy c = {0};
  struct hand h = {.w = w, .most = 0};
  char buffer[8] = "";
  weir_stream *end = produce(w, &o, 4);
  for (int i = 1; i < 3; i++) {
    must(weir_stream_read_in_place(end, look, done, &h, NULL), NULL);
    world_settle(w);
    assert_copy(&h.copy, i, WEIR_COPY_COMPLETED, 0);
    assert_int_equal(h.given, 4);
    assert_int_equal(weir_stream_other_end(end), WEIR_END_COPYING);
  }
  must(weir_stream_read(end, buffer, sizeof(buffer), copied, &c, NULL), NULL);
  world_settle(w);
  assert_copy(&c, 1, WEIR_COPY_COMPLETED, 4);
  assert_memory_equal(buffer, "\0\1\2\3", 4);
  weir_stream_drop(end);
  close_streams(w);
}

/* The host reads first, so that the callback is called in the midst of the guest's code. */
static void a_guest_that_writes_later_finds_the_host_waiting(void **state) {
  (void)state;
  for (size_t most = 0; most < 3; most += 2) {
    struct world *w = open_streams();
    struct outcome o;
    struct copy c = {0};
    struct hand h = {.w = w, .most = most, .act = MISUSE};
    weir_value args[1];
    weir_stream *in, *out;
    must(weir_stream_new(w->store, WEIR_ELEMENT_U8, &args[0], &in, NULL), NULL);
    call_args(w, &o, "pass", args, 1);
    world_settle(w);
    out = result_stream(&o);
    must(weir_stream_read_in_place(out, look, done, &h, NULL), NULL);
    world_settle(w);
    assert_int_equal(h.calls, 0);
    must(weir_stream_write(in, "abc", 3, copied, &c, NULL), NULL);
    world_settle(w);
    assert_copy(&h.copy, 1, WEIR_COPY_COMPLETED, most);
    assert_int_equal(c.count, most ? 1 : 0);
    assert_int_equal(c.moved, most);
    weir_stream_drop(out);
    weir_stream_drop(in);
    world_settle(w);
    close_streams(w);
  }
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static void a_host_fills_a_guests_buffer(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct hand h = {.w = w, .most = 3, .bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9}};
  weir_stream *end = call_with_bytes(w, &o, "sum");
  for (int i = 1; i < 4; i++) {
    must(weir_stream_write_in_place(end, fill, done, &h, NULL), NULL);
    world_settle(w);
    assert_copy(&h.copy, i, WEIR_COPY_COMPLETED, 3);
  }
  h.most = 0; /* and once nothing */
  must(weir_stream_write_in_place(end, fill, done, &h, NULL), NULL);
  world_settle(w);
  assert_copy(&h.copy, 4, WEIR_COPY_COMPLETED, 0);
  weir_stream_drop(end);
  world_settle(w);
  assert_u32(&o, 45);
  close_streams(w);
}

static void the_buffer_of_a_guest_that_reads_later_is_filled(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct hand h = {.w = w, .most = 5, .bytes = "abcde", .act = MISUSE};
  weir_value args[2] = {{0}, u32(16)};
  weir_stream *end;
  must(weir_stream_new(w->store, WEIR_ELEMENT_U8, &args[0], &end, NULL), NULL);
  must(weir_stream_write_in_place(end, fill, done, &h, NULL), NULL);
  world_settle(w);
  assert_int_equal(h.calls, 0);
  call_args(w, &o, "read-once", args, 2);
  world_settle(w);
  assert_u32(&o, 5 << 4);
  assert_int_equal(h.given, 16);
  weir_stream_drop(end);
  close_streams(w);
}

/* ---- ends -------------------------------------------------------------------------------------------------------- */

static void an_end_may_be_dropped_or_cancelled_while_it_is_lent(void **state) {
  (void)state;
  for (int i = 0; i < 2; i++) {
    struct world *w = open_streams();
    struct outcome o;
    struct hand h = {.w = w, .most = 2, .act = i ? DROP : CANCEL};
    weir_stream *end = produce(w, &o, 20);
    must(weir_stream_read_in_place(end, look, done, &h, NULL), NULL);
    world_settle(w);
    assert_copy(&h.copy, 1, WEIR_COPY_COMPLETED, 2);
    weir_stream_drop(end);
    world_settle(w);
    assert_int_equal(call_now(w, "produced", NULL, 0).of.u32, 2);
    close_streams(w);
  }
}

static void what_is_cancelled_before_is_never_called(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct hand h = {.w = w, .most = 2};
  weir_stream *end = call_with_bytes(w, &o, "hold"); /* reads 4 bytes */
  weir_stream *other = produce(w, &o, 4);
  must(weir_stream_write_in_place(end, fill, done, &h, NULL), NULL);
  weir_stream_cancel(end);
  world_settle(w);
  assert_copy(&h.copy, 1, WEIR_COPY_CANCELLED, 0);
  must(weir_stream_read_in_place(other, look, done, &h, NULL), NULL);
  weir_stream_drop(other);
  world_settle(w);
  assert_copy(&h.copy, 2, WEIR_COPY_CANCELLED, 0);
  assert_int_equal(h.calls, 0);
  must(weir_stream_write_in_place(end, fill, done, &h, NULL), NULL);
  world_end_store(w);
  assert_copy(&h.copy, 3, WEIR_COPY_CANCELLED, 0);
  assert_int_equal(h.calls, 0);
  world_close(w);
}

static size_t too_much(void *data, weir_stream *end, const void *bytes, size_t count) {
  (void)data, (void)end, (void)bytes;
  return count + 1;
}

static void to_use_more_than_there_is_ends_the_store(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct hand h = {.w = w};
  weir_stream *end = produce(w, &o, 4);
  must(weir_stream_read_in_place(end, too_much, done, &h, NULL), NULL);
  assert_int_equal(world_settle(w), WEIR_STEP_FAILED);
  assert_int_equal(weir_error_status(weir_store_failure(w->store)), WEIR_ERR_HOST);
  assert_words(weir_error_message(weir_store_failure(w->store)), "more elements of a stream than it was lent");
  world_close(w);
}

static void futures_and_values_are_not_lent(void **state) {
  (void)state;
  struct world *w = open_streams();
  weir_value value;
  weir_stream *end;
  weir_error *error = NULL;
  const weir_type *type = NULL;
  must(weir_future_new(w->store, &value, &end, NULL), NULL);
  assert_int_equal(weir_stream_write_in_place(end, fill, NULL, NULL, &error), WEIR_ERR_TYPE);
  assert_words(weir_error_message(error), "futures are not read and written in place");
  weir_error_free(error);
  weir_value_clear(&value);
  weir_stream_drop(end);
  must(weir_type_parse(w->engine, "stream<string>", 14, &type, NULL), NULL);
  must(weir_stream_new_typed(w->store, type, &value, &end, NULL), NULL);
  assert_int_equal(weir_stream_write_in_place(end, fill, NULL, NULL, NULL), WEIR_ERR_TYPE);
  weir_value_clear(&value);
  weir_stream_drop(end);
  world_close(w);
}

/* Whichever of the two came first: the writer has to bring a buffer, and the reader goes on waiting. */
static void two_ends_in_place_have_no_buffer(void **state) {
  (void)state;
  for (int i = 0; i < 2; i++) {
    struct world *w = open_streams();
    struct hand in = {.w = w, .most = 2}, out = {.w = w, .most = 2};
    weir_value value;
    weir_stream *end;
    must(weir_stream_new(w->store, WEIR_ELEMENT_U8, &value, &end, NULL), NULL);
    weir_stream *other = weir_stream_from_value(&value);
    if (i)
      must(weir_stream_read_in_place(other, look, done, &out, NULL), NULL);
    must(weir_stream_write_in_place(end, fill, done, &in, NULL), NULL);
    if (!i)
      must(weir_stream_read_in_place(other, look, done, &out, NULL), NULL);
    world_settle(w);
    assert_copy(&in.copy, 1, WEIR_COPY_COMPLETED, 0);
    assert_int_equal(out.copy.count, 0);
    assert_int_equal(in.calls + out.calls, 0);
    must(weir_stream_write(end, "ab", 2, done, &in, NULL), NULL);
    world_settle(w);
    assert_copy(&out.copy, 1, WEIR_COPY_COMPLETED, 2);
    weir_stream_drop(end);
    weir_stream_drop(other);
    world_end_store(w);
    world_close(w);
  }
}

/* ---- again and again --------------------------------------------------------------------------------------------- */

static void a_guest_is_fed_without_a_step_in_between(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct hand h = {.w = w, .most = 3, .bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9}};
  weir_value args[1];
  weir_stream *end;
  must(weir_stream_new(w->store, WEIR_ELEMENT_U8, &args[0], &end, NULL), NULL);
  must(weir_stream_feed(end, fill_some, done, &h, NULL), NULL);
  call_args(w, &o, "sum", args, 1);
  world_settle(w);
  assert_int_equal(h.calls, 4); /* the last has nothing more */
  assert_copy(&h.copy, 1, WEIR_COPY_COMPLETED, 9);
  assert_int_equal(weir_stream_other_end(end), WEIR_END_COPYING);
  weir_stream_drop(end);
  world_settle(w);
  assert_u32(&o, 45);
  close_streams(w);
}

static void what_a_guest_writes_is_drained_piece_by_piece(void **state) {
  (void)state;
  for (int i = 0; i < 2; i++) {
    struct world *w = open_streams();
    struct outcome o;
    struct hand h = {.w = w, .most = 7, .act = i ? DROP : CANCEL};
    weir_stream *end = produce(w, &o, 20);
    must(weir_stream_drain(end, look, done, &h, NULL), NULL);
    world_settle(w);
    assert_int_equal(h.calls, i ? 1 : 3);
    assert_copy(&h.copy, 1, i ? WEIR_COPY_COMPLETED : WEIR_COPY_DROPPED, i ? 7 : 20);
    if (!i)
      weir_stream_drop(end);
    world_settle(w);
    assert_int_equal(call_now(w, "produced", NULL, 0).of.u32, i ? 7 : 20);
    close_streams(w);
  }
}

static void what_goes_on_can_be_cancelled(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct hand h = {.w = w, .most = 2, .bytes = {1, 2}};
  weir_stream *end = call_with_bytes(w, &o, "hold"); /* reads 4 bytes, and no more */
  must(weir_stream_feed(end, fill_some, done, &h, NULL), NULL);
  world_settle(w);
  assert_int_equal(h.calls, 1);
  assert_int_equal(h.copy.count, 0);
  weir_stream_cancel(end);
  world_settle(w);
  assert_copy(&h.copy, 1, WEIR_COPY_CANCELLED, 2);
  must(weir_stream_feed(end, fill_some, done, &h, NULL), NULL);
  world_end_store(w);
  assert_copy(&h.copy, 2, WEIR_COPY_CANCELLED, 0);
  world_close(w);
}

static void a_host_finds_itself_at_the_other_end(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct hand h = {.w = w};
  weir_value args[1];
  weir_stream *in;
  must(weir_stream_new(w->store, WEIR_ELEMENT_U8, &args[0], &in, NULL), NULL);
  call_args(w, &o, "pass", args, 1);
  world_settle(w);
  weir_stream *out = result_stream(&o);
  assert_null(weir_stream_other_data(out, done)); /* nothing is under way */
  must(weir_stream_feed(in, fill_some, done, &h, NULL), NULL);
  assert_ptr_equal(weir_stream_other_data(out, done), &h);
  assert_null(weir_stream_other_data(out, copied)); /* somebody else's */
  assert_null(weir_stream_other_data(in, done));
  weir_stream_drop(in);
  assert_null(weir_stream_other_data(out, done));
  weir_stream_drop(out);
  world_settle(w);
  assert_null(weir_stream_other_data(out, done));
  close_streams(w);
}

/* ---- records ----------------------------------------------------------------------------------------------------- */

static void a_record_has_what_was_used(void **state) {
  (void)state;
  if (slices_everywhere())
    return; /* such a store is not recorded */
  char path[] = "/tmp/weir-lent-XXXXXX";
  struct world *w = world_open("streams");
  struct outcome o;
  weir_recorder *recorder;
  weir_error *error = NULL;
  weir_replay_report report = WEIR_REPLAY_REPORT_INIT;
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  close(fd);
  weir_record_config config = {.size = sizeof(weir_record_config), .path = path, .component = w->component};
  must(weir_record_start(w->store, &config, &recorder, &error), &error);
  world_start(w);
  struct hand in = {.w = w, .most = 3, .bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
              out = {.w = w, .most = 7, .act = DROP};
  weir_stream *end = call_with_bytes(w, &o, "sum");
  for (int i = 0; i < 2; i++) {
    must(weir_stream_write_in_place(end, fill, done, &in, NULL), NULL);
    world_settle(w);
  }
  must(weir_stream_feed(end, fill_some, done, &in, NULL), NULL);
  world_settle(w);
  assert_int_equal(in.used, 12); /* two of which are 0 */
  weir_stream_drop(end);
  world_settle(w);
  assert_u32(&o, 55);
  end = produce(w, &o, 20);
  must(weir_stream_read_in_place(end, look, done, &out, NULL), NULL);
  world_settle(w);
  out = (struct hand){.w = w, .most = 7};
  end = produce(w, &o, 20);
  must(weir_stream_drain(end, look, done, &out, NULL), NULL);
  world_settle(w);
  assert_int_equal(out.used, 20);
  weir_stream_drop(end);
  must(weir_recorder_close(recorder, &error), &error);
  world_end_store(w);
  must(weir_replay(w->engine, w->component, path, NULL, &report, &error), &error);
  weir_replay_report_clear(&report);
  unlink(path);
  world_close(w);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_host_looks_at_a_guests_bytes_in_pieces),
    cmocka_unit_test(to_use_nothing_leaves_the_write_waiting),
    cmocka_unit_test(a_guest_that_writes_later_finds_the_host_waiting),
    cmocka_unit_test(a_host_fills_a_guests_buffer),
    cmocka_unit_test(the_buffer_of_a_guest_that_reads_later_is_filled),
    cmocka_unit_test(an_end_may_be_dropped_or_cancelled_while_it_is_lent),
    cmocka_unit_test(what_is_cancelled_before_is_never_called),
    cmocka_unit_test(to_use_more_than_there_is_ends_the_store),
    cmocka_unit_test(futures_and_values_are_not_lent),
    cmocka_unit_test(two_ends_in_place_have_no_buffer),
    cmocka_unit_test(a_guest_is_fed_without_a_step_in_between),
    cmocka_unit_test(what_a_guest_writes_is_drained_piece_by_piece),
    cmocka_unit_test(what_goes_on_can_be_cancelled),
    cmocka_unit_test(a_host_finds_itself_at_the_other_end),
    cmocka_unit_test(a_record_has_what_was_used),
};

BEHAVIOUR_MAIN(tests)
