/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A host under test with one preopened directory, a new one below /tmp, and the guest's calls of wasi:filesystem. Each
 * case runs twice: paths are resolved by the kernel and by the walk.
 */
#ifndef UNIT_WASI_FAKE_FILES_H
#define UNIT_WASI_FAKE_FILES_H

#include "fake_guest.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "wasi/filesystem/op.h"
#include "wasi/wit.h"

#define CODE(name) WASI_FILESYSTEM_ERROR_CODE_##name

enum { OK = -1, READS = WASI_FILE_READ, WRITES = WASI_FILE_WRITE, MUTATES = WASI_FILE_MUTATE };

struct files {
  struct bench b;
  char folder[64];
  int fd; /* of the folder */
  weir_value top;
};

static enum wasi_path_way files_way;

static weir_value text(const char *data) {
  weir_value value;
  assert_int_equal(weir_value_new_string(data, strlen(data), &value), WEIR_OK);
  return value;
}

static inline weir_value flags(uint32_t bits) {
  return (weir_value){.kind = WEIR_VALUE_FLAGS, .of.flags = bits};
}

static inline weir_value number(uint64_t n) {
  return (weir_value){.kind = WEIR_VALUE_U64, .of.u64 = n};
}

/* Calls a function and waits for its end. The arguments are cleared, but for handles. */
static weir_host_call *files_call(struct files *f, const char *name, weir_value *args, size_t count) {
  char full[80];
  bool free_one = strchr(name, '-') && strcmp(name, "get-directories") == 0;
  snprintf(full, sizeof(full), free_one ? "%s" : "[method]descriptor.%s", name);
  weir_host_call *call =
      fake_call(&f->b.linker, &f->b.store, free_one ? "wasi:filesystem/preopens@0.3.0" : "wasi:filesystem/types@0.3.0",
                full, args, count);
  while (!call->finished) {
    uv_run(f->b.wasi->loop, UV_RUN_ONCE);
    weir_store_step(&f->b.store);
  }
  for (size_t i = 0; i < count; i++)
    if (args[i].kind != WEIR_VALUE_RESOURCE)
      weir_value_clear(&args[i]);
  return call;
}

#define CALL(f, name, ...) \
  files_call((f), (name), (weir_value[]){__VA_ARGS__}, sizeof((weir_value[]){__VA_ARGS__}) / sizeof(weir_value))

/* The error code of a call's result; OK. */
static inline int code_of(const weir_host_call *call) {
  assert_false(call->failed);
  return call->result.tag == 0 ? OK : (int)call->result.of.payload->tag;
}

#define CODE_OF(f, name, ...) code_of(CALL(f, name, __VA_ARGS__))

/* Opens; the value belongs to the call. `*ret_code` gets the outcome. */
static inline weir_value files_open(struct files *f, weir_value at, const char *path, uint32_t open_flags,
                                    uint32_t bits, int *ret_code) {
  weir_host_call *call = CALL(f, "open-at", at, flags(WASI_FILESYSTEM_PATH_FLAGS_SYMLINK_FOLLOW), text(path),
                              flags(open_flags), flags(bits));
  *ret_code = code_of(call);
  return *ret_code == OK ? *call->result.of.payload : (weir_value){0};
}

static inline weir_value must_open(struct files *f, const char *path, uint32_t open_flags, uint32_t bits) {
  int code;
  weir_value opened = files_open(f, f->top, path, open_flags, bits, &code);
  assert_int_equal(code, OK);
  return opened;
}

/* What the store does when a guest drops its handle. */
static inline void files_drop(struct files *f, weir_value handle) {
  wasi_filesystem_descriptor_drop(&f->b.wasi->files, wasi_rep(&handle));
}

static inline void put_file(struct files *f, const char *name, const char *content) {
  int fd = openat(f->fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, content, strlen(content)), strlen(content));
  close(fd);
}

static inline bool has_file(const struct files *f, const char *name) {
  struct stat info;
  return fstatat(f->fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

static inline void files_open_host(struct files *f, const weir_wasi_config *limits, bool read_only) {
  weir_wasi_preopen preopen = {.guest_path = "top", .host_path = f->folder, .read_only = read_only};
  weir_wasi_config config = *limits;
  config.size = sizeof(config);
  config.stdin_fd = config.stdout_fd = config.stderr_fd = -1;
  config.preopens = &preopen;
  config.preopen_count = 1;
  f->b = (struct bench){0};
  store_init(&f->b.store);
  assert_int_equal(weir_wasi_new(&config, &f->b.wasi, NULL), WEIR_OK);
  assert_int_equal(weir_wasi_link(f->b.wasi, &f->b.linker, NULL), WEIR_OK);
  f->b.wasi->files.preopens.items[0].file->at.way = files_way;
  weir_host_call *call = files_call(f, "get-directories", NULL, 0);
  assert_int_equal(call->result.of.list.count, 1);
  f->top = call->result.of.list.items[0].of.list.items[0];
}

/* With a read-only host, or limits, where the case begins with that. */
static inline void files_begin(struct files *f, const weir_wasi_config *limits, bool read_only) {
  strcpy(f->folder, "/tmp/weir-files-XXXXXX");
  assert_non_null(mkdtemp(f->folder));
  f->fd = open(f->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  files_open_host(f, limits, read_only);
}

static inline void files_end(struct files *f) {
  char command[128];
  bench_close(&f->b);
  close(f->fd);
  snprintf(command, sizeof(command), "rm -rf %s", f->folder);
  assert_int_equal(system(command), 0);
}

static const weir_wasi_config no_limits;

/* Runs a case by both ways, on a directory that may be written. */
static inline void files_both_ways(void (*test)(struct files *f)) {
  for (int i = 0; i < 2; i++) {
    struct files f;
    files_way = i == 0 ? WASI_PATH_WALK : WASI_PATH_KERNEL;
    files_begin(&f, &no_limits, false);
    test(&f);
    files_end(&f);
  }
}

/* Descriptors of this process. */
static inline int open_descriptors(void) {
  int count = 0;
  DIR *folder = opendir("/proc/self/fd");
  while (readdir(folder))
    count++;
  closedir(folder);
  return count;
}

#endif
