/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Flight records: in memory first (a memfd), and copied to a file by a thread of libuv's where they are kept. A file
 * appears under its name when it is whole (flight.h).
 *
 * What holds: no more files are begun than `record_files`. In order: beginning; requests; the end, and the copy.
 */
#include "serve/flight.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "serve/trouble.h"

/* ---- beginning --------------------------------------------------------------------------------------------------- */

/* When, where and which: names sort by time, and no two instances have the same. */
static void make_name(struct instance *i, char *ret, size_t room) {
  struct worker *w = i->service->worker;
  struct timespec now;
  struct tm parts;
  char day[32] = "";
  clock_gettime(CLOCK_REALTIME, &now);
  if (gmtime_r(&now.tv_sec, &parts))
    strftime(day, sizeof(day), "%Y%m%dT%H%M%S", &parts);
  snprintf(ret, room, "%s-%d-%u-%llu.log", day, (int)getpid(), (unsigned)w->number, (unsigned long long)i->number);
}

static weir_status no_memory_file(weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = diag_set(&d, WEIR_ERR_IO, "no memory file for its record can be made: %s", strerror(errno));
  diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}

weir_status flight_begin(struct instance *i, weir_error **ret_error) {
  const weir_serve_config *c = i->service->worker->config;
  weir_record_config config = WEIR_RECORD_CONFIG_INIT;
  struct flight *f = &i->flight;
  char path[40];
  if (c->record_when == WEIR_SERVE_RECORD_NEVER)
    return WEIR_OK;
  f->fd = memfd_create("weir flight record", MFD_CLOEXEC);
  if (f->fd < 0)
    return no_memory_file(ret_error);
  snprintf(path, sizeof(path), "/proc/self/fd/%d", f->fd);
  config.path = path;
  config.component = i->service->component;
  config.redact = c->redact;
  config.redact_data = c->data;
  config.max_total = 2 * c->record_bytes;
  weir_status status = weir_record_start(i->store, &config, &f->recorder, ret_error);
  if (status != WEIR_OK)
    close(f->fd);
  else
    make_name(i, f->name, sizeof(f->name));
  return status;
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

static bool is_wanted(const weir_serve_config *c, const struct flight_facts *facts) {
  switch (c->record_when) {
    case WEIR_SERVE_RECORD_FAILED:
      return facts->failed;
    case WEIR_SERVE_RECORD_SLOW:
      return facts->took / 1000000 >= c->record_number;
    case WEIR_SERVE_RECORD_SAMPLED:
      return c->record_number > 0 && facts->number % c->record_number == 0;
    default:
      return c->record_when == WEIR_SERVE_RECORD_ALL;
  }
}

/* A file is promised here, so that the access log can name it. */
static bool may_keep(struct instance *i) {
  struct worker *w = i->service->worker;
  if (atomic_fetch_add(w->records, 1) < w->config->record_files)
    return true;
  atomic_fetch_sub(w->records, 1);
  return false;
}

static bool is_full(const struct instance *i) {
  struct stat s;
  return fstat(i->flight.fd, &s) == 0 && (uint64_t)s.st_size >= i->service->worker->config->record_bytes;
}

bool flight_request(struct instance *i, const struct flight_facts *facts) {
  const weir_serve_config *c = i->service->worker->config;
  struct flight *f = &i->flight;
  if (!f->recorder)
    return false;
  bool wanted = is_wanted(c, facts);
  f->is_kept = f->is_kept || (wanted && may_keep(i));
  return (wanted && c->record_when != WEIR_SERVE_RECORD_ALL) || is_full(i);
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

struct copy {
  uv_work_t work;
  struct worker *worker;
  int fd;
  bool failed;
  char path[];
};

static bool copy_all(int from, int to) {
  char buffer[65536];
  off_t at = 0;
  for (;;) {
    ssize_t n = pread(from, buffer, sizeof(buffer), at);
    if (n <= 0)
      return n == 0 && fsync(to) == 0;
    for (ssize_t done = 0, written; done < n; done += written)
      if ((written = write(to, buffer + done, (size_t)(n - done))) <= 0)
        return false;
    at += n;
  }
}

/* Under another name until it is whole. */
static void copy_now(uv_work_t *work) {
  struct copy *c = work->data;
  size_t size = strlen(c->path) + sizeof(".part");
  char *part = malloc(size);
  c->failed = true;
  if (!part)
    return;
  snprintf(part, size, "%s.part", c->path);
  int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) {
    c->failed = !copy_all(c->fd, fd);
    close(fd);
    if (c->failed || rename(part, c->path) != 0) {
      c->failed = true;
      unlink(part);
    }
  }
  free(part);
}

static void say(const struct worker *w, const char *path, const char *what) {
  struct text words = {0};
  text_printf(&words, "the flight record %s %s", path, what);
  trouble_tell(w, &words);
}

static void copied(uv_work_t *work, int status) {
  struct copy *c = work->data;
  struct worker *w = c->worker;
  if (c->failed || status != 0) {
    say(w, c->path, "could not be written");
  } else {
    meter_add(&w->meter.recorded, 1);
  }
  close(c->fd);
  free(c);
}

static void write_kept(struct instance *i) {
  struct worker *w = i->service->worker;
  size_t room = strlen(w->config->record_directory) + sizeof(i->flight.name) + 2;
  struct copy *c = malloc(sizeof(*c) + room);
  if (!c) {
    close(i->flight.fd);
    return;
  }
  *c = (struct copy){.worker = w, .fd = i->flight.fd};
  c->work.data = c;
  snprintf(c->path, room, "%s/%s", w->config->record_directory, i->flight.name);
  if (uv_queue_work(&w->loop, &c->work, copy_now, copied) != 0) {
    c->failed = true;
    copied(&c->work, 0);
  }
}

void flight_end(struct instance *i) {
  struct flight *f = &i->flight;
  if (!f->recorder)
    return;
  bool is_whole = weir_recorder_close(f->recorder, NULL) == WEIR_OK;
  f->recorder = NULL;
  if (f->is_kept && !is_whole) /* what there is of it can still be looked at, and replayed as unfinished */
    say(i->service->worker, f->name, "is not whole: there was no room for it");
  if (f->is_kept)
    write_kept(i);
  else
    close(f->fd);
}
