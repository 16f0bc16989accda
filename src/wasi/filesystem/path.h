/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Paths of guests: opening what a path names below a directory, and nothing else. No step of a path leaves the
 * directory: neither `..` nor a symbolic link, whoever makes the link and whenever. Of WASI, any version: "WASI
 * filesystem path resolution" in wasi:filesystem/types.
 *
 * The kernel resolves paths itself where openat2() is there (RESOLVE_BENEATH); else walk.h goes component by component.
 */
#ifndef WASI_FILESYSTEM_PATH_H
#define WASI_FILESYSTEM_PATH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "wasi/filesystem/grant.h"

enum wasi_path_way {
  WASI_PATH_KERNEL, /* openat2() */
  WASI_PATH_WALK
};

/* A directory that paths start from. */
struct wasi_base {
  int fd;
  enum wasi_path_way way;
};

/* The way that this system offers: asks once with `directory`, an open one. */
enum wasi_path_way wasi_path_way_of(int directory);

/*
 * Copies a guest's path of `size` bytes into `ret`, terminated. 0, or the negative of an errno: ENOENT an empty path,
 * WASI_OUTSIDE an absolute one (which is copied, too), EINVAL one with a NUL, ENAMETOOLONG.
 */
int wasi_path_read(const char *path, size_t size, char ret[PATH_MAX]);

/*
 * Opens what `path` names, with the flags of open(2); O_CLOEXEC, O_NOCTTY and O_NONBLOCK are added, so that neither a
 * terminal nor a named pipe has an effect. O_NOFOLLOW is about the last component only. Gives a descriptor, or the
 * negative of an errno: WASI_OUTSIDE where the path leaves the base. Where `may_block` is false: -EAGAIN where the
 * answer is not in memory.
 */
int wasi_path_open(struct wasi_base base, const char *path, int flags, bool may_block);

/* Where a path's last name is to be made, changed or removed. */
struct wasi_place {
  int fd;           /* of the directory */
  bool opened;      /* `fd` is this place's own */
  bool slash;       /* the path ended in a slash: the name has to be a directory's */
  const char *name; /* in the path; one component, without slashes */
  char *cut;        /* the slash before it, which is none for now; NULL: there is none */
};

/*
 * Finds the directory of a path's last name. The path, a buffer, is cut where the name ends, and where the name begins
 * until wasi_place_close(). 0 or a negative errno.
 */
int wasi_place_open(struct wasi_base base, char *path, struct wasi_place *ret);
void wasi_place_close(struct wasi_place *place);

#endif
