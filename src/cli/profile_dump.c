/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The jitdump file (profile_dump.h). The map comes from a file, so its addresses are not taken at their word: code is
 * read through /proc/self/mem, where a wrong address is an error and no crash. What cannot be read is left out.
 *
 * In order: the format; its records; the file.
 */
#include "cli/profile_dump.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/cli.h"

/* ---- the format -------------------------------------------------------------------------------------------------- */

enum { MAGIC = 0x4a695444, VERSION = 1, CODE_LOAD = 0, CODE_CLOSE = 3 };

/* In the machine's own byte order, which readers know by the magic number. */
struct dump_header {
  uint32_t magic, version, size, machine, reserved, pid;
  uint64_t time, flags;
};

struct record_header {
  uint32_t kind, size;
  uint64_t time;
};

/* Its name, which ends with a zero, and its code follow. */
struct load_record {
  struct record_header header;
  uint32_t pid, tid;
  uint64_t address_then, address, size, index;
};

_Static_assert(sizeof(struct dump_header) == 40 && sizeof(struct load_record) == 56, "the format has no padding");

#if defined(__x86_64__)
enum { MACHINE = EM_X86_64 };
#elif defined(__aarch64__)
enum { MACHINE = EM_AARCH64 };
#elif defined(__riscv)
enum { MACHINE = EM_RISCV };
#elif defined(__s390x__)
enum { MACHINE = EM_S390 };
#else
enum { MACHINE = EM_NONE };
#endif

/* The clock of `perf record -k mono`. */
static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* ---- records ----------------------------------------------------------------------------------------------------- */

struct dump {
  FILE *out;
  int memory;    /* of this process */
  uint8_t *code; /* of one function */
  size_t room;
  uint64_t index; /* of the next function */
};

static bool put(struct dump *d, const void *bytes, size_t size) {
  return fwrite(bytes, 1, size, d->out) == size;
}

static bool put_header(struct dump *d) {
  struct dump_header header = {.magic = MAGIC,
                               .version = VERSION,
                               .size = sizeof(header),
                               .machine = MACHINE,
                               .pid = (uint32_t)getpid(),
                               .time = now()};
  return put(d, &header, sizeof(header));
}

static bool make_room(struct dump *d, size_t size) {
  if (size <= d->room)
    return true;
  uint8_t *larger = realloc(d->code, size);
  if (!larger)
    return false;
  d->code = larger;
  d->room = size;
  return true;
}

/* A function of 64 MiB is none that the engine compiles. */
static bool is_function(const struct profile_symbol *s) {
  enum { LARGEST = 64 << 20 };
  return s->from <= INT64_MAX && s->to - s->from <= LARGEST;
}

static bool put_function(struct dump *d, const struct profile_symbol *s) {
  if (!is_function(s))
    return true;
  size_t size = (size_t)(s->to - s->from), name_size = strlen(s->name) + 1;
  errno = ENOMEM;
  if (!make_room(d, size))
    return false;
  if (pread(d->memory, d->code, size, (off_t)s->from) != (ssize_t)size)
    return true;
  struct load_record load = {
      .header = {.kind = CODE_LOAD, .size = (uint32_t)(sizeof(load) + name_size + size), .time = now()},
      .pid = (uint32_t)getpid(),
      .tid = (uint32_t)syscall(SYS_gettid),
      .address_then = s->from,
      .address = s->from,
      .size = size,
      .index = d->index++};
  return put(d, &load, sizeof(load)) && put(d, s->name, name_size) && put(d, d->code, size);
}

static bool put_end(struct dump *d) {
  struct record_header end = {.kind = CODE_CLOSE, .size = sizeof(end), .time = now()};
  return put(d, &end, sizeof(end)) && fflush(d->out) == 0;
}

static bool put_all(struct dump *d, const struct profile_map *map) {
  bool whole = put_header(d);
  for (uint32_t i = 0; whole && i < map->symbols.count; i++)
    whole = put_function(d, &map->symbols.data[i]);
  return whole && put_end(d);
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

/* perf learns of the file by a mapping that may be executed, which the run keeps to its end. */
static bool show_perf(int file) {
  return mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0) != MAP_FAILED;
}

static int fail(const char *path, const char *what, int error) {
  cli_error("--profile jitdump: %s in the current folder cannot be %s: %s", path, what, strerror(error));
  if (error == EPERM)
    cli_hint("run weir in a folder of a file system that is not mounted with noexec");
  return CLI_INTERNAL;
}

/* A link that somebody put there is not followed. */
static FILE *create(const char *path) {
  int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
  FILE *out = file >= 0 ? fdopen(file, "w+") : NULL;
  if (!out && file >= 0)
    close(file);
  return out;
}

/* Half a file stays for nobody. */
static int write_dump(struct dump *d, const char *path, const struct profile_map *map) {
  const char *what = !put_all(d, map) ? "written" : !show_perf(fileno(d->out)) ? "mapped for perf" : NULL;
  if (!what)
    return CLI_OK;
  int error = errno;
  unlink(path);
  return fail(path, what, error);
}

int profile_dump_write(const struct profile_map *map) {
  char path[48];
  snprintf(path, sizeof(path), "jit-%ld.dump", (long)getpid());
  struct dump d = {.memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC)};
  if (d.memory < 0) {
    cli_error("--profile jitdump: /proc/self/mem cannot be read: %s", strerror(errno));
    return CLI_INTERNAL;
  }
  d.out = create(path);
  int code = d.out ? write_dump(&d, path, map) : fail(path, "written", errno);
  if (d.out)
    fclose(d.out);
  close(d.memory);
  free(d.code);
  return code;
}
