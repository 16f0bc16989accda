/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * An open file or directory: what descriptors of guests stand for. Counted, since streams and requests go on with one
 * whose descriptor the guest has dropped. Counts and `warm` change on the loop's thread only; the rest does not change.
 *
 * The bits are those of `descriptor-flags` and `open-flags` in both versions of WASI.
 */
#ifndef WASI_FILESYSTEM_FILE_H
#define WASI_FILESYSTEM_FILE_H

#include <stdint.h>
#include <time.h>

#include "wasi/filesystem/path.h"
#include "weir/alloc.h"

enum {
  WASI_FILE_READ = 1,
  WASI_FILE_WRITE = 2,
  WASI_FILE_SYNC = 4,
  WASI_FILE_DATA_SYNC = 8,
  WASI_FILE_REQUESTED_SYNC = 16,
  WASI_FILE_MUTATE = 32 /* of a directory: what is below it may be made, changed and removed */
};

enum { WASI_OPEN_CREATE = 1, WASI_OPEN_DIRECTORY = 2, WASI_OPEN_EXCLUSIVE = 4, WASI_OPEN_TRUNCATE = 8 };

struct wasi_file {
  const struct weir_alloc *alloc;
  unsigned refs;
  struct wasi_base at; /* its descriptor, and how paths below it are resolved */
  mode_t type;         /* S_IFREG, ... */
  uint32_t flags;      /* WASI_FILE_* */
  bool changeable;     /* its attributes may be changed: it was opened below a directory with MUTATE */
  dev_t device;
  ino_t inode;
  uint64_t warm; /* the page that was written last; pace.h */
};

/* The attributes of a file. */
struct wasi_stat {
  mode_t mode;
  uint64_t links, size;
  struct timespec accessed, modified, changed;
  dev_t device;
  ino_t inode;
  dev_t stands_for; /* of a device's file: the device */
};

/* Asks for the attributes of an open descriptor, O_PATH too. Does not block. 0 or a negative errno. */
int wasi_stat_of(int fd, struct wasi_stat *ret);

/* The same of a name in an open directory: of a link itself. May block. */
int wasi_stat_at(int directory, const char *name, struct wasi_stat *ret);

/* Whether it is on a file system of a kind that has its memory and disk on this machine: ext4, tmpfs, overlays. */
bool wasi_file_is_local(const struct wasi_file *file);

/* Takes `take_fd`, also on failure (NULL: memory is out). With one reference. */
struct wasi_file *wasi_file_new(const struct weir_alloc *alloc, int take_fd, const struct wasi_stat *stat);

struct wasi_file *wasi_file_ref(struct wasi_file *file);
/* Closes it with the last reference. NULL is allowed. */
void wasi_file_unref(struct wasi_file *file);

/*
 * Reading and writing at an offset: a number of bytes (0: the end), or the negative of an errno. Where `may_block` is
 * false only what is in memory is read, and only what memory takes is written: -EAGAIN where that is nothing, and of a
 * write -EOPNOTSUPP where the file system cannot say.
 * WASI_FILE_END as the offset of a write appends.
 */
#define WASI_FILE_END UINT64_MAX
ssize_t wasi_file_read(const struct wasi_file *file, void *buffer, size_t size, uint64_t offset, bool may_block);
ssize_t wasi_file_write(const struct wasi_file *file, const void *bytes, size_t size, uint64_t offset, bool may_block);

#endif
