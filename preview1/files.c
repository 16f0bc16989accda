/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reading, writing, positions, and what a file is. */
#include "preview1.h"

/* One call moves no more, so that the adapter's memory stays small. WASI 0.2 takes 4,096 bytes at once. */
enum { CHUNK = 65536, STREAM_CHUNK = 4096 };

struct iovec {
  guest data;
  uint32_t size;
};

/* ---- streams ----------------------------------------------------------------------------------------------------- */

static uint32_t stream_errno(const struct stream_result *result) {
  uint8_t code[2] = {0};
  if (result->of.error.closed)
    return E_PIPE;
  stream_error_code(result->of.error.error, code);
  error_drop(result->of.error.error);
  return code[0] ? errno_of(code[1]) : E_IO;
}

static uint32_t stream_read(const struct fd *fd, guest to, uint32_t size, uint32_t *ret_count) {
  struct stream_result result;
  *ret_count = 0;
  input_read(fd->handle, size, &result);
  if (result.failed)
    return result.of.error.closed ? SUCCESS : stream_errno(&result);
  app_store(to, result.of.bytes.data, result.of.bytes.size);
  *ret_count = result.of.bytes.size;
  return SUCCESS;
}

static uint32_t stream_write(handle stream, const char *bytes, uint32_t size) {
  struct stream_result result;
  for (uint32_t at = 0; at < size; at += STREAM_CHUNK) {
    output_write(stream, bytes + at, size - at < STREAM_CHUNK ? size - at : STREAM_CHUNK, &result);
    if (result.failed)
      return stream_errno(&result);
  }
  return SUCCESS;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static uint32_t file_read(const struct fd *fd, guest to, uint32_t size, uint64_t offset, uint32_t *ret_count) {
  struct result4 result;
  *ret_count = 0;
  descriptor_read(fd->handle, size, offset, &result);
  if (result.failed)
    return errno_of(result.of.error);
  app_store(to, result.of.bytes.data, result.of.bytes.size);
  *ret_count = result.of.bytes.size;
  return SUCCESS;
}

static uint32_t file_append(const struct fd *fd, const char *bytes, uint32_t size) {
  struct result4 stream;
  descriptor_append(fd->handle, &stream);
  if (stream.failed)
    return errno_of(stream.of.error);
  uint32_t error = stream_write(stream.of.handle, bytes, size);
  output_drop(stream.of.handle);
  return error;
}

static uint32_t file_write(const struct fd *fd, const char *bytes, uint32_t size, uint64_t offset,
                           uint32_t *ret_count) {
  struct result8 result;
  descriptor_write(fd->handle, bytes, size, offset, &result);
  if (result.failed)
    return errno_of(result.of.error);
  *ret_count = (uint32_t)result.of.number;
  return SUCCESS;
}

/* ---- many pieces ------------------------------------------------------------------------------------------------- */

/* One piece of a read: at most a chunk. */
static uint32_t read_piece(const struct fd *fd, const struct iovec *piece, uint64_t offset, uint32_t *ret_count) {
  uint32_t size = piece->size < CHUNK ? piece->size : CHUNK;
  if (fd->kind == FD_INPUT)
    return stream_read(fd, piece->data, size, ret_count);
  return file_read(fd, piece->data, size, offset, ret_count);
}

/* Reads until a piece is not filled; a stream gives what it has, and is not asked twice. */
static uint32_t read_pieces(const struct fd *fd, guest iovs, uint32_t count, uint64_t offset, uint32_t *ret_total) {
  struct iovec piece;
  *ret_total = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t moved;
    app_load(&piece, iovs + i * (uint32_t)sizeof(piece), sizeof(piece));
    if (piece.size == 0)
      continue;
    uint32_t error = read_piece(fd, &piece, offset + *ret_total, &moved);
    if (error != SUCCESS)
      return *ret_total > 0 ? SUCCESS : error;
    *ret_total += moved;
    if (moved < piece.size || fd->kind == FD_INPUT || *ret_total >= CHUNK)
      break;
  }
  return SUCCESS;
}

/* The pieces of a write, one after another: at most a chunk. */
static char *gather(guest iovs, uint32_t count, uint32_t *ret_size) {
  char *bytes = scratch_take(CHUNK);
  struct iovec piece;
  *ret_size = 0;
  for (uint32_t i = 0; i < count && *ret_size < CHUNK; i++) {
    app_load(&piece, iovs + i * (uint32_t)sizeof(piece), sizeof(piece));
    uint32_t room = CHUNK - *ret_size, size = piece.size < room ? piece.size : room;
    app_load(bytes + *ret_size, piece.data, size);
    *ret_size += size;
  }
  return bytes;
}

static uint32_t write_bytes(const struct fd *fd, const char *bytes, uint32_t size, uint32_t *ret_count) {
  *ret_count = size;
  if (fd->kind == FD_OUTPUT)
    return stream_write(fd->handle, bytes, size);
  if (fd->flags & FDFLAG_APPEND)
    return file_append(fd, bytes, size);
  return file_write(fd, bytes, size, fd->position, ret_count);
}

EXPORT("fd_read") uint32_t fd_read(uint32_t number, guest iovs, uint32_t count, guest ret) {
  call_begin();
  struct fd *fd = fd_get(number);
  uint32_t total;
  if (!fd || fd->kind == FD_OUTPUT || !fd->readable)
    return E_BADF;
  if (fd->kind == FD_DIRECTORY)
    return E_ISDIR;
  uint32_t error = read_pieces(fd, iovs, count, fd->position, &total);
  if (error == SUCCESS) {
    fd->position += total;
    app_store_u32(ret, total);
  }
  return error;
}

EXPORT("fd_pread") uint32_t fd_pread(uint32_t number, guest iovs, uint32_t count, uint64_t offset, guest ret) {
  call_begin();
  uint32_t error = SUCCESS, total;
  const struct fd *fd = fd_of(number, FD_FILE, &error);
  if (fd && !fd->readable)
    return E_BADF;
  if (fd)
    error = read_pieces(fd, iovs, count, offset, &total);
  if (error == SUCCESS)
    app_store_u32(ret, total);
  return error;
}

EXPORT("fd_write") uint32_t fd_write(uint32_t number, guest iovs, uint32_t count, guest ret) {
  call_begin();
  struct fd *fd = fd_get(number);
  uint32_t size, moved;
  if (!fd || fd->kind == FD_INPUT || !fd->writable)
    return E_BADF;
  if (fd->kind == FD_DIRECTORY)
    return E_ISDIR;
  const char *bytes = gather(iovs, count, &size);
  uint32_t error = write_bytes(fd, bytes, size, &moved);
  if (error == SUCCESS) {
    fd->position += moved;
    app_store_u32(ret, moved);
  }
  return error;
}

EXPORT("fd_pwrite") uint32_t fd_pwrite(uint32_t number, guest iovs, uint32_t count, uint64_t offset, guest ret) {
  call_begin();
  uint32_t error = SUCCESS, size, moved;
  const struct fd *fd = fd_of(number, FD_FILE, &error);
  if (fd && !fd->writable)
    return E_BADF;
  if (fd) {
    const char *bytes = gather(iovs, count, &size);
    error = file_write(fd, bytes, size, offset, &moved);
  }
  if (error == SUCCESS)
    app_store_u32(ret, moved);
  return error;
}

/* ---- positions --------------------------------------------------------------------------------------------------- */

enum { WHENCE_SET, WHENCE_CURRENT, WHENCE_END };

EXPORT("fd_seek") uint32_t fd_seek(uint32_t number, uint64_t offset, uint32_t whence, guest ret) {
  call_begin();
  uint32_t error;
  struct fd *fd = fd_of(number, FD_FILE, &error);
  uint64_t from = 0;
  struct result8 result;
  if (!fd)
    return error;
  if (whence == WHENCE_CURRENT)
    from = fd->position;
  else if (whence == WHENCE_END) {
    descriptor_stat(fd->handle, &result);
    if (result.failed)
      return errno_of(result.of.error);
    from = result.of.stat.size;
  } else if (whence != WHENCE_SET)
    return E_INVAL;
  uint64_t position = from + offset;
  if ((int64_t)offset < 0 ? position > from : position < from || position > INT64_MAX)
    return E_INVAL;
  fd->position = position;
  app_store_u64(ret, position);
  return SUCCESS;
}

EXPORT("fd_tell") uint32_t fd_tell(uint32_t number, guest ret) {
  call_begin();
  uint32_t error;
  const struct fd *fd = fd_of(number, FD_FILE, &error);
  if (!fd)
    return error;
  app_store_u64(ret, fd->position);
  return SUCCESS;
}

/* ---- what a file is ---------------------------------------------------------------------------------------------- */

/* A file or a directory; the streams of standard input and output have no descriptor. */
static struct fd *descriptor_of(uint32_t number, uint32_t *ret_error) {
  struct fd *fd = fd_get(number);
  if (fd && (fd->kind == FD_FILE || fd->kind == FD_DIRECTORY))
    return fd;
  *ret_error = fd ? E_INVAL : E_BADF;
  return NULL;
}

static uint64_t nanoseconds(const struct some_datetime *time) {
  return time->some ? time->value.seconds * 1000000000 + time->value.nanoseconds : 0;
}

struct filestat {
  uint64_t device, inode;
  uint8_t type;
  uint64_t links, size, access, modification, change;
};

uint32_t store_filestat(const struct result8 *found, const struct result8 *hash, guest ret) {
  if (found->failed || hash->failed)
    return errno_of(found->failed ? found->of.error : hash->of.error);
  const struct stat *stat = &found->of.stat;
  struct filestat out = {1,
                         hash->of.hash.lower,
                         type_of(stat->type),
                         stat->links,
                         stat->size,
                         nanoseconds(&stat->access),
                         nanoseconds(&stat->modification),
                         nanoseconds(&stat->change)};
  app_store(ret, &out, sizeof(out));
  return SUCCESS;
}

EXPORT("fd_filestat_get") uint32_t fd_filestat_get(uint32_t number, guest ret) {
  call_begin();
  const struct fd *fd = fd_get(number);
  struct result8 stat, hash;
  if (!fd)
    return E_BADF;
  if (fd->kind == FD_INPUT || fd->kind == FD_OUTPUT) {
    struct filestat out = {.type = fd->type};
    app_store(ret, &out, sizeof(out));
    return SUCCESS;
  }
  descriptor_stat(fd->handle, &stat);
  descriptor_hash(fd->handle, &hash);
  return store_filestat(&stat, &hash, ret);
}

EXPORT("fd_filestat_set_size") uint32_t fd_filestat_set_size(uint32_t number, uint64_t size) {
  call_begin();
  uint32_t error;
  struct result1 result;
  const struct fd *fd = fd_of(number, FD_FILE, &error);
  if (!fd)
    return error;
  descriptor_set_size(fd->handle, size, &result);
  return errno_of1(&result);
}

/* new-timestamp, of what preview 1 says of one of the two times: 2 * fst_now + fst_set. */
uint32_t new_timestamp(uint32_t flags, uint64_t time, struct datetime *ret, bool *ret_bad) {
  *ret = (struct datetime){time / 1000000000, (uint32_t)(time % 1000000000)};
  *ret_bad = flags == 3;
  return flags == 1 ? 2 : flags == 2 ? 1 : 0;
}

EXPORT("fd_filestat_set_times")
uint32_t fd_filestat_set_times(uint32_t number, uint64_t access, uint64_t modification, uint32_t flags) {
  call_begin();
  uint32_t error;
  struct result1 result;
  struct datetime a, m;
  bool bad_a, bad_m;
  uint32_t how_a = new_timestamp(flags & 3, access, &a, &bad_a);
  uint32_t how_m = new_timestamp(flags >> 2 & 3, modification, &m, &bad_m);
  const struct fd *fd = descriptor_of(number, &error);
  if (!fd || bad_a || bad_m)
    return fd ? E_INVAL : error;
  descriptor_set_times(fd->handle, how_a, a.seconds, a.nanoseconds, how_m, m.seconds, m.nanoseconds, &result);
  return errno_of1(&result);
}

enum { ADVICE_LAST = 5 }; /* both versions have the same */

EXPORT("fd_advise") uint32_t fd_advise(uint32_t number, uint64_t offset, uint64_t size, uint32_t advice) {
  call_begin();
  uint32_t error;
  struct result1 result;
  const struct fd *fd = fd_of(number, FD_FILE, &error);
  if (!fd || advice > ADVICE_LAST)
    return fd ? E_INVAL : error;
  descriptor_advise(fd->handle, offset, size, advice, &result);
  return errno_of1(&result);
}

/* No file system has it everywhere, and later versions of WASI have given it up. */
EXPORT("fd_allocate") uint32_t fd_allocate(uint32_t number, uint64_t offset, uint64_t size) {
  (void)offset, (void)size;
  call_begin();
  return fd_get(number) ? E_NOTSUP : E_BADF;
}

EXPORT("fd_sync") uint32_t fd_sync(uint32_t number) {
  call_begin();
  uint32_t error;
  struct result1 result;
  const struct fd *fd = descriptor_of(number, &error);
  if (!fd)
    return error;
  descriptor_sync(fd->handle, &result);
  return errno_of1(&result);
}

EXPORT("fd_datasync") uint32_t fd_datasync(uint32_t number) {
  call_begin();
  uint32_t error;
  struct result1 result;
  const struct fd *fd = descriptor_of(number, &error);
  if (!fd)
    return error;
  descriptor_sync_data(fd->handle, &result);
  return errno_of1(&result);
}
