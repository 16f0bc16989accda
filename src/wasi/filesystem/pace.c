/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See pace.h. In order: what is in memory; file systems; writing. */
#include "wasi/filesystem/pace.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

enum { PAGE = 4096, QUICK = 1000000 /* ns */, LEASE = 100000000 /* ns */, LEASE_BYTES = 16 << 20 };

/* ---- pages ------------------------------------------------------------------------------------------------------- */

/* Whether a page is in memory: a system call that kernels before 6.5 do not have. */
static bool is_cached(int fd, uint64_t page) {
  enum { SYS_CACHESTAT = 451 };
  struct {
    uint64_t offset, size;
  } range = {page * PAGE, PAGE};
  struct {
    uint64_t cached, dirty, under_way, evicted, evicted_of_late;
  } found = {0};
  return syscall(SYS_CACHESTAT, fd, &range, &found, 0) == 0 && found.cached > 0;
}

/* Whether a part of the page can be written without reading the rest from the disk. */
static bool is_at_hand(const struct wasi_file *file, uint64_t page, uint64_t size) {
  return page == file->warm || page * PAGE >= size || is_cached(file->at.fd, page);
}

/* The same for all that a write touches. */
static bool touches_memory(const struct wasi_file *file, uint64_t offset, size_t size) {
  struct wasi_stat stat = {0};
  bool append = offset == WASI_FILE_END;
  uint64_t from = offset, to = offset + size;
  bool whole = !append && from % PAGE == 0 && to % PAGE == 0;
  bool warm = !append && from / PAGE == file->warm && (to - 1) / PAGE == file->warm;
  if (whole || warm)
    return true;
  if (wasi_stat_of(file->at.fd, &stat) != 0)
    return false;
  if (append)
    from = to = stat.size; /* all behind that is new */
  return (from % PAGE == 0 || is_at_hand(file, from / PAGE, stat.size)) &&
         (to % PAGE == 0 || is_at_hand(file, to / PAGE, stat.size));
}

static void touched(struct wasi_file *file, uint64_t end) {
  if (end != WASI_FILE_END && end > 0)
    file->warm = (end - 1) / PAGE;
}

/* ---- file systems ------------------------------------------------------------------------------------------------ */

static void learn(struct wasi_pace *pace, const struct wasi_file *file) {
  if (pace->known && pace->device == file->device)
    return;
  *pace = (struct wasi_pace){.known = true,
                             .device = file->device,
                             .says = true,
                             .local = wasi_file_is_local(file),
                             .changes = pace->changes,
                             .clock = pace->clock};
}

static uint64_t time_of(const struct wasi_pace *pace) {
  return pace->clock ? pace->clock() : uv_hrtime();
}

void wasi_pace_tell(struct wasi_pace *pace, struct wasi_file *file, uint64_t nanoseconds, uint64_t end) {
  touched(file, end);
  if (!pace->known || pace->device != file->device)
    return;
  bool quick = nanoseconds <= QUICK;
  pace->until = quick ? time_of(pace) + LEASE : 0;
  pace->bytes = quick ? LEASE_BYTES : 0;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* Whether such a write may be made at once where the kernel does not say so. */
static bool allowed(const struct wasi_pace *pace, const struct wasi_file *file, size_t size, uint64_t now) {
  uint32_t waits = WASI_FILE_SYNC | WASI_FILE_DATA_SYNC | WASI_FILE_REQUESTED_SYNC;
  return pace->local && file->type == S_IFREG && !(file->flags & waits) && now < pace->until && size <= pace->bytes;
}

/* What took long is the last one for now. */
static void took(struct wasi_pace *pace, uint64_t nanoseconds, size_t size) {
  pace->bytes -= size;
  if (nanoseconds > QUICK)
    pace->until = 0;
}

ssize_t wasi_pace_write(struct wasi_pace *pace, struct wasi_file *file, const void *bytes, size_t size,
                        uint64_t offset) {
  learn(pace, file);
  pace->changes++;
  ssize_t count = pace->says ? wasi_file_write(file, bytes, size, offset, false) : -EOPNOTSUPP;
  if (count != -EOPNOTSUPP)
    return count;
  pace->says = false;
  bool has_end = offset == WASI_FILE_END || offset <= INT64_MAX - size;
  uint64_t now = time_of(pace);
  if (size == 0 || !has_end || !allowed(pace, file, size, now) || !touches_memory(file, offset, size))
    return -EAGAIN;
  count = wasi_file_write(file, bytes, size, offset, true);
  took(pace, time_of(pace) - now, size);
  if (count > 0 && offset != WASI_FILE_END)
    touched(file, offset + (uint64_t)count);
  return count;
}
