/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See file.h. */
#include "wasi/filesystem/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/mem.h"

static struct timespec time_of(struct statx_timestamp t) {
  return (struct timespec){.tv_sec = t.tv_sec, .tv_nsec = t.tv_nsec};
}

/* Of what the kernel has: no question to another machine, which would block. */
static int ask(int at, const char *name, int flags, struct wasi_stat *ret) {
  struct statx s;
  if (statx(at, name, flags | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &s) != 0)
    return -errno;
  *ret = (struct wasi_stat){.mode = s.stx_mode,
                            .links = s.stx_nlink,
                            .size = s.stx_size,
                            .accessed = time_of(s.stx_atime),
                            .modified = time_of(s.stx_mtime),
                            .changed = time_of(s.stx_ctime),
                            .device = makedev(s.stx_dev_major, s.stx_dev_minor),
                            .inode = s.stx_ino,
                            .stands_for = makedev(s.stx_rdev_major, s.stx_rdev_minor)};
  return 0;
}

int wasi_stat_of(int fd, struct wasi_stat *ret) {
  return ask(fd, "", AT_EMPTY_PATH, ret);
}

int wasi_stat_at(int directory, const char *name, struct wasi_stat *ret) {
  return ask(directory, name, AT_SYMLINK_NOFOLLOW, ret);
}

bool wasi_file_is_local(const struct wasi_file *file) {
  struct statfs info;
  if (fstatfs(file->at.fd, &info) != 0)
    return false;
  return info.f_type == EXT4_SUPER_MAGIC || info.f_type == OVERLAYFS_SUPER_MAGIC || info.f_type == TMPFS_MAGIC;
}

struct wasi_file *wasi_file_new(const struct weir_alloc *alloc, int take_fd, const struct wasi_stat *stat) {
  struct wasi_file *file = mem_zalloc(alloc, sizeof(*file));
  if (!file) {
    close(take_fd);
    return NULL;
  }
  *file = (struct wasi_file){.alloc = alloc,
                             .refs = 1,
                             .at.fd = take_fd,
                             .type = stat->mode & S_IFMT,
                             .device = stat->device,
                             .inode = stat->inode,
                             .warm = UINT64_MAX};
  return file;
}

struct wasi_file *wasi_file_ref(struct wasi_file *file) {
  file->refs++;
  return file;
}

void wasi_file_unref(struct wasi_file *file) {
  if (!file || --file->refs > 0)
    return;
  close(file->at.fd);
  mem_free(file->alloc, file, sizeof(*file));
}

/* ---- reading and writing ----------------------------------------------------------------------------------------- */

/* Pipes and terminals have no offsets. */
static bool has_offsets(const struct wasi_file *file) {
  return file->type == S_IFREG || file->type == S_IFBLK;
}

ssize_t wasi_file_read(const struct wasi_file *file, void *buffer, size_t size, uint64_t offset, bool may_block) {
  struct iovec to = {buffer, size};
  ssize_t count;
  if (!(file->flags & WASI_FILE_READ))
    return file->type == S_IFDIR ? -EISDIR : -EBADF;
  if (has_offsets(file) && offset > INT64_MAX)
    return 0; /* beyond what a file can have */
  do
    count = preadv2(file->at.fd, &to, 1, has_offsets(file) ? (off_t)offset : -1, may_block ? 0 : RWF_NOWAIT);
  while (count < 0 && errno == EINTR);
  if (count < 0 && !may_block && errno == EOPNOTSUPP)
    return -EAGAIN; /* the file system does not know RWF_NOWAIT: anything may block */
  return count < 0 ? -errno : count;
}

ssize_t wasi_file_write(const struct wasi_file *file, const void *bytes, size_t size, uint64_t offset, bool may_block) {
  struct iovec from = {(void *)(uintptr_t)bytes, size};
  bool append = offset == WASI_FILE_END;
  int flags = (may_block ? 0 : RWF_NOWAIT) | (append && has_offsets(file) ? RWF_APPEND : 0);
  ssize_t count;
  if (!(file->flags & WASI_FILE_WRITE))
    return file->type == S_IFDIR ? -EISDIR : -EBADF;
  if (has_offsets(file) && !append && offset > INT64_MAX - size)
    return -EFBIG;
  bool plain = flags == 0 && has_offsets(file); /* which costs less */
  do
    count = plain ? pwrite(file->at.fd, bytes, size, (off_t)offset)
                  : pwritev2(file->at.fd, &from, 1, has_offsets(file) && !append ? (off_t)offset : -1, flags);
  while (count < 0 && errno == EINTR);
  return count < 0 ? -errno : count;
}
