/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The cache on disk (disk.h). Every open is relative to the descriptor of a folder that disk_is_private() has accepted,
 * so nobody can change a folder between its check and its use. The directory, each folder in it and each file must
 * belong to this user alone.
 *
 * In order: the directory; names of entries; reading; writing and removing. disk_scan.c finds entries to evict.
 */
#include "cache/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/number.h"
#include "cache/disk_scan.h"

enum { KEY_HEX = 2 * DISK_KEY + 1 };

/* ---- the directory ----------------------------------------------------------------------------------------------- */

/* mkdir -p; opening the directory shows whether that worked. */
static void make_folders(const struct weir_alloc *alloc, const char *path) {
  size_t size = strlen(path) + 1;
  char *part = mem_alloc(alloc, size);
  if (!part)
    return;
  memcpy(part, path, size);
  for (size_t i = 1; i < size; i++) {
    char c = part[i];
    if ((c != '/' && c != 0) || part[i - 1] == '/')
      continue;
    part[i] = 0;
    mkdir(part, 0700);
    part[i] = c;
  }
  mem_free(alloc, part, size);
}

bool disk_init(struct disk *disk, const struct weir_alloc *alloc, const char *directory, uint64_t bound) {
  *disk = (struct disk){.alloc = alloc, .bound = bound};
  make_folders(alloc, directory);
  disk->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (disk->directory < 0)
    return false;
  if (disk_is_private(disk->directory) && pthread_mutex_init(&disk->lock, NULL) == 0)
    return true;
  close(disk->directory);
  return false;
}

void disk_done(struct disk *disk) {
  pthread_mutex_destroy(&disk->lock);
  close(disk->directory);
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* Without the folder, whose name is the first two digits. */
static void entry_name(const uint8_t *key, char ret[DISK_NAME]) {
  char hex[KEY_HEX];
  hex_write(key, DISK_KEY, hex);
  snprintf(ret, DISK_NAME, "%s.cwasm", hex);
}

/* The folder of a key; -1: there is none, or the folder or the directory is not private. */
static int open_folder(const struct disk *disk, const uint8_t *key, bool make) {
  char hex[KEY_HEX];
  if (!disk_is_private(disk->directory))
    return -1;
  hex_write(key, DISK_KEY, hex);
  hex[2] = 0;
  if (make)
    mkdirat(disk->directory, hex, 0700);
  return disk_open_folder(disk->directory, hex);
}

static bool unfinished_name(const uint8_t *key, char ret[DISK_NAME]) {
  char hex[KEY_HEX];
  uint64_t tag;
  if (getrandom(&tag, sizeof(tag), 0) != (ssize_t)sizeof(tag))
    return false;
  hex_write(key, DISK_KEY, hex);
  snprintf(ret, DISK_NAME, "%s.%016llx.tmp", hex, (unsigned long long)tag);
  return true;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static bool read_exactly(int fd, uint8_t *to, size_t size) {
  while (size > 0) {
    ssize_t n = read(fd, to, size);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    to += n, size -= (size_t)n;
  }
  return true;
}

static bool read_open(struct disk *disk, int fd, uint8_t **ret, size_t *ret_size) {
  struct stat st;
  if (!disk_is_private(fd) || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
      (uint64_t)st.st_size > disk->bound)
    return false;
  size_t size = (size_t)st.st_size;
  uint8_t *bytes = mem_alloc(disk->alloc, size);
  if (!bytes)
    return false;
  if (!read_exactly(fd, bytes, size)) {
    mem_free(disk->alloc, bytes, size);
    return false;
  }
  futimens(fd, NULL); /* a read-only file system loses only the order of use */
  *ret = bytes;
  *ret_size = size;
  return true;
}

bool disk_read(struct disk *disk, const uint8_t key[DISK_KEY], uint8_t **ret, size_t *ret_size) {
  char name[DISK_NAME];
  entry_name(key, name);
  int folder = open_folder(disk, key, false);
  int fd = folder < 0 ? -1 : openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (folder >= 0)
    close(folder);
  if (fd < 0)
    return false;
  bool ok = read_open(disk, fd, ret, ret_size);
  close(fd);
  return ok;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static bool write_all(int fd, const uint8_t *bytes, size_t size) {
  while (size > 0) {
    ssize_t n = write(fd, bytes, size);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    bytes += n, size -= (size_t)n;
  }
  return true;
}

/*
 * Flushes the file before it gets its name, so no crash shows a name without the bytes. The file is locked until then.
 */
static bool write_file(int folder, const char *unfinished, const char *name, const uint8_t *bytes, size_t size) {
  int fd = openat(folder, unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return false;
  flock(fd, LOCK_EX | LOCK_NB); /* says that this writer lives: disk_scan.c */
  bool ok = write_all(fd, bytes, size) && fsync(fd) == 0 && renameat(folder, unfinished, folder, name) == 0;
  if (!ok)
    unlinkat(folder, unfinished, 0);
  close(fd);
  return ok;
}

static bool write_entry(struct disk *disk, const uint8_t *key, const uint8_t *bytes, size_t size) {
  char name[DISK_NAME], unfinished[DISK_NAME];
  entry_name(key, name);
  if (size > disk->bound || !unfinished_name(key, unfinished))
    return false;
  if (!disk_scan_evict(disk->alloc, disk->directory, disk->bound - size, DISK_STALE, &disk->stats.evicted))
    return false;
  int folder = open_folder(disk, key, true);
  bool ok = folder >= 0 && write_file(folder, unfinished, name, bytes, size);
  if (folder >= 0)
    close(folder);
  return ok;
}

void disk_write(struct disk *disk, const uint8_t key[DISK_KEY], const uint8_t *bytes, size_t size) {
  pthread_mutex_lock(&disk->lock);
  bool ok = write_entry(disk, key, bytes, size);
  disk->stats.written += ok;
  disk->stats.unwritten += !ok;
  pthread_mutex_unlock(&disk->lock);
}

void disk_remove(struct disk *disk, const uint8_t key[DISK_KEY]) {
  char name[DISK_NAME];
  entry_name(key, name);
  int folder = open_folder(disk, key, false);
  if (folder < 0)
    return;
  unlinkat(folder, name, 0);
  close(folder);
}

struct disk_stats disk_get_stats(struct disk *disk) {
  pthread_mutex_lock(&disk->lock);
  struct disk_stats stats = disk->stats;
  pthread_mutex_unlock(&disk->lock);
  return stats;
}
