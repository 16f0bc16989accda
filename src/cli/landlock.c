/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The rules of landlock.h as the kernel takes them. Numbers and structs are the kernel's own, which the
 * headers of many systems do not have yet.
 *
 * In order: the kernel's interface; rules; restricting.
 */
#include "cli/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/all_threads.h"

/* ---- the kernel's interface -------------------------------------------------------------------------------------- */

enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 }; /* on every architecture */
enum { GET_VERSION = 1, RULE_PATH = 1, RULE_PORT = 2, ALL_THREADS = 1 << 3 };
enum {
  VERSION_REFER = 2,
  VERSION_TRUNCATE = 3,
  VERSION_NET = 4,
  VERSION_IOCTL = 5,
  VERSION_SCOPES = 6,
  VERSION_THREADS = 8
};

enum {
  FS_EXECUTE = 1 << 0,
  FS_WRITE_FILE = 1 << 1,
  FS_READ_FILE = 1 << 2,
  FS_READ_DIR = 1 << 3,
  FS_REMOVE_DIR = 1 << 4,
  FS_REMOVE_FILE = 1 << 5,
  FS_MAKE_CHAR = 1 << 6,
  FS_MAKE_DIR = 1 << 7,
  FS_MAKE_REG = 1 << 8,
  FS_MAKE_SOCK = 1 << 9,
  FS_MAKE_FIFO = 1 << 10,
  FS_MAKE_BLOCK = 1 << 11,
  FS_MAKE_SYM = 1 << 12,
  FS_REFER = 1 << 13,
  FS_TRUNCATE = 1 << 14,
  FS_IOCTL_DEV = 1 << 15,
  NET_BIND = 1 << 0,
  NET_CONNECT = 1 << 1,
  SCOPE_ALL = 3 /* abstract sockets, signals */
};

enum {
  FS_OF_FILES = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV,
  FS_READ = FS_READ_FILE | FS_READ_DIR,
  FS_CHANGE =
      FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | FS_MAKE_SYM | FS_REFER | FS_TRUNCATE
};

struct ruleset {
  uint64_t files, net, scopes;
};

struct path_rule {
  uint64_t access;
  int32_t fd;
} __attribute__((packed));

struct port_rule {
  uint64_t access, port;
};

/* The accesses to files that a version knows. */
static uint64_t known_files(int version) {
  uint64_t known = FS_MAKE_SYM * 2 - 1;
  if (version >= VERSION_REFER)
    known |= FS_REFER;
  if (version >= VERSION_TRUNCATE)
    known |= FS_TRUNCATE;
  return version >= VERSION_IOCTL ? known | FS_IOCTL_DEV : known;
}

/* ---- rules ------------------------------------------------------------------------------------------------------- */

struct landlock landlock_begin(const struct landlock_net *net) {
  struct landlock l = {.fd = -1};
  long version = syscall(CREATE_RULESET, NULL, 0, GET_VERSION);
  if (version < 1)
    return l;
  l.version = (int)version;
  struct ruleset rules = {.files = known_files(l.version)};
  size_t size = sizeof(rules.files);
  if (l.version >= VERSION_NET) {
    rules.net = (net->limit_bind ? NET_BIND : 0) | (net->limit_connect ? NET_CONNECT : 0);
    size += sizeof(rules.net);
  }
  if (l.version >= VERSION_SCOPES) {
    rules.scopes = SCOPE_ALL;
    size += sizeof(rules.scopes);
  }
  l.fd = (int)syscall(CREATE_RULESET, &rules, size, 0);
  l.error = l.fd < 0 ? errno : 0;
  return l;
}

static void allow(struct landlock *l, int fd, uint64_t access) {
  struct stat info;
  if (fstat(fd, &info) == 0 && !S_ISDIR(info.st_mode))
    access &= FS_OF_FILES;
  struct path_rule rule = {access & known_files(l->version), fd};
  if (syscall(ADD_RULE, l->fd, RULE_PATH, &rule, 0) != 0 && l->error == 0)
    l->error = errno;
}

void landlock_allow_path(struct landlock *l, const char *path, unsigned uses) {
  int fd = l->fd < 0 ? -1 : open(path, O_PATH | O_CLOEXEC);
  if (fd < 0)
    return;
  allow(l, fd, (uses & LANDLOCK_READ ? FS_READ : 0) | (uses & LANDLOCK_CHANGE ? FS_CHANGE : 0));
  close(fd);
}

void landlock_allow_terminal(struct landlock *l, int fd) {
  char path[32];
  snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
  int again = l->fd < 0 || !isatty(fd) ? -1 : open(path, O_PATH | O_CLOEXEC);
  if (again < 0)
    return;
  allow(l, again, FS_READ_FILE | FS_WRITE_FILE | FS_IOCTL_DEV);
  close(again);
}

void landlock_allow_ports(struct landlock *l, bool bind, uint16_t first, uint16_t last) {
  for (uint32_t port = first; port <= last && l->version >= VERSION_NET && l->fd >= 0; port++) {
    struct port_rule rule = {bind ? NET_BIND : NET_CONNECT, port};
    if (syscall(ADD_RULE, l->fd, RULE_PORT, &rule, 0) != 0 && errno != EINVAL && l->error == 0)
      l->error = errno; /* EINVAL: the side is not limited */
  }
}

/* ---- restricting ------------------------------------------------------------------------------------------------- */

/* In a signal handler too. */
static int restrict_thread(const void *data) {
  const struct landlock *l = data;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return errno;
  return syscall(RESTRICT_SELF, l->fd, 0) == 0 ? 0 : errno;
}

int landlock_restrict(struct landlock *l) {
  if (l->error != 0 || l->version == 0)
    return l->error;
  if (l->version < VERSION_THREADS)
    return all_threads_run(restrict_thread, l);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return errno;
  return syscall(RESTRICT_SELF, l->fd, ALL_THREADS) == 0 ? 0 : errno;
}

void landlock_end(struct landlock *l) {
  if (l->fd >= 0)
    close(l->fd);
  l->fd = -1;
}
