/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A process that has confined itself breaks each rule from inside, as code that is not weir's would: the kernel says
 * no. Each case is a process of its own, since there is no way back.
 */
#include "cli/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/landlock.h"
#include "cli/seccomp.h"

/* ---- a confined process ------------------------------------------------------------------------------------------ */

static char top[64], inside[80], readable[80], outside[80];

static void make_file(const char *directory, const char *name) {
  char path[128];
  snprintf(path, sizeof(path), "%s/%s", directory, name);
  int fd = open(path, O_WRONLY | O_CREAT, 0600);
  assert_true(fd >= 0);
  close(fd);
}

static int make_places(void **state) {
  (void)state;
  snprintf(top, sizeof(top), "/tmp/weir-confine-XXXXXX");
  assert_non_null(mkdtemp(top));
  snprintf(inside, sizeof(inside), "%s/inside", top);
  snprintf(readable, sizeof(readable), "%s/readable", top);
  snprintf(outside, sizeof(outside), "%s/outside", top);
  char *const all[] = {inside, readable, outside};
  for (int i = 0; i < 3; i++) {
    assert_int_equal(mkdir(all[i], 0700), 0);
    make_file(all[i], "file");
  }
  return 0;
}

static int remove_places(void **state) {
  (void)state;
  char command[128];
  snprintf(command, sizeof(command), "rm -rf %s", top);
  return system(command);
}

/* Says in the child's exit code which line was wrong. */
#define EXPECT(condition)        \
  do {                           \
    if (!(condition))            \
      _exit(__LINE__ % 200 + 1); \
  } while (0)

typedef void attempt_fn(void);

static bool is_possible(void) {
  struct landlock l = landlock_begin(&(struct landlock_net){0});
  landlock_end(&l);
  return l.version >= 1 && seccomp_is_there();
}

/* Runs `attempt` in a process with two directories and these rules for the network. */
static void confined(const char *const *net, size_t count, attempt_fn *attempt) {
  if (!is_possible()) {
    print_message("SKIPPED: the kernel has no Landlock, or weir no libseccomp\n");
    skip();
  }
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    const weir_wasi_preopen dirs[] = {{.host_path = inside, .fd = -1},
                                      {.host_path = readable, .fd = -1, .read_only = true}};
    weir_wasi_config world = {.preopens = dirs, .preopen_count = 2, .net = net, .net_count = count};
    EXPECT(confine_process(&(struct confine){.mode = CONFINE_WANTED, .world = &world}) == 0);
    attempt();
    _exit(0);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    fail_msg("the child's status is %x (exit code %d: line modulo 200, plus 1)", (unsigned)status, WEXITSTATUS(status));
}

static bool opens(const char *directory, const char *name, int flags) {
  char path[128];
  snprintf(path, sizeof(path), "%s/%s", directory, name);
  int fd = open(path, flags, 0600);
  if (fd < 0)
    return false;
  close(fd);
  return true;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static void try_files(void) {
  EXPECT(opens(inside, "file", O_RDWR) && opens(inside, "new", O_WRONLY | O_CREAT | O_TRUNC));
  EXPECT(opens(readable, "file", O_RDONLY));
  EXPECT(!opens(readable, "file", O_WRONLY) && errno == EACCES);
  EXPECT(!opens(readable, "new", O_WRONLY | O_CREAT) && errno == EACCES);
  EXPECT(!opens(outside, "file", O_RDONLY) && errno == EACCES);
  EXPECT(!opens("/etc", "passwd", O_RDONLY) && errno == EACCES);
  EXPECT(!opens("/proc/self", "mem", O_RDWR));
  EXPECT(!opens("/dev", "null", O_WRONLY));
}

static void files_outside_are_out_of_reach(void **state) {
  (void)state;
  confined(NULL, 0, try_files);
}

static void try_changes(void) {
  char from[128], to[128];
  snprintf(from, sizeof(from), "%s/file", inside);
  snprintf(to, sizeof(to), "%s/moved", outside);
  EXPECT(rename(from, to) != 0);
  EXPECT(link(from, to) != 0);
  snprintf(from, sizeof(from), "%s/file", outside);
  EXPECT(unlinkat(AT_FDCWD, from, 0) != 0 && errno == EACCES);
  snprintf(from, sizeof(from), "%s/link", inside);
  EXPECT(symlinkat("/etc/passwd", AT_FDCWD, from) == 0 && !opens(inside, "link", O_RDONLY)); /* a link opens nothing */
  EXPECT(mknod(from, S_IFCHR | 0600, 0) != 0);
  EXPECT(chmod(inside, 0777) != 0);
}

static void nothing_outside_is_changed(void **state) {
  (void)state;
  confined(NULL, 0, try_changes);
}

/* ---- other processes --------------------------------------------------------------------------------------------- */

static void try_processes(void) {
  char *const none[] = {NULL};
  EXPECT(fork() < 0);
  EXPECT(vfork() < 0);
  execve("/bin/sh", none, none);
  EXPECT(errno == ENOSYS);
  EXPECT(kill(getppid(), 0) != 0);
  EXPECT(kill(getpid(), 0) == 0);
  EXPECT(setuid(0) != 0);
}

static void no_other_process_is_touched(void **state) {
  (void)state;
  confined(NULL, 0, try_processes);
}

/* ---- the network ------------------------------------------------------------------------------------------------- */

static int use_port(int (*use)(int, const struct sockaddr *, socklen_t), uint16_t port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int error = fd < 0 || use(fd, (struct sockaddr *)&at, sizeof(at)) == 0 ? 0 : errno;
  if (fd >= 0)
    close(fd);
  return fd < 0 ? errno : error;
}

static ssize_t send_to(int type, int flags) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, type, 0);
  EXPECT(fd >= 0);
  return sendto(fd, "x", 1, flags, (struct sockaddr *)&at, sizeof(at));
}

static void try_network(void) {
  EXPECT(use_port(connect, 9) == ENOSYS);
  EXPECT(use_port(bind, 0) == ENOSYS);
  EXPECT(send_to(SOCK_DGRAM, 0) < 0 && errno == ENOSYS);
  EXPECT(send_to(SOCK_STREAM, MSG_FASTOPEN) < 0 && errno == ENOSYS);
  EXPECT(socket(AF_INET, SOCK_STREAM, 262 /* multipath TCP */) < 0 && errno == ENOSYS);
  EXPECT(socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == ENOSYS);
}

static void without_a_grant_sockets_reach_nothing(void **state) {
  (void)state;
  confined(NULL, 0, try_network);
}

static void try_ports(void) {
  EXPECT(use_port(connect, 9) != EACCES); /* nobody listens, or somebody does */
  EXPECT(use_port(connect, 10) == EACCES);
  EXPECT(use_port(bind, 0) == 0);
  EXPECT(use_port(bind, 8080) == EACCES);
  EXPECT(send_to(SOCK_DGRAM, 0) < 0 && errno == ENOSYS);
  EXPECT(send_to(SOCK_STREAM, MSG_FASTOPEN) < 0 && errno == ENOSYS);
}

static void tcp_reaches_the_granted_ports_only(void **state) {
  (void)state;
  const char *const net[] = {"tcp-out:*:9", "tcp-in:127.0.0.1:0"};
  if (landlock_begin(&(struct landlock_net){0}).version < 4)
    skip(); /* older kernels do not know ports */
  confined(net, 2, try_ports);
}

static void try_everything(void) {
  EXPECT(use_port(connect, 10) != EACCES);
  EXPECT(send_to(SOCK_DGRAM, 0) == 1);
  EXPECT(opens("/etc", "hosts", O_RDONLY)); /* to look names up */
  EXPECT(!opens("/etc", "passwd", O_RDONLY));
}

static void all_of_the_network_may_be_granted(void **state) {
  (void)state;
  const char *const net[] = {"all"};
  confined(net, 1, try_everything);
}

/* ---- threads ----------------------------------------------------------------------------------------------------- */

static void *open_outside(void *data) {
  *(bool *)data = opens(outside, "file", O_RDONLY);
  return NULL;
}

static void try_new_thread(void) {
  pthread_t thread;
  bool opened = true;
  EXPECT(pthread_create(&thread, NULL, open_outside, &opened) == 0);
  pthread_join(thread, NULL);
  EXPECT(!opened);
}

static void threads_that_come_later_are_held_too(void **state) {
  (void)state;
  confined(NULL, 0, try_new_thread);
}

struct early {
  int go[2];
  bool opened;
};

static void *wait_and_open(void *data) {
  struct early *e = data;
  char byte;
  if (read(e->go[0], &byte, 1) != 1)
    return NULL;
  return open_outside(&e->opened);
}

static void threads_that_were_there_are_held_too(void **state) {
  (void)state;
  if (!is_possible())
    skip();
  pid_t child = fork();
  if (child == 0) {
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    struct early early[THREADS];
    for (int i = 0; i < THREADS; i++) {
      early[i].opened = true;
      EXPECT(pipe(early[i].go) == 0 && pthread_create(&threads[i], NULL, wait_and_open, &early[i]) == 0);
    }
    weir_wasi_config world = {0};
    EXPECT(confine_process(&(struct confine){.mode = CONFINE_WANTED, .world = &world}) == 0);
    for (int i = 0; i < THREADS; i++) {
      EXPECT(write(early[i].go[1], "", 1) == 1);
      pthread_join(threads[i], NULL);
      EXPECT(!early[i].opened);
    }
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  assert_int_equal(status, 0);
}

static void nothing_is_confined_where_nobody_wants_it(void **state) {
  (void)state;
  weir_wasi_config world = {0};
  assert_int_equal(confine_process(&(struct confine){.mode = CONFINE_OFF, .world = &world}), 0);
  assert_true(opens(outside, "file", O_RDONLY));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(files_outside_are_out_of_reach),
      cmocka_unit_test(nothing_outside_is_changed),
      cmocka_unit_test(no_other_process_is_touched),
      cmocka_unit_test(without_a_grant_sockets_reach_nothing),
      cmocka_unit_test(tcp_reaches_the_granted_ports_only),
      cmocka_unit_test(all_of_the_network_may_be_granted),
      cmocka_unit_test(threads_that_come_later_are_held_too),
      cmocka_unit_test(threads_that_were_there_are_held_too),
      cmocka_unit_test(nothing_is_confined_where_nobody_wants_it),
  };
  return cmocka_run_group_tests(tests, make_places, remove_places);
}
