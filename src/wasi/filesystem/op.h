/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The operations on files and directories, on C types and without a version of WASI: what each descriptor method does,
 * and what its flags allow. Streams are elsewhere. request.h runs operations beside the loop.
 *
 * An operation reads the arguments in its `struct wasi_op_call` and writes the results. It gives 0 or the negative of
 * an errno; error.def says what these are in WASI. It touches nothing else, so it runs on any thread. Where `may_block`
 * is false it gives -EAGAIN, and has done nothing, unless the answer is in memory.
 */
#ifndef WASI_FILESYSTEM_OP_H
#define WASI_FILESYSTEM_OP_H

#include "wasi/filesystem/file.h"
#include "wasi/filesystem/recent.h"

struct wasi_op_call {
  /* arguments */
  const struct wasi_file *file;  /* `self` */
  const struct wasi_file *other; /* of link, rename and is-same-object */
  char *path, *new_path;         /* as wasi_path_read() gives them; operations write into them */
  bool follow;                   /* a link that the path ends with */
  uint32_t open_flags, flags;    /* WASI_OPEN_*, WASI_FILE_* */
  struct timespec times[2];      /* accessed, modified; UTIME_NOW and UTIME_OMIT in tv_nsec */
  uint64_t offset, size;
  int advice;                 /* POSIX_FADV_* */
  struct wasi_recent *recent; /* of the loop's thread, where an operation must not block; or NULL */
  /* results */
  bool refused_new;      /* WASI_OUTSIDE is about `new_path` */
  int fd;                /* of open; -1: none */
  struct wasi_stat stat; /* of open, too */
  char *text;            /* of readlink: `text_room` bytes of the caller's; not terminated */
  size_t text_room, text_size;
};

typedef int wasi_op(struct wasi_op_call *call, bool may_block);

wasi_op wasi_op_stat, wasi_op_set_size, wasi_op_set_times, wasi_op_sync, wasi_op_sync_data, wasi_op_advise;

/* With a path. */
wasi_op wasi_op_open, wasi_op_stat_at, wasi_op_set_times_at, wasi_op_readlink, wasi_op_create_directory,
    wasi_op_remove_directory, wasi_op_unlink, wasi_op_symlink;
/* With two: `new_path` is below `other`. */
wasi_op wasi_op_link, wasi_op_rename;

/* The file that wasi_op_open() has opened; takes the descriptor, also on failure (NULL: memory is out). */
struct wasi_file *wasi_op_opened(const struct weir_alloc *alloc, struct wasi_op_call *call);
/* Closes the descriptor that nobody has taken, if there is one. */
void wasi_op_unopen(struct wasi_op_call *call);

/* 128 bits that differ, most likely, once a file was changed or replaced. */
void wasi_op_hash(const struct wasi_stat *stat, uint64_t ret[2]);

#endif
