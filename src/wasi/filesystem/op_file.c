/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Operations on what is open. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wasi/filesystem/op.h"

int wasi_op_stat(struct wasi_op_call *call, bool may_block) {
  (void)may_block;
  return wasi_stat_of(call->file->at.fd, &call->stat);
}

static int outcome(int status) {
  return status == 0 ? 0 : -errno;
}

int wasi_op_set_size(struct wasi_op_call *call, bool may_block) {
  const struct wasi_file *file = call->file;
  if (!(file->flags & WASI_FILE_WRITE))
    return file->type == S_IFDIR ? -EISDIR : -EBADF;
  if (call->size > INT64_MAX)
    return -EFBIG;
  return may_block ? outcome(ftruncate(file->at.fd, (off_t)call->size)) : -EAGAIN;
}

int wasi_op_set_times(struct wasi_op_call *call, bool may_block) {
  if (!call->file->changeable)
    return -WASI_NOT_GRANTED;
  return may_block ? outcome(futimens(call->file->at.fd, call->times)) : -EAGAIN;
}

/* Without effect on what was not opened to be changed. */
static int sync_with(const struct wasi_file *file, int (*sync)(int fd), bool may_block) {
  if (!(file->flags & (WASI_FILE_WRITE | WASI_FILE_MUTATE)))
    return 0;
  if (!may_block)
    return -EAGAIN;
  int status = outcome(sync(file->at.fd));
  return status == -EINVAL || status == -EROFS ? 0 : status; /* what cannot be synced: pipes, devices */
}

int wasi_op_sync(struct wasi_op_call *call, bool may_block) {
  return sync_with(call->file, fsync, may_block);
}

int wasi_op_sync_data(struct wasi_op_call *call, bool may_block) {
  return sync_with(call->file, fdatasync, may_block);
}

int wasi_op_advise(struct wasi_op_call *call, bool may_block) {
  if (call->file->type != S_IFREG)
    return -EBADF;
  if (call->offset > INT64_MAX || call->size > INT64_MAX - call->offset)
    return -EINVAL;
  return may_block ? -posix_fadvise(call->file->at.fd, (off_t)call->offset, (off_t)call->size, call->advice) : -EAGAIN;
}

/* ---- hashes ------------------------------------------------------------------------------------------------------ */

/* The mixing step of SplitMix64. */
static uint64_t mix(uint64_t state, uint64_t word) {
  uint64_t z = (state ^ word) + 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

void wasi_op_hash(const struct wasi_stat *stat, uint64_t ret[2]) {
  const uint64_t words[] = {
      stat->device,
      stat->inode,
      stat->size,
      (uint64_t)stat->modified.tv_sec,
      (uint64_t)stat->modified.tv_nsec,
      (uint64_t)stat->changed.tv_sec,
      (uint64_t)stat->changed.tv_nsec,
  };
  ret[0] = 1;
  ret[1] = 2;
  for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
    ret[0] = mix(ret[0], words[i]);
    ret[1] = mix(ret[1], words[i]);
  }
}
