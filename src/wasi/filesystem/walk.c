/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The walk. `todo` is what is still to be resolved, `done` the names without links that lead from the base to the
 * current directory. `..` takes a name off `done` and goes down to it from the base anew: a directory's own `..` could
 * lead anywhere, since others may move directories meanwhile. So the work is bounded by the square of PATH_MAX, and
 * what is opened is below the base whatever moves.
 */
#include "wasi/filesystem/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "wasi/filesystem/grant.h"

enum { LINKS = 40 };

struct walk {
  int base, fd; /* of the current directory: the base or our own */
  int flags;
  mode_t mode;
  unsigned links;
  char done[PATH_MAX]; /* "a/b" */
  char todo[PATH_MAX];
};

static void walk_enter(struct walk *w, int fd) {
  if (w->fd != w->base)
    close(w->fd);
  w->fd = fd;
}

static int open_directory(int at, const char *name) {
  int fd = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

/* Puts what a link says in front of what is left. */
static int walk_link(struct walk *w, const char *name, const char *rest) {
  char text[PATH_MAX];
  ssize_t size = readlinkat(w->fd, name, text, sizeof(text));
  size_t left = strlen(rest);
  if (size < 0)
    return -errno;
  if (++w->links > LINKS)
    return -ELOOP;
  if (size == 0)
    return -ENOENT;
  if (text[0] == '/')
    return -WASI_OUTSIDE;
  if ((size_t)size + left >= PATH_MAX)
    return -ENAMETOOLONG;
  memmove(w->todo + size, rest, left + 1);
  memcpy(w->todo, text, (size_t)size);
  return 0;
}

/* Goes down from the base by the names of `done`. */
static int walk_down(struct walk *w) {
  char names[PATH_MAX], *at = NULL;
  memcpy(names, w->done, strlen(w->done) + 1);
  walk_enter(w, w->base);
  for (char *name = strtok_r(names, "/", &at); name; name = strtok_r(NULL, "/", &at)) {
    int fd = open_directory(w->fd, name);
    if (fd < 0)
      return fd;
    walk_enter(w, fd);
  }
  return 0;
}

static int walk_up(struct walk *w) {
  if (w->done[0] == '\0')
    return -WASI_OUTSIDE;
  char *slash = strrchr(w->done, '/');
  *(slash ? slash : w->done) = '\0';
  return walk_down(w);
}

static int walk_into(struct walk *w, const char *name, const char *rest) {
  int fd = open_directory(w->fd, name);
  if (fd == -ENOTDIR || fd == -ELOOP) {
    int status = walk_link(w, name, rest);
    return status == -EINVAL ? -ENOTDIR : status; /* EINVAL: it is no link */
  }
  if (fd < 0)
    return fd;
  walk_enter(w, fd);
  size_t size = strlen(w->done), more = strlen(name);
  if (size + more + 2 > sizeof(w->done))
    return -ENAMETOOLONG;
  if (size > 0)
    w->done[size++] = '/';
  memcpy(w->done + size, name, more + 1);
  memmove(w->todo, rest, strlen(rest) + 1);
  return 0;
}

static bool is_link(int at, const char *name) {
  char text[1];
  return readlinkat(at, name, text, sizeof(text)) >= 0;
}

/* Of the functions below: there is more to do, `*ret_fd` is the end; or the negative of an errno. */
enum { GO_ON, FOUND };

static int walk_open(const struct walk *w, const char *name, int flags, int *ret_fd) {
  *ret_fd = openat(w->fd, name, flags, w->mode);
  return *ret_fd < 0 ? -errno : FOUND;
}

/* The last name. */
static int walk_end(struct walk *w, const char *name, int *ret_fd) {
  bool follow = !(w->flags & O_NOFOLLOW) && !(w->flags & O_CREAT && w->flags & O_EXCL);
  if (follow && is_link(w->fd, name))
    return walk_link(w, name, "");
  return walk_open(w, name, w->flags | O_NOFOLLOW, ret_fd);
}

/* The current directory, by "." or a slash at the end, or the one above it. */
static int walk_stay(struct walk *w, bool up, const char *rest, int *ret_fd) {
  int status = up ? walk_up(w) : 0;
  if (status != 0)
    return status;
  if (rest[strspn(rest, "/")] == '\0')
    return walk_open(w, ".", w->flags & ~O_NOFOLLOW, ret_fd);
  memmove(w->todo, rest, strlen(rest) + 1);
  return GO_ON;
}

/* One component. A name before a slash is a directory's, and a link there is followed. */
static int walk_step(struct walk *w, int *ret_fd) {
  size_t skip = strspn(w->todo, "/"), size = strcspn(w->todo + skip, "/");
  const char *rest = w->todo + skip + size;
  bool makes_directory = w->flags & O_CREAT && rest[0] == '/' && rest[strspn(rest, "/")] == '\0';
  char name[NAME_MAX + 1];
  if (size > NAME_MAX)
    return makes_directory ? -EISDIR : -ENAMETOOLONG; /* as the kernel, which looks at the slash first */
  memcpy(name, w->todo + skip, size);
  name[size] = '\0';
  bool up = strcmp(name, "..") == 0;
  if (up || size == 0 || strcmp(name, ".") == 0)
    return walk_stay(w, up, rest, ret_fd);
  if (rest[0] == '\0')
    return walk_end(w, name, ret_fd);
  if (makes_directory)
    return -EISDIR; /* no file is made with a name that says directory */
  return walk_into(w, name, rest);
}

int wasi_walk_open(int base, const char *path, int flags, mode_t mode) {
  struct walk w = {.base = base, .fd = base, .flags = flags, .mode = mode};
  if (strlen(path) >= sizeof(w.todo))
    return -ENAMETOOLONG;
  memcpy(w.todo, path, strlen(path) + 1);
  int fd = -1, status;
  do
    status = walk_step(&w, &fd);
  while (status == GO_ON);
  walk_enter(&w, base);
  return status == FOUND ? fd : status;
}
