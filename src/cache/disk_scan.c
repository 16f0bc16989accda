/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The files of a cache directory (disk_scan.h). Another process may remove files during a scan, which is as good. */
#include "cache/disk_scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/vec.h"

struct found {
  char name[DISK_NAME];
  uint64_t size;
  struct timespec used;
};

struct scan {
  const struct weir_alloc *alloc;
  int directory;
  int64_t stale_before;
  VEC(struct found) files;
  uint64_t total;
  bool failed;
};

static bool all_hex(const char *s, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (!((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f')))
      return false;
  return true;
}

static bool is_entry(const char *name) {
  return strlen(name) == DISK_HEX + 6 && all_hex(name, DISK_HEX) && strcmp(name + DISK_HEX, ".cwasm") == 0;
}

static bool is_unfinished(const char *name) {
  return strlen(name) == DISK_HEX + 1 + DISK_TAG + 4 && all_hex(name, DISK_HEX) && name[DISK_HEX] == '.' &&
         all_hex(name + DISK_HEX + 1, DISK_TAG) && strcmp(name + DISK_HEX + 1 + DISK_TAG, ".tmp") == 0;
}

/* A writer's lock on its file dies with the writer. On file systems without locks the file's age tells. */
static bool is_abandoned(const struct scan *s, const char *name, const struct stat *st) {
  int fd = openat(s->directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0)
    return false;
  bool locked = flock(fd, LOCK_EX | LOCK_NB) == 0;
  bool unknown = !locked && errno != EWOULDBLOCK;
  close(fd);
  return locked || (unknown && (int64_t)st->st_mtim.tv_sec < s->stale_before);
}

static void scan_file(struct scan *s, const char *folder, const char *name) {
  bool unfinished = is_unfinished(name);
  struct found file;
  struct stat st;
  if (!unfinished && !is_entry(name))
    return;
  snprintf(file.name, sizeof(file.name), "%.2s/%.95s", folder, name);
  if (fstatat(s->directory, file.name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
    return;
  if (unfinished && is_abandoned(s, file.name, &st)) {
    unlinkat(s->directory, file.name, 0);
    return;
  }
  file.size = (uint64_t)st.st_size;
  file.used = st.st_mtim;
  s->total += file.size;
  if (!unfinished && !VEC_PUSH(s->alloc, &s->files, file))
    s->failed = true;
}

bool disk_is_private(int fd) {
  struct stat st;
  return fstat(fd, &st) == 0 && (st.st_uid == geteuid() || st.st_uid == 0) && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

int disk_open_folder(int directory, const char *name) {
  int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 || disk_is_private(fd))
    return fd;
  close(fd);
  return -1;
}

static DIR *open_folder(int directory, const char *name) {
  int fd = disk_open_folder(directory, name);
  DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
  if (fd >= 0 && !dir)
    close(fd);
  return dir;
}

static void scan_folder(struct scan *s, const char *folder) {
  DIR *dir = open_folder(s->directory, folder);
  const struct dirent *entry;
  while (dir && (entry = readdir(dir)))
    scan_file(s, folder, entry->d_name);
  if (dir)
    closedir(dir);
}

static void scan_all(struct scan *s) {
  DIR *dir = open_folder(s->directory, ".");
  const struct dirent *entry;
  s->failed = !dir;
  while (dir && (entry = readdir(dir)))
    if (strlen(entry->d_name) == 2 && all_hex(entry->d_name, 2))
      scan_folder(s, entry->d_name);
  if (dir)
    closedir(dir);
}

static int older(const void *a, const void *b) {
  const struct found *x = a, *y = b;
  if (x->used.tv_sec != y->used.tv_sec)
    return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
  if (x->used.tv_nsec != y->used.tv_nsec)
    return x->used.tv_nsec < y->used.tv_nsec ? -1 : 1;
  return strcmp(x->name, y->name);
}

bool disk_scan_evict(const struct weir_alloc *alloc, int directory, uint64_t bound, int64_t stale,
                     uint64_t *ret_evicted) {
  struct scan s = {.alloc = alloc, .directory = directory, .stale_before = (int64_t)time(NULL) - stale};
  scan_all(&s);
  if (s.total > bound && s.files.count > 1)
    qsort(s.files.data, s.files.count, sizeof(*s.files.data), older);
  for (uint32_t i = 0; i < s.files.count && s.total > bound; i++) {
    if (unlinkat(directory, s.files.data[i].name, 0) == 0)
      ++*ret_evicted;
    s.total -= s.files.data[i].size;
  }
  VEC_DONE(alloc, &s.files);
  return !s.failed && s.total <= bound;
}
