/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Operations with a path. Those that make, change or remove a name look up its directory (wasi_place_open()) and then
 * call the kernel with the name alone, which follows no link. Those that concern what a path names open that as O_PATH
 * first. In order: what the flags of a directory allow; open; attributes; links; names.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "wasi/filesystem/op.h"

static int outcome(int status) {
  return status == 0 ? 0 : -errno;
}

static int check_directory(const struct wasi_file *file) {
  return file->type == S_IFDIR ? 0 : -ENOTDIR;
}

static int check_mutable(const struct wasi_file *file) {
  int status = check_directory(file);
  if (status != 0)
    return status;
  if (file->flags & WASI_FILE_MUTATE)
    return 0;
  return file->changeable ? -EROFS : -WASI_NOT_GRANTED; /* the guest did not ask for it; it could not */
}

/* ---- open -------------------------------------------------------------------------------------------------------- */

static bool changes(const struct wasi_op_call *call) {
  return call->flags & (WASI_FILE_WRITE | WASI_FILE_MUTATE) ||
         call->open_flags & (WASI_OPEN_CREATE | WASI_OPEN_TRUNCATE);
}

static int check_open(const struct wasi_op_call *call) {
  int status = changes(call) ? check_mutable(call->file) : check_directory(call->file);
  if (status != 0)
    return status;
  uint32_t making = WASI_OPEN_CREATE | WASI_OPEN_EXCLUSIVE | WASI_OPEN_TRUNCATE;
  return call->open_flags & WASI_OPEN_DIRECTORY && call->open_flags & making ? -EINVAL : 0;
}

/* A directory is opened for reading, whatever the guest may do below it. */
static int system_flags(const struct wasi_op_call *call) {
  uint32_t access = call->flags & (WASI_FILE_READ | WASI_FILE_WRITE);
  int flags = access == (WASI_FILE_READ | WASI_FILE_WRITE) ? O_RDWR : O_RDONLY;
  if (access == WASI_FILE_WRITE)
    flags = O_WRONLY;
  if (call->flags & (WASI_FILE_SYNC | WASI_FILE_REQUESTED_SYNC))
    flags |= O_SYNC;
  else if (call->flags & WASI_FILE_DATA_SYNC)
    flags |= O_DSYNC;
  flags |= call->open_flags & WASI_OPEN_CREATE ? O_CREAT : 0;
  flags |= call->open_flags & WASI_OPEN_EXCLUSIVE ? O_EXCL : 0;
  flags |= call->open_flags & WASI_OPEN_TRUNCATE ? O_TRUNC : 0;
  flags |= call->open_flags & WASI_OPEN_DIRECTORY ? O_DIRECTORY : 0;
  return flags | (call->follow ? 0 : O_NOFOLLOW);
}

/*
 * A device's file leads out of its directory, to whatever the device is: it is refused but for those that lead nowhere
 * (null, zero, full, random, urandom).
 */
static int check_opened(const struct wasi_stat *stat) {
  enum { MEMORY = 1 };
  static const bool harmless[] = {[3] = true, [5] = true, [7] = true, [8] = true, [9] = true};
  unsigned number = minor(stat->stands_for);
  if (S_ISCHR(stat->mode) && major(stat->stands_for) == MEMORY && number < sizeof(harmless) && harmless[number])
    return 0;
  return S_ISCHR(stat->mode) || S_ISBLK(stat->mode) ? -EPERM : 0;
}

int wasi_op_open(struct wasi_op_call *call, bool may_block) {
  int status = check_open(call);
  if (status != 0)
    return status;
  call->fd = wasi_path_open(call->file->at, call->path, system_flags(call), may_block);
  if (call->fd < 0)
    return call->fd;
  status = wasi_stat_of(call->fd, &call->stat);
  if (status == 0)
    status = check_opened(&call->stat);
  if (status != 0)
    wasi_op_unopen(call);
  return status;
}

void wasi_op_unopen(struct wasi_op_call *call) {
  if (call->fd >= 0)
    close(call->fd);
  call->fd = -1;
}

/* MUTATE is about directories only. */
struct wasi_file *wasi_op_opened(const struct weir_alloc *alloc, struct wasi_op_call *call) {
  struct wasi_file *file = wasi_file_new(alloc, call->fd, &call->stat);
  call->fd = -1;
  if (!file)
    return NULL;
  file->at.way = call->file->at.way;
  file->flags = S_ISDIR(call->stat.mode) ? call->flags : call->flags & ~(uint32_t)WASI_FILE_MUTATE;
  file->changeable = call->file->flags & WASI_FILE_MUTATE;
  return file;
}

/* ---- attributes -------------------------------------------------------------------------------------------------- */

static int open_named(const struct wasi_op_call *call, bool may_block) {
  return wasi_path_open(call->file->at, call->path, O_PATH | (call->follow ? 0 : O_NOFOLLOW), may_block);
}

/* One name is asked for in one call, unless it is a link's to be followed, or would have to be looked for on a disk. */
static int stat_name(struct wasi_op_call *call, bool may_block) {
  if (!may_block && !(call->recent && wasi_recent_has(call->recent, call->file, call->path)))
    return -EAGAIN;
  int status = wasi_stat_at(call->file->at.fd, call->path, &call->stat);
  return status == 0 && call->follow && S_ISLNK(call->stat.mode) ? -EAGAIN : status;
}

int wasi_op_stat_at(struct wasi_op_call *call, bool may_block) {
  int status = check_directory(call->file);
  if (status != 0)
    return status;
  bool is_name = wasi_recent_is_name(call->path);
  status = is_name ? stat_name(call, may_block) : -EAGAIN;
  if (status != -EAGAIN)
    return status;
  int fd = open_named(call, may_block);
  if (fd < 0)
    return fd;
  status = wasi_stat_of(fd, &call->stat);
  close(fd);
  if (is_name && !may_block && call->recent && status == 0)
    wasi_recent_add(call->recent, call->file, call->path);
  return status;
}

int wasi_op_set_times_at(struct wasi_op_call *call, bool may_block) {
  int status = check_mutable(call->file);
  if (status != 0 || !may_block)
    return status != 0 ? status : -EAGAIN;
  int fd = open_named(call, true);
  if (fd < 0)
    return fd;
  status = outcome(utimensat(fd, "", call->times, AT_EMPTY_PATH));
  close(fd);
  return status;
}

/* ---- slashes behind names ---------------------------------------------------------------------------------------- */

/* The type of what has the name itself, and not of what a link there leads to; or the negative of an errno. */
static int type_of(const struct wasi_place *place) {
  struct stat info;
  return fstatat(place->fd, place->name, &info, AT_SYMLINK_NOFOLLOW) == 0 ? (int)(info.st_mode & S_IFMT) : -errno;
}

/* A slash behind a name that is there, on either side of a move, says that a directory has the name. */
static int check_old(const struct wasi_place *place) {
  int type = type_of(place);
  if (type < 0)
    return type;
  return type == S_IFDIR ? 0 : -ENOTDIR;
}

/* A slash is behind no name that something new gets, unless a directory gets the name. */
static int check_new(const struct wasi_place *place) {
  if (!place->slash)
    return 0;
  int type = type_of(place);
  return type < 0 ? type : -EEXIST;
}

/* ---- links ------------------------------------------------------------------------------------------------------- */

/* What ends in a slash is a directory, or is not there: no link. */
static int read_no_link(const struct wasi_op_call *call, bool may_block) {
  int fd = wasi_path_open(call->file->at, call->path, O_PATH | O_DIRECTORY, may_block);
  if (fd < 0)
    return fd;
  close(fd);
  return -EINVAL;
}

static int read_link(struct wasi_op_call *call, const struct wasi_place *place) {
  ssize_t size = readlinkat(place->fd, place->name, call->text, call->text_room);
  if (size < 0)
    return -errno;
  if ((size_t)size == call->text_room)
    return -ENAMETOOLONG;
  call->text_size = (size_t)size;
  return size > 0 && call->text[0] == '/' ? -EPERM : 0;
}

/* An operation on the place that `path` names. */
static int with_place(struct wasi_op_call *call, int check, bool may_block,
                      int (*act)(struct wasi_op_call *call, const struct wasi_place *place)) {
  struct wasi_place place;
  if (check != 0 || !may_block)
    return check != 0 ? check : -EAGAIN;
  int status = wasi_place_open(call->file->at, call->path, &place);
  if (status != 0)
    return status;
  status = act(call, &place);
  wasi_place_close(&place);
  return status;
}

int wasi_op_readlink(struct wasi_op_call *call, bool may_block) {
  int status = check_directory(call->file);
  if (status == 0 && call->path[strlen(call->path) - 1] == '/')
    return read_no_link(call, may_block);
  return with_place(call, status, may_block, read_link);
}

/* `path` is what the link says, `new_path` where it is made. */
int wasi_op_symlink(struct wasi_op_call *call, bool may_block) {
  struct wasi_place place;
  int status = check_mutable(call->file);
  if (status != 0 || !may_block)
    return status != 0 ? status : -EAGAIN;
  status = wasi_place_open(call->file->at, call->new_path, &place);
  call->refused_new = status != 0;
  if (status != 0)
    return status;
  status = check_new(&place);
  if (status == 0)
    status = outcome(symlinkat(call->path, place.fd, place.name));
  wasi_place_close(&place);
  return status;
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

static int create_directory(struct wasi_op_call *call, const struct wasi_place *place) {
  (void)call;
  return outcome(mkdirat(place->fd, place->name, 0777));
}

static int remove_directory(struct wasi_op_call *call, const struct wasi_place *place) {
  (void)call;
  return outcome(unlinkat(place->fd, place->name, AT_REMOVEDIR));
}

static int remove_file(struct wasi_op_call *call, const struct wasi_place *place) {
  (void)call;
  int status = place->slash ? check_old(place) : 0;
  return status == 0 ? outcome(unlinkat(place->fd, place->name, 0)) : status;
}

int wasi_op_create_directory(struct wasi_op_call *call, bool may_block) {
  return with_place(call, check_mutable(call->file), may_block, create_directory);
}

int wasi_op_remove_directory(struct wasi_op_call *call, bool may_block) {
  return with_place(call, check_mutable(call->file), may_block, remove_directory);
}

int wasi_op_unlink(struct wasi_op_call *call, bool may_block) {
  return with_place(call, check_mutable(call->file), may_block, remove_file);
}

static int make_link(const struct wasi_place *from, const struct wasi_place *to) {
  int type = type_of(from);
  if (type < 0 || type == S_IFDIR)
    return type < 0 ? type : -EPERM;
  int status = from->slash ? -ENOTDIR : check_new(to);
  return status == 0 ? outcome(linkat(from->fd, from->name, to->fd, to->name, 0)) : status;
}

static int move(const struct wasi_place *from, const struct wasi_place *to) {
  int status = from->slash || to->slash ? check_old(from) : 0;
  return status == 0 ? outcome(renameat(from->fd, from->name, to->fd, to->name)) : status;
}

static int with_places(struct wasi_op_call *call, bool may_block,
                       int (*act)(const struct wasi_place *from, const struct wasi_place *to)) {
  struct wasi_place from, to;
  int status = check_mutable(call->file);
  if (status == 0)
    status = check_mutable(call->other);
  if (status != 0 || !may_block)
    return status != 0 ? status : -EAGAIN;
  status = wasi_place_open(call->file->at, call->path, &from);
  if (status != 0)
    return status;
  status = wasi_place_open(call->other->at, call->new_path, &to);
  call->refused_new = status != 0;
  if (status == 0) {
    status = act(&from, &to);
    wasi_place_close(&to);
  }
  wasi_place_close(&from);
  return status;
}

int wasi_op_link(struct wasi_op_call *call, bool may_block) {
  return call->follow ? -EINVAL : with_places(call, may_block, make_link);
}

int wasi_op_rename(struct wasi_op_call *call, bool may_block) {
  return with_places(call, may_block, move);
}
