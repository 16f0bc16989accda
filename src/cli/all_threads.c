/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See all_threads.h. The signal carries the address of what is to be done, so nothing is global but the handler. */
#include "cli/all_threads.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 5000, PAUSE_NANOSECONDS = 1000000 }; /* 5 seconds: a thread answers as soon as it is run */

struct errand {
  int (*fn)(const void *data);
  const void *data;
  atomic_int error;
  atomic_uint done; /* threads */
};

static void errand_run(struct errand *e) {
  int before = errno, none = 0;
  int error = e->fn(e->data);
  if (error != 0)
    atomic_compare_exchange_strong(&e->error, &none, error);
  atomic_fetch_add(&e->done, 1);
  errno = before;
}

static void handle(int number, siginfo_t *info, void *context) {
  (void)number, (void)context;
  if (info->si_code == SI_QUEUE && info->si_pid == getpid())
    errand_run(info->si_value.sival_ptr);
}

/* Sends the errand to a thread. False: the thread has ended. */
static bool send(struct errand *e, pid_t thread, int number) {
  siginfo_t info;
  memset(&info, 0, sizeof(info));
  info.si_signo = number;
  info.si_code = SI_QUEUE;
  info.si_pid = getpid();
  info.si_uid = getuid();
  info.si_value.sival_ptr = e;
  return syscall(SYS_rt_tgsigqueueinfo, getpid(), thread, number, &info) == 0;
}

/* To all other threads; their number, or -1. */
static int send_all(struct errand *e, int number) {
  int count = 0;
  DIR *threads = opendir("/proc/self/task");
  if (!threads)
    return -1;
  for (const struct dirent *entry; (entry = readdir(threads));) {
    pid_t thread = (pid_t)strtol(entry->d_name, NULL, 10);
    if (thread > 0 && thread != (pid_t)syscall(SYS_gettid) && send(e, thread, number))
      count++;
  }
  closedir(threads);
  return count;
}

static bool wait_for(struct errand *e, unsigned count) {
  struct timespec pause = {.tv_nsec = PAUSE_NANOSECONDS};
  for (int i = 0; i < TRIES && atomic_load(&e->done) < count; i++)
    nanosleep(&pause, NULL);
  return atomic_load(&e->done) >= count;
}

int all_threads_run(int (*fn)(const void *data), const void *data) {
  static struct errand errand; /* a thread that answers too late must find it */
  int number = SIGRTMAX - 1;
  struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_RESTART}, before;
  errand = (struct errand){.fn = fn, .data = data};
  sigfillset(&action.sa_mask);
  if (sigaction(number, &action, &before) != 0)
    return errno;
  int count = send_all(&errand, number);
  if (count < 0 || !wait_for(&errand, (unsigned)count))
    return EAGAIN; /* and the handler stays */
  sigaction(number, &before, NULL);
  errand_run(&errand);
  return atomic_load(&errand.error);
}
