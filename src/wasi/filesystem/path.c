/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See path.h. */
#include "wasi/filesystem/path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wasi/filesystem/walk.h"

enum {
  BENEATH = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
  NEW_FILE = 0666, /* less the process's umask */
  RACES = 32       /* how often the kernel may find that a directory was moved while it went up */
};

static int open_beneath(int directory, const char *path, int flags, uint64_t resolve) {
  struct open_how how = {
      .flags = (uint64_t)(unsigned)flags, .mode = flags & O_CREAT ? NEW_FILE : 0, .resolve = resolve};
  return (int)syscall(SYS_openat2, directory, path, &how, sizeof(how));
}

enum wasi_path_way wasi_path_way_of(int directory) {
  int fd = open_beneath(directory, ".", O_PATH | O_DIRECTORY | O_CLOEXEC, BENEATH);
  if (fd < 0)
    return WASI_PATH_WALK;
  close(fd);
  return WASI_PATH_KERNEL;
}

int wasi_path_read(const char *path, size_t size, char ret[PATH_MAX]) {
  if (size == 0)
    return -ENOENT;
  if (size >= PATH_MAX)
    return -ENAMETOOLONG;
  if (memchr(path, '\0', size))
    return -EINVAL;
  memcpy(ret, path, size);
  ret[size] = '\0';
  return path[0] == '/' ? -WASI_OUTSIDE : 0;
}

/* The kernel's word for a path that leaves the base is EXDEV. */
static int outcome(int fd) {
  if (fd >= 0)
    return fd;
  return errno == EXDEV ? -WASI_OUTSIDE : -errno;
}

/* What is in memory. Kernels before 5.12 cannot say (EINVAL). */
static int open_cached(int directory, const char *path, int flags) {
  if (flags & (O_CREAT | O_TRUNC))
    return -EAGAIN;
  int fd = outcome(open_beneath(directory, path, flags, BENEATH | RESOLVE_CACHED));
  return fd == -EINVAL ? -EAGAIN : fd;
}

int wasi_path_open(struct wasi_base base, const char *path, int flags, bool may_block) {
  flags |= O_CLOEXEC | (flags & O_PATH ? 0 : O_NOCTTY | O_NONBLOCK);
  if (base.way == WASI_PATH_WALK)
    return may_block ? wasi_walk_open(base.fd, path, flags, NEW_FILE) : -EAGAIN;
  if (!may_block)
    return open_cached(base.fd, path, flags);
  int fd = open_beneath(base.fd, path, flags, BENEATH);
  for (int i = 0; fd < 0 && (errno == EAGAIN || errno == EINTR) && i < RACES; i++)
    fd = open_beneath(base.fd, path, flags, BENEATH);
  return outcome(fd);
}

/* ---- places ------------------------------------------------------------------------------------------------------ */

static int place_of(struct wasi_base base, const char *parent, struct wasi_place *ret) {
  ret->fd = wasi_path_open(base, parent, O_PATH | O_DIRECTORY, true);
  ret->opened = ret->fd >= 0;
  return ret->opened ? 0 : ret->fd;
}

/* `..` names a directory that is there, or is above the base; the caller's operation says what cannot be done to it. */
static int check_above(struct wasi_base base, const char *path) {
  int fd = wasi_path_open(base, path, O_PATH | O_DIRECTORY, true);
  if (fd < 0)
    return fd;
  close(fd);
  return 0;
}

int wasi_place_open(struct wasi_base base, char *path, struct wasi_place *ret) {
  size_t size = strlen(path);
  *ret = (struct wasi_place){.fd = base.fd, .slash = path[size - 1] == '/'};
  while (size > 1 && path[size - 1] == '/')
    path[--size] = '\0';
  char *slash = strrchr(path, '/');
  ret->name = slash ? slash + 1 : path;
  if (strcmp(ret->name, "..") == 0) {
    int status = check_above(base, path);
    if (status != 0)
      return status;
  }
  if (!slash)
    return 0;
  ret->cut = slash;
  *slash = '\0';
  int status = place_of(base, path, ret);
  if (status != 0)
    *slash = '/';
  return status;
}

void wasi_place_close(struct wasi_place *place) {
  if (place->opened)
    close(place->fd);
  place->opened = false;
  if (place->cut)
    *place->cut = '/';
  place->cut = NULL;
}
