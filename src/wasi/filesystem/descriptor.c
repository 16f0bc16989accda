/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The asynchronous functions of wasi:filesystem/types@0.3.0. Each fills a `struct wasi_op_call` and begins an operation
 * (op.h). Where the answer is in memory the call is finished at once; else a request goes on beside the loop, and a
 * guest that cancels the call, or whose store goes, gives the request up. In order: beginning an operation; functions
 * of one descriptor; functions with a path; with two.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "wasi/filesystem/answer.h"
#include "wasi/filesystem/error.h"
#include "wasi/filesystem/filesystem.h"
#include "wasi/filesystem/kind.h"

/* The bits of the interface are those of the operations. */
#define SAME_BIT(a, b) _Static_assert((int)(a) == (int)(b), #a)
SAME_BIT(WASI_FILESYSTEM_DESCRIPTOR_FLAGS_READ, WASI_FILE_READ);
SAME_BIT(WASI_FILESYSTEM_DESCRIPTOR_FLAGS_WRITE, WASI_FILE_WRITE);
SAME_BIT(WASI_FILESYSTEM_DESCRIPTOR_FLAGS_FILE_INTEGRITY_SYNC, WASI_FILE_SYNC);
SAME_BIT(WASI_FILESYSTEM_DESCRIPTOR_FLAGS_DATA_INTEGRITY_SYNC, WASI_FILE_DATA_SYNC);
SAME_BIT(WASI_FILESYSTEM_DESCRIPTOR_FLAGS_REQUESTED_WRITE_SYNC, WASI_FILE_REQUESTED_SYNC);
SAME_BIT(WASI_FILESYSTEM_DESCRIPTOR_FLAGS_MUTATE_DIRECTORY, WASI_FILE_MUTATE);
SAME_BIT(WASI_FILESYSTEM_OPEN_FLAGS_CREATE, WASI_OPEN_CREATE);
SAME_BIT(WASI_FILESYSTEM_OPEN_FLAGS_DIRECTORY, WASI_OPEN_DIRECTORY);
SAME_BIT(WASI_FILESYSTEM_OPEN_FLAGS_EXCLUSIVE, WASI_OPEN_EXCLUSIVE);
SAME_BIT(WASI_FILESYSTEM_OPEN_FLAGS_TRUNCATE, WASI_OPEN_TRUNCATE);

/* ---- beginning --------------------------------------------------------------------------------------------------- */

/* Ends a host call, and tells the embedder where its grants were too small. */
static void end(struct wasi_filesystem *files, weir_host_call *call, wasi_answer *answer, struct wasi_op_call *op,
                int status) {
  const char *path = op->refused_new ? op->new_path : op->path;
  if (status == -WASI_OUTSIDE || status == -WASI_NOT_GRANTED)
    wasi_filesystem_tell(files, status == -WASI_OUTSIDE ? WEIR_WASI_GRANT_DIR : WEIR_WASI_GRANT_CHANGES, path);
  answer(files, call, op, status);
}

static void finish(struct wasi_request *request, wasi_answer *answer) {
  struct wasi_filesystem *files = LIST_OWNER(request->requests, struct wasi_filesystem, requests);
  end(files, request->data, answer, &request->call, request->status);
}

static void done_nothing(struct wasi_request *request) {
  finish(request, wasi_answer_nothing);
}

static void done_stat(struct wasi_request *request) {
  finish(request, wasi_answer_stat);
}

static void done_hash(struct wasi_request *request) {
  finish(request, wasi_answer_hash);
}

static void done_text(struct wasi_request *request) {
  finish(request, wasi_answer_text);
}

static void done_opened(struct wasi_request *request) {
  finish(request, wasi_answer_opened);
}

/* An operation, and what its result is. */
struct kind {
  wasi_op *op;
  wasi_answer *answer;
  void (*done)(struct wasi_request *request);
};

#define NOTHING(op) ((struct kind){op, wasi_answer_nothing, done_nothing})

static void cancelled(void *data, weir_host_call *call) {
  wasi_request_drop(data);
  weir_host_call_cancelled(call);
}

static void begin(struct wasi_filesystem *files, weir_host_call *call, struct kind kind, struct wasi_op_call *op) {
  struct wasi_request *request;
  op->recent = &files->recent;
  int status = op->file ? kind.op(op, false) : -EBADF;
  if (status == -EAGAIN) {
    status = wasi_request_new(&files->requests, kind.op, op, kind.done, call, &request);
    if (status == 0) {
      weir_host_call_on_cancel(call, cancelled, request, NULL);
      return;
    }
  }
  end(files, call, kind.answer, op, status);
}

/* As begin(), with one path. */
static void begin_at(struct wasi_filesystem *files, weir_host_call *call, struct kind kind, struct wasi_op_call *op,
                     struct wasi_text path) {
  char room[PATH_MAX];
  int status = wasi_path_read(path.data, path.size, room);
  op->path = room;
  op->refused_new = false;
  if (status == 0)
    begin(files, call, kind, op);
  else
    end(files, call, kind.answer, op, status);
}

/* As begin(), with two paths. */
static void begin_between(struct wasi_filesystem *files, weir_host_call *call, struct kind kind,
                          struct wasi_op_call *op, struct wasi_text path, struct wasi_text new_path) {
  char room[PATH_MAX];
  int status = wasi_path_read(new_path.data, new_path.size, room);
  op->new_path = room;
  op->refused_new = true;
  if (status == 0)
    begin_at(files, call, kind, op, path);
  else
    end(files, call, kind.answer, op, status);
}

/* A guest has no handle that the table does not have; but hooks may give others. */
static struct wasi_op_call op_of(const struct wasi_filesystem *files, uint64_t self) {
  return (struct wasi_op_call){.file = wasi_table_get(&files->table, self), .fd = -1};
}

static struct wasi_op_call op_at(const struct wasi_filesystem *files, uint64_t self, uint32_t path_flags) {
  struct wasi_op_call op = op_of(files, self);
  op.follow = path_flags & WASI_FILESYSTEM_PATH_FLAGS_SYMLINK_FOLLOW;
  return op;
}

/* ---- one descriptor ---------------------------------------------------------------------------------------------- */

void wasi_filesystem_descriptor_advise(struct wasi_filesystem *files, weir_host_call *call, uint64_t self,
                                       uint64_t offset, uint64_t length, enum wasi_filesystem_advice advice) {
  static const int advices[] = {
      [WASI_FILESYSTEM_ADVICE_NORMAL] = POSIX_FADV_NORMAL,
      [WASI_FILESYSTEM_ADVICE_SEQUENTIAL] = POSIX_FADV_SEQUENTIAL,
      [WASI_FILESYSTEM_ADVICE_RANDOM] = POSIX_FADV_RANDOM,
      [WASI_FILESYSTEM_ADVICE_WILL_NEED] = POSIX_FADV_WILLNEED,
      [WASI_FILESYSTEM_ADVICE_DONT_NEED] = POSIX_FADV_DONTNEED,
      [WASI_FILESYSTEM_ADVICE_NO_REUSE] = POSIX_FADV_NOREUSE,
  };
  struct wasi_op_call op = op_of(files, self);
  op.offset = offset;
  op.size = length;
  op.advice = advices[advice];
  begin(files, call, NOTHING(wasi_op_advise), &op);
}

void wasi_filesystem_descriptor_sync_data(struct wasi_filesystem *files, weir_host_call *call, uint64_t self) {
  struct wasi_op_call op = op_of(files, self);
  begin(files, call, NOTHING(wasi_op_sync_data), &op);
}

void wasi_filesystem_descriptor_sync(struct wasi_filesystem *files, weir_host_call *call, uint64_t self) {
  struct wasi_op_call op = op_of(files, self);
  begin(files, call, NOTHING(wasi_op_sync), &op);
}

void wasi_filesystem_descriptor_get_flags(struct wasi_filesystem *files, weir_host_call *call, uint64_t self) {
  const struct wasi_file *file = wasi_table_get(&files->table, self);
  struct wasi_result_filesystem_descriptor_flags_filesystem_error_code result = {
      .failed = !file, .ok = file ? file->flags : 0, .error = wasi_error_code(EBADF)};
  wasi_filesystem_descriptor_get_flags_return(call, &result);
}

void wasi_filesystem_descriptor_get_type(struct wasi_filesystem *files, weir_host_call *call, uint64_t self) {
  const struct wasi_file *file = wasi_table_get(&files->table, self);
  struct wasi_result_filesystem_descriptor_type_filesystem_error_code result = {
      .failed = !file, .ok = wasi_kind_of_mode(file ? file->type : 0), .error = wasi_error_code(EBADF)};
  wasi_filesystem_descriptor_get_type_return(call, &result);
}

void wasi_filesystem_descriptor_is_same_object(struct wasi_filesystem *files, weir_host_call *call, uint64_t self,
                                               uint64_t other) {
  const struct wasi_file *a = wasi_table_get(&files->table, self), *b = wasi_table_get(&files->table, other);
  bool same = a && b && a->device == b->device && a->inode == b->inode;
  wasi_filesystem_descriptor_is_same_object_return(call, &same);
}

void wasi_filesystem_descriptor_set_size(struct wasi_filesystem *files, weir_host_call *call, uint64_t self,
                                         uint64_t size) {
  struct wasi_op_call op = op_of(files, self);
  op.size = size;
  begin(files, call, NOTHING(wasi_op_set_size), &op);
}

/* False: it is no time. */
static bool time_of(struct wasi_filesystem_new_timestamp given, struct timespec *ret) {
  struct wasi_clocks_instant at = given.of.timestamp;
  *ret = (struct timespec){.tv_nsec = given.tag == WASI_FILESYSTEM_NEW_TIMESTAMP_NOW ? UTIME_NOW : UTIME_OMIT};
  if (given.tag != WASI_FILESYSTEM_NEW_TIMESTAMP_TIMESTAMP)
    return true;
  *ret = (struct timespec){.tv_sec = at.seconds, .tv_nsec = at.nanoseconds};
  return at.nanoseconds < 1000000000;
}

void wasi_filesystem_descriptor_set_times(struct wasi_filesystem *files, weir_host_call *call, uint64_t self,
                                          struct wasi_filesystem_new_timestamp accessed,
                                          struct wasi_filesystem_new_timestamp modified) {
  struct wasi_op_call op = op_of(files, self);
  if (time_of(accessed, &op.times[0]) && time_of(modified, &op.times[1]))
    begin(files, call, NOTHING(wasi_op_set_times), &op);
  else
    wasi_answer_nothing(files, call, &op, -EINVAL);
}

void wasi_filesystem_descriptor_stat(struct wasi_filesystem *files, weir_host_call *call, uint64_t self) {
  struct wasi_op_call op = op_of(files, self);
  begin(files, call, (struct kind){wasi_op_stat, wasi_answer_stat, done_stat}, &op);
}

void wasi_filesystem_descriptor_metadata_hash(struct wasi_filesystem *files, weir_host_call *call, uint64_t self) {
  struct wasi_op_call op = op_of(files, self);
  begin(files, call, (struct kind){wasi_op_stat, wasi_answer_hash, done_hash}, &op);
}

void wasi_filesystem_descriptor_drop(struct wasi_filesystem *files, uint64_t rep) {
  wasi_table_remove(&files->table, rep);
}

/* ---- with a path ------------------------------------------------------------------------------------------------- */

void wasi_filesystem_descriptor_stat_at(struct wasi_filesystem *files, weir_host_call *call, uint64_t self,
                                        uint32_t path_flags, struct wasi_text path) {
  struct wasi_op_call op = op_at(files, self, path_flags);
  begin_at(files, call, (struct kind){wasi_op_stat_at, wasi_answer_stat, done_stat}, &op, path);
}

void wasi_filesystem_descriptor_metadata_hash_at(struct wasi_filesystem *files, weir_host_call *call, uint64_t self,
                                                 uint32_t path_flags, struct wasi_text path) {
  struct wasi_op_call op = op_at(files, self, path_flags);
  begin_at(files, call, (struct kind){wasi_op_stat_at, wasi_answer_hash, done_hash}, &op, path);
}

void wasi_filesystem_descriptor_set_times_at(struct wasi_filesystem *files, weir_host_call *call, uint64_t self,
                                             uint32_t path_flags, struct wasi_text path,
                                             struct wasi_filesystem_new_timestamp accessed,
                                             struct wasi_filesystem_new_timestamp modified) {
  struct wasi_op_call op = op_at(files, self, path_flags);
  if (time_of(accessed, &op.times[0]) && time_of(modified, &op.times[1]))
    begin_at(files, call, NOTHING(wasi_op_set_times_at), &op, path);
  else
    wasi_answer_nothing(files, call, &op, -EINVAL);
}

void wasi_filesystem_descriptor_open_at(struct wasi_filesystem *files, weir_host_call *call, uint64_t self,
                                        uint32_t path_flags, struct wasi_text path, uint32_t open_flags,
                                        uint32_t flags) {
  struct wasi_op_call op = op_at(files, self, path_flags);
  op.open_flags = open_flags;
  op.flags = flags;
  begin_at(files, call, (struct kind){wasi_op_open, wasi_answer_opened, done_opened}, &op, path);
}

void wasi_filesystem_descriptor_readlink_at(struct wasi_filesystem *files, weir_host_call *call, uint64_t self,
                                            struct wasi_text path) {
  struct wasi_op_call op = op_of(files, self);
  op.text_room = PATH_MAX;
  begin_at(files, call, (struct kind){wasi_op_readlink, wasi_answer_text, done_text}, &op, path);
}

void wasi_filesystem_descriptor_create_directory_at(struct wasi_filesystem *files, weir_host_call *call, uint64_t self,
                                                    struct wasi_text path) {
  struct wasi_op_call op = op_of(files, self);
  begin_at(files, call, NOTHING(wasi_op_create_directory), &op, path);
}

void wasi_filesystem_descriptor_remove_directory_at(struct wasi_filesystem *files, weir_host_call *call, uint64_t self,
                                                    struct wasi_text path) {
  struct wasi_op_call op = op_of(files, self);
  begin_at(files, call, NOTHING(wasi_op_remove_directory), &op, path);
}

void wasi_filesystem_descriptor_unlink_file_at(struct wasi_filesystem *files, weir_host_call *call, uint64_t self,
                                               struct wasi_text path) {
  struct wasi_op_call op = op_of(files, self);
  begin_at(files, call, NOTHING(wasi_op_unlink), &op, path);
}

/* ---- with two paths ---------------------------------------------------------------------------------------------- */

void wasi_filesystem_descriptor_link_at(struct wasi_filesystem *files, weir_host_call *call, uint64_t self,
                                        uint32_t old_path_flags, struct wasi_text old_path, uint64_t new_descriptor,
                                        struct wasi_text new_path) {
  struct wasi_op_call op = op_at(files, self, old_path_flags);
  op.other = wasi_table_get(&files->table, new_descriptor);
  if (!op.other)
    op.file = NULL;
  begin_between(files, call, NOTHING(wasi_op_link), &op, old_path, new_path);
}

void wasi_filesystem_descriptor_rename_at(struct wasi_filesystem *files, weir_host_call *call, uint64_t self,
                                          struct wasi_text old_path, uint64_t new_descriptor,
                                          struct wasi_text new_path) {
  struct wasi_op_call op = op_of(files, self);
  op.other = wasi_table_get(&files->table, new_descriptor);
  if (!op.other)
    op.file = NULL;
  begin_between(files, call, NOTHING(wasi_op_rename), &op, old_path, new_path);
}

void wasi_filesystem_descriptor_symlink_at(struct wasi_filesystem *files, weir_host_call *call, uint64_t self,
                                           struct wasi_text old_path, struct wasi_text new_path) {
  struct wasi_op_call op = op_of(files, self);
  begin_between(files, call, NOTHING(wasi_op_symlink), &op, old_path, new_path);
}
