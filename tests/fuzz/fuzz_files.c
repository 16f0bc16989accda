/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Property: whatever a guest does with paths, links and names below its directory, nothing outside is opened, changed
 * or removed; and the two ways of resolving paths are each other's model: operations on two equal trees, one by each
 * way, succeed and fail alike, and leave equal trees. Where the kernel cannot resolve paths, only the first is tried.
 *
 * The input is a program: a byte for the operation, and bytes for its paths, of components from a short list.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "wasi/filesystem/op.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TREES = 2, STEPS = 64 };

/* One of the two: OUTSIDE/base, beside OUTSIDE/secret. */
struct tree {
  char outside[40];
  struct wasi_file *base;
  struct wasi_recent recent;
};

static void require(bool holds, const char *what, const char *path) {
  if (holds)
    return;
  fprintf(stderr, "fuzz_files: %s: `%s`\n", what, path);
  abort();
}

/* ---- trees ------------------------------------------------------------------------------------------------------- */

static void tree_make(struct tree *t, enum wasi_path_way way) {
  char path[64];
  struct wasi_stat stat;
  t->recent = (struct wasi_recent){0};
  strcpy(t->outside, "/dev/shm/weir-fuzz-XXXXXX"); /* in memory, where there is such a place */
  if (!mkdtemp(t->outside)) {
    strcpy(t->outside, "/tmp/weir-fuzz-XXXXXX");
    require(mkdtemp(t->outside), "no folder", t->outside);
  }
  snprintf(path, sizeof(path), "%s/secret", t->outside);
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0400);
  require(fd >= 0 && write(fd, "secret", 6) == 6, "no file", path);
  close(fd);
  snprintf(path, sizeof(path), "%s/base", t->outside);
  require(mkdir(path, 0700) == 0, "no folder", path);
  fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  require(wasi_stat_of(fd, &stat) == 0, "no attributes", path);
  t->base = wasi_file_new(&mem_system, fd, &stat);
  t->base->at.way = way;
  t->base->flags = WASI_FILE_READ | WASI_FILE_MUTATE;
  t->base->changeable = true;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *where) {
  (void)info, (void)type, (void)where;
  return remove(path);
}

/* Beside the base there is the secret, with its text, and nothing else. */
static void check_outside(const struct tree *t) {
  char path[256], text[8] = {0};
  struct stat info;
  snprintf(path, sizeof(path), "%s/secret", t->outside);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  require(fd >= 0 && fstat(fd, &info) == 0 && info.st_nlink == 1, "the secret was linked or removed", path);
  require(read(fd, text, sizeof(text)) == 6 && strcmp(text, "secret") == 0, "the secret was changed", path);
  close(fd);
  require(stat(t->outside, &info) == 0 && info.st_nlink == 3, "something was made outside", t->outside);
}

static void tree_remove(struct tree *t) {
  check_outside(t);
  wasi_recent_done(&t->recent);
  wasi_file_unref(t->base);
  nftw(t->outside, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- programs ---------------------------------------------------------------------------------------------------- */

struct program {
  const uint8_t *data;
  size_t size;
};

static uint8_t take(struct program *p) {
  if (p->size == 0)
    return 0;
  p->size--;
  return *p->data++;
}

/* Up to seven components; a byte says which, and whether a slash follows that is not needed. */
static void take_path(struct program *p, char ret[PATH_MAX]) {
  static const char *const words[] = {"a", "b", "c", "..", ".", "d", "secret", "../secret", "/", "base"};
  unsigned count = take(p) % 8;
  char *at = ret;
  for (unsigned i = 0; i < count; i++) {
    uint8_t byte = take(p);
    at += snprintf(at, 32, "%s%s", words[byte % 10], i + 1 < count || byte & 0x80 ? "/" : "");
  }
  *at = '\0';
}

static wasi_op *const operations[] = {
    wasi_op_open,   wasi_op_stat_at,  wasi_op_create_directory, wasi_op_remove_directory,
    wasi_op_unlink, wasi_op_symlink,  wasi_op_symlink,          wasi_op_link,
    wasi_op_rename, wasi_op_readlink, wasi_op_set_times_at,     wasi_op_open,
};

struct step {
  wasi_op *op;
  bool follow;
  uint32_t open_flags, flags;
  char path[PATH_MAX], new_path[PATH_MAX];
};

static void take_step(struct program *p, struct step *ret) {
  uint8_t how = take(p);
  *ret = (struct step){.op = operations[take(p) % 12], .follow = how & 1};
  ret->open_flags = (how >> 1) & 15;
  ret->flags = WASI_FILE_READ | (how & 32 ? WASI_FILE_WRITE : 0) | (how & 64 ? WASI_FILE_MUTATE : 0);
  take_path(p, ret->path);
  take_path(p, ret->new_path);
}

/* What was opened is below the base, or was removed from there. */
static void check_opened(const struct tree *t, int fd, const char *path) {
  char link[64], text[PATH_MAX] = {0}, base[64];
  snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  int size = snprintf(base, sizeof(base), "%s/base", t->outside);
  require(readlink(link, text, sizeof(text) - 1) > 0, "no name", link);
  require(strncmp(text, base, (size_t)size) == 0 && (text[size] == '/' || text[size] == '\0' || text[size] == ' '),
          "opened what is outside", path);
}

/* As a guest's call: the texts are read first, and what is in memory is done at once. */
static int run_step(struct tree *t, const struct step *s) {
  char path[PATH_MAX], new_path[PATH_MAX], text[PATH_MAX];
  struct wasi_op_call call = {.file = t->base, .other = t->base, .path = path, .new_path = new_path, .fd = -1};
  call.recent = &t->recent;
  call.follow = s->follow;
  call.open_flags = s->open_flags;
  call.flags = s->flags;
  call.text = text;
  call.text_room = sizeof(text);
  int status = wasi_path_read(s->new_path, strlen(s->new_path), new_path);
  if (status == 0)
    status = wasi_path_read(s->path, strlen(s->path), path);
  if (status == 0)
    status = s->op(&call, false);
  if (status == -EAGAIN)
    status = s->op(&call, true);
  if (call.fd >= 0)
    check_opened(t, call.fd, s->path);
  wasi_op_unopen(&call);
  return status;
}

/* ---- the two --------------------------------------------------------------------------------------------------- */

static void run(struct tree *trees, int count, struct program *p) {
  for (int i = 0; i < STEPS && p->size > 0; i++) {
    struct step step;
    take_step(p, &step);
    int first = run_step(&trees[0], &step);
    if (count < TREES)
      continue;
    int second = run_step(&trees[1], &step);
    require((first == 0) == (second == 0), "one way succeeds and the other fails", step.path);
    require((first == -WASI_OUTSIDE) == (second == -WASI_OUTSIDE), "only one way leads outside", step.path);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct program p = {data, size};
  struct tree trees[TREES];
  tree_make(&trees[0], WASI_PATH_WALK);
  int count = wasi_path_way_of(trees[0].base->at.fd) == WASI_PATH_KERNEL ? TREES : 1;
  if (count == TREES)
    tree_make(&trees[1], WASI_PATH_KERNEL);
  run(trees, count, &p);
  for (int i = 0; i < count; i++)
    tree_remove(&trees[i]);
  return 0;
}
