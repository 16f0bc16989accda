/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Descriptors of every kind: what they give and take, and that those who share them notice nothing. */
#include "wasi/host/fd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

struct bench {
  uv_loop_t loop;
  struct wasi_fd fd;
  int calls; /* of `ready` */
};

static void count_ready(void *data) {
  struct bench *b = data;
  b->calls++;
  wasi_fd_unwait(&b->fd);
}

static void bench_open(struct bench *b, int given, bool for_writing) {
  b->calls = 0;
  assert_int_equal(uv_loop_init(&b->loop), 0);
  wasi_fd_init(&b->fd, &b->loop, given, for_writing, count_ready, b);
}

static void bench_close(struct bench *b) {
  uv_handle_t *handle = wasi_fd_close(&b->fd);
  if (handle)
    uv_close(handle, NULL);
  uv_run(&b->loop, UV_RUN_DEFAULT);
  wasi_fd_done(&b->fd);
  assert_int_equal(uv_loop_close(&b->loop), 0);
}

/* Waits until `ready` was called once. */
static void bench_wait(struct bench *b) {
  b->calls = 0;
  assert_int_equal(wasi_fd_wait(&b->fd), 0);
  while (b->calls == 0)
    assert_int_not_equal(uv_run(&b->loop, UV_RUN_ONCE) + b->calls, 0);
}

static void no_descriptor_is_an_empty_input_and_takes_all_output(void **state) {
  (void)state;
  char byte;
  struct bench b;
  bench_open(&b, -1, false);
  assert_int_equal(wasi_fd_read(&b.fd, &byte, 1), 0);
  bench_close(&b);
  bench_open(&b, -1, true);
  assert_int_equal(wasi_fd_write(&b.fd, "abc", 3), 3);
  bench_close(&b);
}

static void a_closed_descriptor_fails(void **state) {
  (void)state;
  char byte;
  int closed = fcntl(0, F_DUPFD, 500); /* a number that nobody takes meanwhile */
  close(closed);
  struct bench b;
  bench_open(&b, closed, false);
  assert_int_equal(wasi_fd_read(&b.fd, &byte, 1), -EBADF);
  assert_int_equal(wasi_fd_read(&b.fd, &byte, 1), -EBADF);
  assert_false(wasi_fd_is_terminal(&b.fd));
  bench_close(&b);
}

static void an_empty_pipe_is_waited_for(void **state) {
  (void)state;
  int ends[2];
  char bytes[8];
  struct bench b;
  assert_int_equal(pipe(ends), 0);
  bench_open(&b, ends[0], false);
  assert_int_equal(wasi_fd_read(&b.fd, bytes, 8), -EAGAIN);
  assert_int_equal(write(ends[1], "hello", 5), 5);
  bench_wait(&b);
  assert_int_equal(wasi_fd_read(&b.fd, bytes, 8), 5);
  assert_int_equal(wasi_fd_read(&b.fd, bytes, 8), -EAGAIN);
  close(ends[1]);
  bench_wait(&b);
  assert_int_equal(wasi_fd_read(&b.fd, bytes, 8), 0);
  bench_close(&b);
  close(ends[0]);
}

/* Fills a pipe through `b` until it takes no more; returns how much it took. */
static size_t fill(struct bench *b, const char *bytes, size_t size) {
  size_t taken = 0;
  ssize_t count;
  while ((count = wasi_fd_write(&b->fd, bytes, size)) > 0)
    taken += (size_t)count;
  assert_int_equal(count, -EAGAIN);
  return taken;
}

static void check_full_pipe(int write_end, int read_end) {
  char *bytes = calloc(1, 1 << 20);
  struct bench b;
  bench_open(&b, write_end, true);
  size_t taken = fill(&b, bytes, 1 << 20);
  assert_in_range(taken, 4096, 1 << 20);
  assert_int_equal(read(read_end, bytes, taken), taken);
  bench_wait(&b);
  assert_int_equal(fill(&b, bytes, 1 << 20), taken);
  assert_int_equal(fcntl(write_end, F_GETFL) & O_NONBLOCK, 0);
  bench_close(&b);
  free(bytes);
}

static void a_full_pipe_is_waited_for_and_stays_blocking_for_others(void **state) {
  (void)state;
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  check_full_pipe(ends[1], ends[0]);
  close(ends[0]);
  close(ends[1]);
}

static void a_pipe_that_cannot_be_opened_anew_is_written_with_care(void **state) {
  (void)state;
  int ends[2];
  struct bench b;
  assert_int_equal(pipe(ends), 0);
  bench_open(&b, ends[1], true);
  b.fd.mode = WASI_FD_CHECKED; /* as if there were no /proc */
  b.fd.is_pipe = true;
  b.fd.fd = dup(ends[1]);
  char *bytes = calloc(1, 1 << 20);
  size_t taken = fill(&b, bytes, 1 << 20);
  assert_int_equal(read(ends[0], bytes, taken), taken);
  bench_wait(&b);
  assert_int_equal(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
  assert_int_equal(wasi_fd_write(&b.fd, bytes, 1 << 20), 4096);
  free(bytes);
  bench_close(&b);
  close(ends[0]);
  close(ends[1]);
}

static void a_pipe_without_reader_gives_an_error_and_no_signal(void **state) {
  (void)state;
  int ends[2];
  struct bench b;
  sigset_t pending;
  signal(SIGPIPE, SIG_DFL); /* a signal would end this program */
  assert_int_equal(pipe(ends), 0);
  bench_open(&b, ends[1], true);
  assert_int_equal(wasi_fd_write(&b.fd, "x", 1), 1);
  close(ends[0]);
  assert_int_equal(wasi_fd_write(&b.fd, "x", 1), -EPIPE);
  assert_int_equal(wasi_fd_write(&b.fd, "x", 1), -EPIPE);
  sigpending(&pending);
  assert_int_equal(sigismember(&pending, SIGPIPE), 0);
  bench_close(&b);
  close(ends[1]);
}

static void a_pipe_that_lost_its_reader_before_gives_an_error_too(void **state) {
  (void)state;
  int ends[2];
  struct bench b;
  assert_int_equal(pipe(ends), 0);
  close(ends[0]);
  bench_open(&b, ends[1], true);
  assert_int_equal(wasi_fd_write(&b.fd, "x", 1), -EPIPE);
  bench_close(&b);
  close(ends[1]);
}

static void a_waiting_writer_hears_that_the_reader_is_gone(void **state) {
  (void)state;
  int ends[2];
  struct bench b;
  char *bytes = calloc(1, 1 << 20);
  assert_int_equal(pipe(ends), 0);
  bench_open(&b, ends[1], true);
  fill(&b, bytes, 1 << 20);
  close(ends[0]);
  bench_wait(&b);
  assert_int_equal(wasi_fd_write(&b.fd, bytes, 10), -EPIPE);
  bench_close(&b);
  close(ends[1]);
  free(bytes);
}

static void a_socket_is_read_and_written_without_changing_it(void **state) {
  (void)state;
  int ends[2];
  char bytes[8];
  struct bench in, out;
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  bench_open(&in, ends[0], false);
  bench_open(&out, ends[1], true);
  assert_int_equal(wasi_fd_read(&in.fd, bytes, 8), -EAGAIN);
  assert_int_equal(wasi_fd_write(&out.fd, "abc", 3), 3);
  bench_wait(&in);
  assert_int_equal(fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0);
  assert_int_equal(wasi_fd_read(&in.fd, bytes, 8), 3);
  bench_close(&in);
  close(ends[0]);
  assert_int_equal(wasi_fd_write(&out.fd, "abc", 3), -EPIPE);
  bench_close(&out);
  close(ends[1]);
}

static void a_file_is_read_and_written_at_the_shared_offset(void **state) {
  (void)state;
  char path[] = "/tmp/weir-fd-XXXXXX", bytes[8] = {0};
  struct bench b;
  int file = mkstemp(path);
  unlink(path);
  assert_int_equal(write(file, "ab", 2), 2);
  bench_open(&b, file, true);
  assert_int_equal(wasi_fd_write(&b.fd, "cdef", 4), 4);
  bench_close(&b);
  assert_int_equal(lseek(file, 0, SEEK_CUR), 6);
  lseek(file, 3, SEEK_SET);
  bench_open(&b, file, false);
  assert_int_equal(wasi_fd_read(&b.fd, bytes, 8), 3);
  assert_string_equal(bytes, "def");
  assert_int_equal(wasi_fd_read(&b.fd, bytes, 8), 0);
  bench_close(&b);
  close(file);
}

static void devices_answer_at_once(void **state) {
  (void)state;
  char byte;
  struct bench b;
  int null = open("/dev/null", O_RDWR), full = open("/dev/full", O_WRONLY);
  bench_open(&b, null, false);
  assert_int_equal(wasi_fd_read(&b.fd, &byte, 1), 0);
  bench_close(&b);
  bench_open(&b, null, true);
  assert_int_equal(wasi_fd_write(&b.fd, "abc", 3), 3);
  bench_close(&b);
  bench_open(&b, full, true);
  assert_int_equal(wasi_fd_write(&b.fd, "abc", 3), -ENOSPC);
  bench_close(&b);
  close(null);
  close(full);
}

static void what_was_not_lent_for_writing_is_not_written(void **state) {
  (void)state;
  int ends[2];
  struct bench b;
  assert_int_equal(pipe(ends), 0);
  bench_open(&b, ends[0], true); /* its read end, as an output */
  assert_int_equal(wasi_fd_write(&b.fd, "abc", 3), -EBADF);
  bench_close(&b);
  close(ends[0]);
  close(ends[1]);
}

static void a_terminal_is_known_as_one_and_gives_its_lines(void **state) {
  (void)state;
  int master, slave;
  char bytes[8];
  struct bench b;
  if (openpty(&master, &slave, NULL, NULL, NULL) != 0)
    skip();
  bench_open(&b, slave, false);
  assert_true(wasi_fd_is_terminal(&b.fd));
  assert_int_equal(wasi_fd_read(&b.fd, bytes, 8), -EAGAIN);
  assert_int_equal(write(master, "hi\n", 3), 3);
  bench_wait(&b);
  assert_int_equal(wasi_fd_read(&b.fd, bytes, 8), 3);
  assert_int_equal(fcntl(slave, F_GETFL) & O_NONBLOCK, 0);
  bench_close(&b);
  close(master);
  close(slave);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_descriptor_is_an_empty_input_and_takes_all_output),
      cmocka_unit_test(a_closed_descriptor_fails),
      cmocka_unit_test(an_empty_pipe_is_waited_for),
      cmocka_unit_test(a_full_pipe_is_waited_for_and_stays_blocking_for_others),
      cmocka_unit_test(a_pipe_that_cannot_be_opened_anew_is_written_with_care),
      cmocka_unit_test(a_pipe_without_reader_gives_an_error_and_no_signal),
      cmocka_unit_test(a_pipe_that_lost_its_reader_before_gives_an_error_too),
      cmocka_unit_test(a_waiting_writer_hears_that_the_reader_is_gone),
      cmocka_unit_test(a_socket_is_read_and_written_without_changing_it),
      cmocka_unit_test(a_file_is_read_and_written_at_the_shared_offset),
      cmocka_unit_test(devices_answer_at_once),
      cmocka_unit_test(what_was_not_lent_for_writing_is_not_written),
      cmocka_unit_test(a_terminal_is_known_as_one_and_gives_its_lines),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
