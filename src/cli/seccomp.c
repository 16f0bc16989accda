/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The system calls of weir by their names, so that a name which an older libseccomp does not know is left out. Others
 * give ENOSYS, as on a system that has never had them: libraries that try a new call first then take the old one.
 *
 * Calls that reach other processes, or start one, are allowed for this process and for threads only. The newer call
 * that starts threads has its flags in memory, where a filter cannot look: it is refused, and libraries take the older
 * one.
 *
 * In order: the calls; calls that depend on their arguments; restricting.
 */
#include "cli/seccomp.h"

#include <errno.h>

#ifdef WEIR_SECCOMP

#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the calls --------------------------------------------------------------------------------------------------- */

static const char *const always[] = {
    /* memory */
    "brk", "madvise", "membarrier", "memfd_create", "mincore", "mmap", "mprotect", "mremap", "munmap",
    /* what is open */
    "cachestat", "close", "close_range", "copy_file_range", "dup", "dup2", "dup3", "eventfd2", "fadvise64", "fallocate",
    "fcntl", "fdatasync", "fstat", "fstatfs", "fsync", "ftruncate", "getdents64", "lseek", "pipe2", "pread64", "preadv",
    "preadv2", "pwrite64", "pwritev", "pwritev2", "read", "readv", "sendfile", "splice", "sync_file_range", "write",
    "writev",
    /* paths: Landlock says which */
    "access", "faccessat", "faccessat2", "linkat", "lstat", "mkdirat", "newfstatat", "open", "openat", "openat2",
    "readlink", "readlinkat", "rename", "renameat", "renameat2", "stat", "statx", "symlinkat", "unlink", "unlinkat",
    "utimensat",
    /* waiting and time */
    "clock_getres", "clock_gettime", "clock_nanosleep", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2",
    "epoll_wait", "gettimeofday", "nanosleep", "poll", "ppoll", "pselect6", "select", "time", "timer_delete",
    "timer_settime", "timerfd_create", "timerfd_gettime", "timerfd_settime",
    /* threads and signals */
    "exit", "exit_group", "futex", "get_robust_list", "getcpu", "gettid", "restart_syscall", "rseq", "rt_sigaction",
    "rt_sigpending", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "sched_getaffinity",
    "sched_yield", "set_robust_list", "sigaltstack", "signalfd4",
    /* who and where we are */
    "getegid", "geteuid", "getgid", "getpid", "getppid", "getrandom", "getrlimit", "getrusage", "getuid", "sysinfo",
    "times", "uname",
    /* sockets that are open: standard input and output may be some */
    "getpeername", "getsockname", "getsockopt", "recvfrom", "recvmsg", "setsockopt", "shutdown"};

static const char *const for_net[] = {"accept", "accept4", "bind", "connect", "listen", "recvmmsg"};

/* Of all systems, and too new for the libseccomp of many. */
static const struct {
  const char *name;
  int number;
} newer[] = {{"cachestat", 451}};

static int number_of(const char *name) {
  for (size_t i = 0; i < sizeof(newer) / sizeof(newer[0]); i++)
    if (strcmp(newer[i].name, name) == 0)
      return newer[i].number;
  return seccomp_syscall_resolve_name(name);
}

static int allow(scmp_filter_ctx filter, const char *name, unsigned count, const struct scmp_arg_cmp *arguments) {
  int number = number_of(name);
  if (number == __NR_SCMP_ERROR)
    return 0;
  return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, count, arguments);
}

static int allow_all(scmp_filter_ctx filter, const char *const *names, size_t count) {
  int status = 0;
  for (size_t i = 0; i < count && status == 0; i++)
    status = allow(filter, names[i], 0, NULL);
  return status;
}

/* ---- calls that depend on their arguments ------------------------------------------------------------------------ */

static int allow_value(scmp_filter_ctx filter, const char *name, unsigned argument, uint64_t value) {
  return allow(filter, name, 1, &SCMP_CMP64(argument, SCMP_CMP_EQ, value, 0));
}

static int allow_values(scmp_filter_ctx filter, const char *name, unsigned argument, const uint64_t *values,
                        size_t count) {
  int status = 0;
  for (size_t i = 0; i < count && status == 0; i++)
    status = allow_value(filter, name, argument, values[i]);
  return status;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* This process, and threads of it. */
static int allow_own(scmp_filter_ctx filter) {
  static const uint64_t controls[] = {PR_SET_NAME, PR_GET_NAME, 0x53564d41 /* PR_SET_VMA: names of mappings */};
  static const uint64_t requests[] = {FIONBIO, FIOCLEX, FIONREAD, TCGETS, TIOCGWINSZ};
  uint64_t self = (uint64_t)getpid();
  int status = allow(filter, "clone", 1, &SCMP_CMP64(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
  if (status == 0)
    status = allow_value(filter, "kill", 0, self);
  if (status == 0)
    status = allow_value(filter, "tgkill", 0, self);
  if (status == 0)
    status = allow_value(filter, "prlimit64", 0, 0);
  if (status == 0)
    status = allow_values(filter, "prctl", 0, controls, COUNT(controls));
  return status == 0 ? allow_values(filter, "ioctl", 1, requests, COUNT(requests)) : status;
}

static int allow_socket(scmp_filter_ctx filter, int domain, int type, int protocol) {
  enum { TYPE_MASK = 15 }; /* without SOCK_CLOEXEC and SOCK_NONBLOCK */
  const struct scmp_arg_cmp all[] = {SCMP_CMP64(0, SCMP_CMP_EQ, (uint64_t)domain, 0),
                                     SCMP_CMP64(1, SCMP_CMP_MASKED_EQ, TYPE_MASK, (uint64_t)type),
                                     SCMP_CMP64(2, SCMP_CMP_EQ, (uint64_t)protocol, 0)};
  return allow(filter, "socket", COUNT(all), all);
}

/*
 * A program may make sockets in any case: weir tells what it may not do with one. Other protocols than TCP and UDP are
 * not looked at by Landlock. To look a name up the system asks the kernel for addresses, and maybe a service by a local
 * socket.
 */
static int allow_sockets(scmp_filter_ctx filter, bool lookup) {
  static const int domains[] = {AF_INET, AF_INET6};
  static const struct {
    int type, protocol;
  } kinds[] = {{SOCK_STREAM, 0}, {SOCK_STREAM, IPPROTO_TCP}, {SOCK_DGRAM, 0}, {SOCK_DGRAM, IPPROTO_UDP}};
  int status = 0;
  for (size_t i = 0; i < COUNT(domains) * COUNT(kinds) && status == 0; i++)
    status =
        allow_socket(filter, domains[i / COUNT(kinds)], kinds[i % COUNT(kinds)].type, kinds[i % COUNT(kinds)].protocol);
  if (status == 0 && lookup)
    status = allow_socket(filter, AF_UNIX, SOCK_STREAM, 0);
  return status == 0 && lookup ? allow_socket(filter, AF_NETLINK, SOCK_RAW, 0) : status;
}

/* To an address only where datagrams were granted; and never by the flag that connects. */
static int allow_sending(scmp_filter_ctx filter, bool to_addresses) {
  const struct scmp_arg_cmp sendto[] = {SCMP_CMP64(3, SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0),
                                        SCMP_CMP64(4, SCMP_CMP_EQ, 0, 0)};
  const struct scmp_arg_cmp sendmmsg = SCMP_CMP64(3, SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0);
  const struct scmp_arg_cmp sendmsg = SCMP_CMP64(2, SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0);
  int status = allow(filter, "sendto", to_addresses ? 1 : COUNT(sendto), sendto);
  if (status == 0 && to_addresses)
    status = allow(filter, "sendmsg", 1, &sendmsg);
  return status == 0 && to_addresses ? allow(filter, "sendmmsg", 1, &sendmmsg) : status;
}

static int allow_net(scmp_filter_ctx filter, const struct seccomp_net *net) {
  int status = allow_sockets(filter, net->lookup);
  if (status == 0)
    status = allow_sending(filter, net->udp || net->lookup);
  if (status == 0 && (net->tcp || net->udp || net->lookup))
    status = allow_all(filter, for_net, COUNT(for_net));
  return status;
}

/* ---- restricting ------------------------------------------------------------------------------------------------- */

bool seccomp_is_there(void) {
  return true;
}

int seccomp_restrict(const struct seccomp_net *net) {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
  if (!filter)
    return ENOMEM;
  int status = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
  if (status == 0)
    status = allow_all(filter, always, COUNT(always));
  if (status == 0)
    status = allow_own(filter);
  if (status == 0)
    status = allow_net(filter, net);
  if (status == 0)
    status = seccomp_load(filter);
  seccomp_release(filter);
  return -status;
}

#else

bool seccomp_is_there(void) {
  return false;
}

int seccomp_restrict(const struct seccomp_net *net) {
  (void)net;
  return ENOSYS;
}

#endif
