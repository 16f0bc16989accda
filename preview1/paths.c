/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Paths below directories, and reading directories. */
#include "preview1.h"

uint32_t store_filestat(const struct result8 *found, const struct result8 *hash, guest ret);
uint32_t new_timestamp(uint32_t flags, uint64_t time, struct datetime *ret, bool *ret_bad);

/* A path of the program below a directory. False: *ret_error. */
struct place {
  handle directory;
  const char *path;
  uint32_t size;
};

static bool place_of(uint32_t number, guest path, uint32_t size, struct place *ret, uint32_t *ret_error) {
  const struct fd *fd = fd_of(number, FD_DIRECTORY, ret_error);
  if (!fd)
    return false;
  *ret = (struct place){fd->handle, app_copy(path, size), size};
  return true;
}

/* ---- functions of one path --------------------------------------------------------------------------------------- */

typedef void path_fn(handle directory, const char *path, uint32_t size, struct result1 *ret);

static uint32_t on_path(path_fn *fn, uint32_t number, guest path, uint32_t size) {
  struct place at;
  struct result1 result;
  uint32_t error;
  call_begin();
  if (!place_of(number, path, size, &at, &error))
    return error;
  fn(at.directory, at.path, at.size, &result);
  return errno_of1(&result);
}

EXPORT("path_create_directory") uint32_t path_create_directory(uint32_t number, guest path, uint32_t size) {
  return on_path(create_directory_at, number, path, size);
}

EXPORT("path_remove_directory") uint32_t path_remove_directory(uint32_t number, guest path, uint32_t size) {
  return on_path(remove_directory_at, number, path, size);
}

EXPORT("path_unlink_file") uint32_t path_unlink_file(uint32_t number, guest path, uint32_t size) {
  return on_path(unlink_file_at, number, path, size);
}

EXPORT("path_filestat_get")
uint32_t path_filestat_get(uint32_t number, uint32_t follow, guest path, uint32_t size, guest ret) {
  struct place at;
  struct result8 stat, hash = {0};
  uint32_t error;
  call_begin();
  if (!place_of(number, path, size, &at, &error))
    return error;
  stat_at(at.directory, follow & 1, at.path, at.size, &stat);
  if (!stat.failed)
    hash_at(at.directory, follow & 1, at.path, at.size, &hash);
  return store_filestat(&stat, &hash, ret);
}

EXPORT("path_filestat_set_times")
uint32_t path_filestat_set_times(uint32_t number, uint32_t follow, guest path, uint32_t size, uint64_t access,
                                 uint64_t modification, uint32_t flags) {
  struct place at;
  struct result1 result;
  struct datetime a, m;
  bool bad_a, bad_m;
  uint32_t error;
  call_begin();
  uint32_t how_a = new_timestamp(flags & 3, access, &a, &bad_a);
  uint32_t how_m = new_timestamp(flags >> 2 & 3, modification, &m, &bad_m);
  if (!place_of(number, path, size, &at, &error))
    return error;
  if (bad_a || bad_m)
    return E_INVAL;
  set_times_at(at.directory, follow & 1, at.path, at.size, how_a, a.seconds, a.nanoseconds, how_m, m.seconds,
               m.nanoseconds, &result);
  return errno_of1(&result);
}

EXPORT("path_readlink")
uint32_t path_readlink(uint32_t number, guest path, uint32_t size, guest to, uint32_t room, guest ret) {
  struct place at;
  struct result4 result;
  uint32_t error;
  call_begin();
  if (!place_of(number, path, size, &at, &error))
    return error;
  readlink_at(at.directory, at.path, at.size, &result);
  if (result.failed)
    return errno_of(result.of.error);
  uint32_t count = result.of.bytes.size < room ? result.of.bytes.size : room;
  app_store(to, result.of.bytes.data, count);
  app_store_u32(ret, count);
  return SUCCESS;
}

/* ---- functions of two -------------------------------------------------------------------------------------------- */

EXPORT("path_link")
uint32_t path_link(uint32_t number, uint32_t follow, guest path, uint32_t size, uint32_t to_number, guest to_path,
                   uint32_t to_size) {
  struct place from, to;
  struct result1 result;
  uint32_t error;
  call_begin();
  if (!place_of(number, path, size, &from, &error) || !place_of(to_number, to_path, to_size, &to, &error))
    return error;
  link_at(from.directory, follow & 1, from.path, from.size, to.directory, to.path, to.size, &result);
  return errno_of1(&result);
}

EXPORT("path_rename")
uint32_t path_rename(uint32_t number, guest path, uint32_t size, uint32_t to_number, guest to_path, uint32_t to_size) {
  struct place from, to;
  struct result1 result;
  uint32_t error;
  call_begin();
  if (!place_of(number, path, size, &from, &error) || !place_of(to_number, to_path, to_size, &to, &error))
    return error;
  rename_at(from.directory, from.path, from.size, to.directory, to.path, to.size, &result);
  return errno_of1(&result);
}

EXPORT("path_symlink")
uint32_t path_symlink(guest text, uint32_t text_size, uint32_t number, guest path, uint32_t size) {
  struct place at;
  struct result1 result;
  uint32_t error;
  call_begin();
  if (!place_of(number, path, size, &at, &error))
    return error;
  symlink_at(at.directory, app_copy(text, text_size), text_size, at.path, at.size, &result);
  return errno_of1(&result);
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

enum { OPEN_DIRECTORY = 2, READ = 1, WRITE = 2, FILE_SYNC = 4, DATA_SYNC = 8, REQUESTED_SYNC = 16, DIRECTORY = 3 };

/* What 0.2 calls the flags of a descriptor. */
static uint32_t open_flags(uint64_t rights, uint32_t flags) {
  uint32_t out = 0;
  if (rights & (RIGHT_READ | RIGHT_READDIR))
    out |= READ;
  if (rights & RIGHT_WRITE)
    out |= WRITE;
  if (flags & FDFLAG_SYNC)
    out |= FILE_SYNC;
  if (flags & FDFLAG_DSYNC)
    out |= DATA_SYNC;
  return flags & FDFLAG_RSYNC ? out | REQUESTED_SYNC : out;
}

static uint32_t add_opened(handle descriptor, uint32_t how, uint32_t flags, guest ret) {
  struct result1 type;
  descriptor_type(descriptor, &type);
  uint8_t kind = type.failed ? 0 : type.error;
  int32_t number = fd_add((struct fd){.kind = kind == DIRECTORY ? FD_DIRECTORY : FD_FILE,
                                      .handle = descriptor,
                                      .type = type_of(kind),
                                      .readable = how & READ,
                                      .writable = how & WRITE,
                                      .flags = (uint16_t)flags});
  if (number < 0) {
    descriptor_drop(descriptor);
    return E_MFILE;
  }
  app_store_u32(ret, (uint32_t)number);
  return SUCCESS;
}

EXPORT("path_open")
uint32_t path_open(uint32_t number, uint32_t follow, guest path, uint32_t size, uint32_t oflags, uint64_t rights,
                   uint64_t inheriting, uint32_t flags, guest ret) {
  struct place at;
  struct result4 result;
  uint32_t error, how = open_flags(rights, flags);
  (void)inheriting;
  call_begin();
  if (!place_of(number, path, size, &at, &error))
    return error;
  open_at(at.directory, follow & 1, at.path, at.size, oflags & 15,
          oflags & OPEN_DIRECTORY ? how & ~(uint32_t)WRITE : how, &result);
  return result.failed ? errno_of(result.of.error) : add_opened(result.of.handle, how, flags, ret);
}

/* ---- reading a directory ----------------------------------------------------------------------------------------- */

/*
 * Entries are numbered by cookies: 0 and 1 are `.` and `..`, which 0.2 leaves out. A program asks again for the entry
 * that its buffer cut off, so the last one is kept.
 */
enum { DOTS = 2, NAME_MAX = 1024 };

static struct {
  handle entries; /* of this stream; 0: none is kept */
  uint64_t cookie;
  uint8_t type;
  uint32_t size;
  char name[NAME_MAX];
} last;

struct dirent {
  uint64_t next, inode;
  uint32_t size;
  uint8_t type;
};

/* What is left of the program's buffer. */
struct room {
  guest at;
  uint32_t left;
};

static void put(struct room *room, const void *bytes, uint32_t size) {
  uint32_t count = size < room->left ? size : room->left;
  app_store(room->at, bytes, count);
  room->at += count;
  room->left -= count;
}

static void put_entry(struct room *room, const struct dirent *entry, const char *name) {
  put(room, entry, sizeof(*entry));
  put(room, name, entry->size);
}

static uint32_t restart(struct fd *fd) {
  struct result4 result;
  descriptor_entries(fd->handle, &result);
  if (result.failed)
    return errno_of(result.of.error);
  if (fd->reading)
    entries_drop(fd->entries);
  fd->entries = result.of.handle;
  fd->reading = true;
  fd->cookie = DOTS;
  last.entries = 0;
  return SUCCESS;
}

/* Reads the next entry into `last`; *ret_end: there is none. */
static uint32_t advance(struct fd *fd, bool *ret_end) {
  struct entry_result result;
  scratch_reset();
  entries_next(fd->entries, &result);
  if (result.failed)
    return errno_of(result.of.error);
  *ret_end = !result.of.entry.some;
  if (*ret_end)
    return SUCCESS;
  last.entries = fd->entries;
  last.cookie = fd->cookie++;
  last.type = type_of(result.of.entry.value.type);
  last.size = result.of.entry.value.size < NAME_MAX ? result.of.entry.value.size : NAME_MAX;
  __builtin_memcpy(last.name, result.of.entry.value.name, last.size);
  return SUCCESS;
}

/* Makes `last` the entry of a cookie. */
static uint32_t find(struct fd *fd, uint64_t cookie, bool *ret_end) {
  *ret_end = false;
  if (fd->reading && last.entries == fd->entries && last.cookie == cookie)
    return SUCCESS;
  uint32_t error = fd->reading && fd->cookie <= cookie ? SUCCESS : restart(fd);
  while (error == SUCCESS && !*ret_end && (last.entries != fd->entries || last.cookie != cookie))
    error = advance(fd, ret_end);
  return error;
}

static void put_dots(const struct fd *fd, uint64_t cookie, struct room *room) {
  struct result8 hash;
  descriptor_hash(fd->handle, &hash);
  struct dirent entry = {cookie + 1, hash.failed ? 0 : hash.of.hash.lower, (uint32_t)cookie + 1, 3};
  put_entry(room, &entry, "..");
}

static void put_last(const struct fd *fd, struct room *room) {
  struct result8 hash;
  hash_at(fd->handle, 0, last.name, last.size, &hash);
  struct dirent entry = {last.cookie + 1, hash.failed ? 0 : hash.of.hash.lower, last.size, last.type};
  put_entry(room, &entry, last.name);
}

EXPORT("fd_readdir") uint32_t fd_readdir(uint32_t number, guest to, uint32_t size, uint64_t cookie, guest ret) {
  call_begin();
  uint32_t error = SUCCESS;
  struct fd *fd = fd_of(number, FD_DIRECTORY, &error);
  struct room room = {to, size};
  bool end = false;
  if (!fd)
    return error;
  for (; room.left > 0 && cookie < DOTS; cookie++)
    put_dots(fd, cookie, &room);
  while (room.left > 0) {
    error = find(fd, cookie++, &end);
    if (error != SUCCESS || end)
      break;
    put_last(fd, &room);
  }
  if (error != SUCCESS && room.left == size)
    return error;
  app_store_u32(ret, size - room.left);
  return SUCCESS;
}
