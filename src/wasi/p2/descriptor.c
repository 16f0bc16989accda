/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The functions of a descriptor of wasi:filesystem/types@0.2 that are one operation (wasi/filesystem/op.h). Each fills
 * a `struct wasi_op_call` and begins the operation. Where the answer is in memory the call is finished at once; else
 * the guest is held while a request goes on beside the loop.
 *
 * In order: what results are in C; beginning an operation; functions of one descriptor; with a path; with two.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "wasi/filesystem/grant.h"
#include "wasi/p2/filesystem.h"
#include "wasi/p2/p2.h"

/* The bits of the interface are those of the operations. */
#define SAME_BIT(a, b) _Static_assert((int)(a) == (int)(b), #a)
SAME_BIT(WASI_P2_FILESYSTEM_DESCRIPTOR_FLAGS_READ, WASI_FILE_READ);
SAME_BIT(WASI_P2_FILESYSTEM_DESCRIPTOR_FLAGS_WRITE, WASI_FILE_WRITE);
SAME_BIT(WASI_P2_FILESYSTEM_DESCRIPTOR_FLAGS_FILE_INTEGRITY_SYNC, WASI_FILE_SYNC);
SAME_BIT(WASI_P2_FILESYSTEM_DESCRIPTOR_FLAGS_DATA_INTEGRITY_SYNC, WASI_FILE_DATA_SYNC);
SAME_BIT(WASI_P2_FILESYSTEM_DESCRIPTOR_FLAGS_REQUESTED_WRITE_SYNC, WASI_FILE_REQUESTED_SYNC);
SAME_BIT(WASI_P2_FILESYSTEM_DESCRIPTOR_FLAGS_MUTATE_DIRECTORY, WASI_FILE_MUTATE);
SAME_BIT(WASI_P2_FILESYSTEM_OPEN_FLAGS_CREATE, WASI_OPEN_CREATE);
SAME_BIT(WASI_P2_FILESYSTEM_OPEN_FLAGS_DIRECTORY, WASI_OPEN_DIRECTORY);
SAME_BIT(WASI_P2_FILESYSTEM_OPEN_FLAGS_EXCLUSIVE, WASI_OPEN_EXCLUSIVE);
SAME_BIT(WASI_P2_FILESYSTEM_OPEN_FLAGS_TRUNCATE, WASI_OPEN_TRUNCATE);

/* ---- results ----------------------------------------------------------------------------------------------------- */

/* Finishes a host call with the outcome of an operation. */
typedef void give_fn(struct wasi_p2 *p2, weir_host_call *call, struct wasi_op_call *op, int status);

static void give_nothing(struct wasi_p2 *p2, weir_host_call *call, struct wasi_op_call *op, int status) {
  (void)p2, (void)op;
  struct wasi_result_none_p2_filesystem_error_code result = {.failed = status != 0,
                                                             .error = wasi_p2_error_code(-status)};
  wasi_p2_filesystem_descriptor_sync_return(call, &result);
}

/* 0.2 knows no time before 1970. */
static struct wasi_option_p2_clocks_datetime datetime_of(struct timespec time) {
  uint64_t seconds = time.tv_sec < 0 ? 0 : (uint64_t)time.tv_sec;
  return (struct wasi_option_p2_clocks_datetime){time.tv_sec >= 0, {seconds, (uint32_t)time.tv_nsec}};
}

static void give_stat(struct wasi_p2 *p2, weir_host_call *call, struct wasi_op_call *op, int status) {
  (void)p2;
  struct wasi_result_p2_filesystem_descriptor_stat_p2_filesystem_error_code result = {
      .failed = status != 0, .error = wasi_p2_error_code(-status)};
  result.ok = (struct wasi_p2_filesystem_descriptor_stat){
      .type = wasi_p2_kind_of_mode(op->stat.mode),
      .link_count = op->stat.links,
      .size = op->stat.size,
      .data_access_timestamp = datetime_of(op->stat.accessed),
      .data_modification_timestamp = datetime_of(op->stat.modified),
      .status_change_timestamp = datetime_of(op->stat.changed),
  };
  wasi_p2_filesystem_descriptor_stat_return(call, &result);
}

static void give_hash(struct wasi_p2 *p2, weir_host_call *call, struct wasi_op_call *op, int status) {
  (void)p2;
  struct wasi_result_p2_filesystem_metadata_hash_value_p2_filesystem_error_code result = {
      .failed = status != 0, .error = wasi_p2_error_code(-status)};
  uint64_t hash[2];
  wasi_op_hash(&op->stat, hash);
  result.ok = (struct wasi_p2_filesystem_metadata_hash_value){.lower = hash[0], .upper = hash[1]};
  wasi_p2_filesystem_descriptor_metadata_hash_return(call, &result);
}

static void give_text(struct wasi_p2 *p2, weir_host_call *call, struct wasi_op_call *op, int status) {
  (void)p2;
  if (status == 0 && !utf8_valid((const uint8_t *)op->text, op->text_size))
    status = -EILSEQ;
  struct wasi_result_text_p2_filesystem_error_code result = {.failed = status != 0,
                                                             .error = wasi_p2_error_code(-status)};
  result.ok = (struct wasi_text){op->text, op->text_size};
  wasi_p2_filesystem_descriptor_readlink_at_return(call, &result);
}

static void give_opened(struct wasi_p2 *p2, weir_host_call *call, struct wasi_op_call *op, int status) {
  struct wasi_result_p2_filesystem_descriptor_p2_filesystem_error_code result = {0};
  if (status == 0) {
    struct wasi_file *file = wasi_op_opened(p2->files->alloc, op);
    status = file ? wasi_table_add(&p2->files->table, file, &result.ok) : -ENOMEM;
  }
  result.failed = status != 0;
  result.error = wasi_p2_error_code(-status);
  wasi_p2_filesystem_descriptor_open_at_return(call, &result);
}

/* ---- beginning --------------------------------------------------------------------------------------------------- */

/* An operation, and what its result is. */
struct kind {
  wasi_op *op;
  give_fn *give;
};

#define NOTHING(op) ((struct kind){op, give_nothing})

/* A call whose operation goes on beside the loop. */
struct waiting {
  struct wasi_p2 *p2;
  weir_host_call *call;
  give_fn *give;
  struct wasi_request *request;
};

/* Ends a host call, and tells the embedder where its grants were too small. */
static void end(struct wasi_p2 *p2, weir_host_call *call, give_fn *give, struct wasi_op_call *op, int status) {
  const char *path = op->refused_new ? op->new_path : op->path;
  if (status == -WASI_OUTSIDE || status == -WASI_NOT_GRANTED)
    wasi_filesystem_tell(p2->files, status == -WASI_OUTSIDE ? WEIR_WASI_GRANT_DIR : WEIR_WASI_GRANT_CHANGES, path);
  give(p2, call, op, status);
}

static void finish(struct wasi_request *request) {
  struct waiting *w = request->data;
  end(w->p2, w->call, w->give, &request->call, request->status);
  mem_free(w->p2->alloc, w, sizeof(*w));
}

static void cancelled(void *data, weir_host_call *call) {
  struct waiting *w = data;
  wasi_request_drop(w->request);
  mem_free(w->p2->alloc, w, sizeof(*w));
  weir_host_call_cancelled(call);
}

/* 0, or the negative of an errno: it does not wait. */
static int wait(struct wasi_p2 *p2, weir_host_call *call, struct kind kind, struct wasi_op_call *op) {
  struct waiting *w = mem_zalloc(p2->alloc, sizeof(*w));
  if (!w)
    return -ENOMEM;
  *w = (struct waiting){.p2 = p2, .call = call, .give = kind.give};
  int status = wasi_request_new(&p2->files->requests, kind.op, op, finish, w, &w->request);
  if (status == 0)
    weir_host_call_on_cancel(call, cancelled, w, NULL);
  else
    mem_free(p2->alloc, w, sizeof(*w));
  return status;
}

static void begin(struct wasi_p2 *p2, weir_host_call *call, struct kind kind, struct wasi_op_call *op) {
  char text[PATH_MAX];
  op->text = text;
  op->recent = &p2->files->recent;
  int status = op->file ? kind.op(op, false) : -EBADF;
  if (status == -EAGAIN) {
    status = wait(p2, call, kind, op);
    if (status == 0)
      return;
  }
  end(p2, call, kind.give, op, status);
}

/* As begin(), with one path. */
static void begin_at(struct wasi_p2 *p2, weir_host_call *call, struct kind kind, struct wasi_op_call *op,
                     struct wasi_text path) {
  char room[PATH_MAX];
  int status = wasi_path_read(path.data, path.size, room);
  op->path = room;
  op->refused_new = false;
  if (status == 0)
    begin(p2, call, kind, op);
  else
    end(p2, call, kind.give, op, status);
}

/* As begin(), with two paths. */
static void begin_between(struct wasi_p2 *p2, weir_host_call *call, struct kind kind, struct wasi_op_call *op,
                          struct wasi_text path, struct wasi_text new_path) {
  char room[PATH_MAX];
  int status = wasi_path_read(new_path.data, new_path.size, room);
  op->new_path = room;
  op->refused_new = true;
  if (status == 0)
    begin_at(p2, call, kind, op, path);
  else
    end(p2, call, kind.give, op, status);
}

/* A guest has no handle that the table does not have; but hooks may give others. */
static struct wasi_op_call op_of(const struct wasi_p2 *p2, uint64_t self) {
  return (struct wasi_op_call){.file = wasi_table_get(&p2->files->table, self), .fd = -1};
}

static struct wasi_op_call op_at(const struct wasi_p2 *p2, uint64_t self, uint32_t path_flags) {
  struct wasi_op_call op = op_of(p2, self);
  op.follow = path_flags & WASI_P2_FILESYSTEM_PATH_FLAGS_SYMLINK_FOLLOW;
  return op;
}

/* ---- one descriptor ---------------------------------------------------------------------------------------------- */

void wasi_p2_filesystem_descriptor_advise(struct wasi_p2 *p2, weir_host_call *call, uint64_t self, uint64_t offset,
                                          uint64_t length, enum wasi_p2_filesystem_advice advice) {
  static const int advices[] = {
      [WASI_P2_FILESYSTEM_ADVICE_NORMAL] = POSIX_FADV_NORMAL,
      [WASI_P2_FILESYSTEM_ADVICE_SEQUENTIAL] = POSIX_FADV_SEQUENTIAL,
      [WASI_P2_FILESYSTEM_ADVICE_RANDOM] = POSIX_FADV_RANDOM,
      [WASI_P2_FILESYSTEM_ADVICE_WILL_NEED] = POSIX_FADV_WILLNEED,
      [WASI_P2_FILESYSTEM_ADVICE_DONT_NEED] = POSIX_FADV_DONTNEED,
      [WASI_P2_FILESYSTEM_ADVICE_NO_REUSE] = POSIX_FADV_NOREUSE,
  };
  struct wasi_op_call op = op_of(p2, self);
  op.offset = offset;
  op.size = length;
  op.advice = advices[advice];
  begin(p2, call, NOTHING(wasi_op_advise), &op);
}

void wasi_p2_filesystem_descriptor_sync_data(struct wasi_p2 *p2, weir_host_call *call, uint64_t self) {
  struct wasi_op_call op = op_of(p2, self);
  begin(p2, call, NOTHING(wasi_op_sync_data), &op);
}

void wasi_p2_filesystem_descriptor_sync(struct wasi_p2 *p2, weir_host_call *call, uint64_t self) {
  struct wasi_op_call op = op_of(p2, self);
  begin(p2, call, NOTHING(wasi_op_sync), &op);
}

void wasi_p2_filesystem_descriptor_set_size(struct wasi_p2 *p2, weir_host_call *call, uint64_t self, uint64_t size) {
  struct wasi_op_call op = op_of(p2, self);
  op.size = size;
  begin(p2, call, NOTHING(wasi_op_set_size), &op);
}

/* False: it is no time. */
static bool time_of(struct wasi_p2_filesystem_new_timestamp given, struct timespec *ret) {
  struct wasi_p2_clocks_datetime at = given.of.timestamp;
  *ret = (struct timespec){.tv_nsec = given.tag == WASI_P2_FILESYSTEM_NEW_TIMESTAMP_NOW ? UTIME_NOW : UTIME_OMIT};
  if (given.tag != WASI_P2_FILESYSTEM_NEW_TIMESTAMP_TIMESTAMP)
    return true;
  *ret = (struct timespec){.tv_sec = (time_t)at.seconds, .tv_nsec = at.nanoseconds};
  return at.nanoseconds < 1000000000 && at.seconds <= INT64_MAX;
}

void wasi_p2_filesystem_descriptor_set_times(struct wasi_p2 *p2, weir_host_call *call, uint64_t self,
                                             struct wasi_p2_filesystem_new_timestamp accessed,
                                             struct wasi_p2_filesystem_new_timestamp modified) {
  struct wasi_op_call op = op_of(p2, self);
  if (time_of(accessed, &op.times[0]) && time_of(modified, &op.times[1]))
    begin(p2, call, NOTHING(wasi_op_set_times), &op);
  else
    give_nothing(p2, call, &op, -EINVAL);
}

void wasi_p2_filesystem_descriptor_stat(struct wasi_p2 *p2, weir_host_call *call, uint64_t self) {
  struct wasi_op_call op = op_of(p2, self);
  begin(p2, call, (struct kind){wasi_op_stat, give_stat}, &op);
}

void wasi_p2_filesystem_descriptor_metadata_hash(struct wasi_p2 *p2, weir_host_call *call, uint64_t self) {
  struct wasi_op_call op = op_of(p2, self);
  begin(p2, call, (struct kind){wasi_op_stat, give_hash}, &op);
}

/* ---- with a path ------------------------------------------------------------------------------------------------- */

void wasi_p2_filesystem_descriptor_stat_at(struct wasi_p2 *p2, weir_host_call *call, uint64_t self, uint32_t path_flags,
                                           struct wasi_text path) {
  struct wasi_op_call op = op_at(p2, self, path_flags);
  begin_at(p2, call, (struct kind){wasi_op_stat_at, give_stat}, &op, path);
}

void wasi_p2_filesystem_descriptor_metadata_hash_at(struct wasi_p2 *p2, weir_host_call *call, uint64_t self,
                                                    uint32_t path_flags, struct wasi_text path) {
  struct wasi_op_call op = op_at(p2, self, path_flags);
  begin_at(p2, call, (struct kind){wasi_op_stat_at, give_hash}, &op, path);
}

void wasi_p2_filesystem_descriptor_set_times_at(struct wasi_p2 *p2, weir_host_call *call, uint64_t self,
                                                uint32_t path_flags, struct wasi_text path,
                                                struct wasi_p2_filesystem_new_timestamp accessed,
                                                struct wasi_p2_filesystem_new_timestamp modified) {
  struct wasi_op_call op = op_at(p2, self, path_flags);
  if (time_of(accessed, &op.times[0]) && time_of(modified, &op.times[1]))
    begin_at(p2, call, NOTHING(wasi_op_set_times_at), &op, path);
  else
    give_nothing(p2, call, &op, -EINVAL);
}

void wasi_p2_filesystem_descriptor_open_at(struct wasi_p2 *p2, weir_host_call *call, uint64_t self, uint32_t path_flags,
                                           struct wasi_text path, uint32_t open_flags, uint32_t flags) {
  struct wasi_op_call op = op_at(p2, self, path_flags);
  op.open_flags = open_flags;
  op.flags = flags | (op.file ? op.file->flags & WASI_FILE_MUTATE : 0); /* 0.2's guests do not ask for it */
  begin_at(p2, call, (struct kind){wasi_op_open, give_opened}, &op, path);
}

void wasi_p2_filesystem_descriptor_readlink_at(struct wasi_p2 *p2, weir_host_call *call, uint64_t self,
                                               struct wasi_text path) {
  struct wasi_op_call op = op_of(p2, self);
  op.text_room = PATH_MAX;
  begin_at(p2, call, (struct kind){wasi_op_readlink, give_text}, &op, path);
}

void wasi_p2_filesystem_descriptor_create_directory_at(struct wasi_p2 *p2, weir_host_call *call, uint64_t self,
                                                       struct wasi_text path) {
  struct wasi_op_call op = op_of(p2, self);
  begin_at(p2, call, NOTHING(wasi_op_create_directory), &op, path);
}

void wasi_p2_filesystem_descriptor_remove_directory_at(struct wasi_p2 *p2, weir_host_call *call, uint64_t self,
                                                       struct wasi_text path) {
  struct wasi_op_call op = op_of(p2, self);
  begin_at(p2, call, NOTHING(wasi_op_remove_directory), &op, path);
}

void wasi_p2_filesystem_descriptor_unlink_file_at(struct wasi_p2 *p2, weir_host_call *call, uint64_t self,
                                                  struct wasi_text path) {
  struct wasi_op_call op = op_of(p2, self);
  begin_at(p2, call, NOTHING(wasi_op_unlink), &op, path);
}

/* ---- with two paths ---------------------------------------------------------------------------------------------- */

void wasi_p2_filesystem_descriptor_link_at(struct wasi_p2 *p2, weir_host_call *call, uint64_t self,
                                           uint32_t old_path_flags, struct wasi_text old_path, uint64_t new_descriptor,
                                           struct wasi_text new_path) {
  struct wasi_op_call op = op_at(p2, self, old_path_flags);
  op.other = wasi_table_get(&p2->files->table, new_descriptor);
  if (!op.other)
    op.file = NULL;
  begin_between(p2, call, NOTHING(wasi_op_link), &op, old_path, new_path);
}

void wasi_p2_filesystem_descriptor_rename_at(struct wasi_p2 *p2, weir_host_call *call, uint64_t self,
                                             struct wasi_text old_path, uint64_t new_descriptor,
                                             struct wasi_text new_path) {
  struct wasi_op_call op = op_of(p2, self);
  op.other = wasi_table_get(&p2->files->table, new_descriptor);
  if (!op.other)
    op.file = NULL;
  begin_between(p2, call, NOTHING(wasi_op_rename), &op, old_path, new_path);
}

void wasi_p2_filesystem_descriptor_symlink_at(struct wasi_p2 *p2, weir_host_call *call, uint64_t self,
                                              struct wasi_text old_path, struct wasi_text new_path) {
  struct wasi_op_call op = op_of(p2, self);
  begin_between(p2, call, NOTHING(wasi_op_symlink), &op, old_path, new_path);
}
