/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Property: whatever a guest does with paths, links and names below its directory, nothing outside is opened, changed
 * or removed; and each operation does what it does to a model in memory (file_model.h), by both ways of resolving
 * paths: the same outcome, the same file, its kind and its bytes. At the end the trees are the model's, names and hard
 * links too. Where the kernel cannot resolve paths, only the other way is tried.
 *
 * The input is a program: a byte for the operation, and bytes for its paths, of components from a short list.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "fuzz/file_model_ops.h"
#include "wasi/filesystem/op.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TREES = 2, STEPS = 64 };

/* One of the two: OUTSIDE/base, beside OUTSIDE/secret. */
struct tree {
  char outside[40];
  struct wasi_file *base;
  struct wasi_recent recent;
  int number; /* in model_node.inodes */
};

static void require(bool holds, const char *what, const char *path) {
  if (holds)
    return;
  fprintf(stderr, "fuzz_files: %s: `%s`\n", what, path);
  abort();
}

/* What a host may have put there for its guest: links of every kind, and such as say more than they look. */
static const char *const links[][2] = {
    {"top", ".."}, {"absolute", "/"}, {"self", "self"}, {"l1", "."}, {"l5", "l1/l1/l1/l1"}, {"l16", "l5/l5/l5"},
};

enum { LINKS = sizeof(links) / sizeof(*links) };

/* ---- trees ------------------------------------------------------------------------------------------------------- */

static void tree_make(struct tree *t, int number, enum wasi_path_way way) {
  char path[64];
  struct wasi_stat stat;
  *t = (struct tree){.number = number};
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
  for (size_t i = 0; i < LINKS; i++)
    require(symlinkat(links[i][1], fd, links[i][0]) == 0, "no link", links[i][0]);
}

static struct model *model_of_tree(void) {
  struct model *m = model_new();
  for (size_t i = 0; i < LINKS; i++)
    model_set_text(model_make(m, &m->nodes[0], links[i][0], S_IFLNK), links[i][1]);
  return m;
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

/* A name as long as names may be, or longer by one; once in a path, since links repeat what they say. */
static const char *long_name(unsigned size, bool *taken) {
  static char name[NAME_MAX + 2];
  if (*taken)
    return "b";
  *taken = true;
  memset(name, 'n', size);
  name[size] = '\0';
  return name;
}

/* Up to seven components; a byte says which, and whether a slash follows that is not needed. */
static void take_path(struct program *p, char ret[PATH_MAX]) {
  static const char *const words[] = {"a",   "b",   "c",        "..",   ".",  "d",  "secret", "../secret", "/",
                                      "top", "a/b", "absolute", "self", "l1", "l5", "l16",    "longest",   "longer"};
  enum { WORDS = sizeof(words) / sizeof(*words) };
  unsigned count = take(p) % 8;
  bool is_long = false;
  char *at = ret;
  for (unsigned i = 0; i < count; i++) {
    uint8_t byte = take(p);
    const char *word = words[(byte & 0x7f) % WORDS];
    if (strncmp(word, "long", 4) == 0)
      word = long_name(strcmp(word, "longest") == 0 ? NAME_MAX : NAME_MAX + 1, &is_long);
    at += sprintf(at, "%s%s", word, i + 1 < count || byte & 0x80 ? "/" : "");
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
  char text[4]; /* for what is opened to be written */
};

static void take_step(struct program *p, struct step *ret) {
  uint8_t how = take(p);
  *ret = (struct step){.op = operations[take(p) % 12], .follow = how & 1};
  ret->open_flags = (how >> 1) & 15;
  ret->flags = WASI_FILE_READ | (how & 32 ? WASI_FILE_WRITE : 0) | (how & 64 ? WASI_FILE_MUTATE : 0);
  take_path(p, ret->path);
  take_path(p, ret->new_path);
  memset(ret->text, 'a' + (int)(p->size % 26), sizeof(ret->text));
}

static bool has_two(const struct step *s) {
  return s->op == wasi_op_symlink || s->op == wasi_op_link || s->op == wasi_op_rename;
}

/* As a guest's call: the texts are read first. */
static int read_paths(const struct step *s, char path[PATH_MAX], char new_path[PATH_MAX]) {
  int status = has_two(s) ? wasi_path_read(s->new_path, strlen(s->new_path), new_path) : 0;
  return status == 0 ? wasi_path_read(s->path, strlen(s->path), path) : status;
}

/* ---- the model --------------------------------------------------------------------------------------------------- */

static int model_act(struct model *m, const struct step *s, struct model_node **ret) {
  if (s->op == wasi_op_open)
    return model_open(m, s->path, s->follow, s->open_flags, s->flags, ret);
  if (s->op == wasi_op_create_directory)
    return model_create_directory(m, s->path);
  if (s->op == wasi_op_remove_directory)
    return model_remove_directory(m, s->path);
  if (s->op == wasi_op_unlink)
    return model_unlink(m, s->path);
  if (s->op == wasi_op_symlink)
    return model_symlink(m, s->path, s->new_path);
  if (s->op == wasi_op_link)
    return s->follow ? -EINVAL : model_link(m, s->path, s->new_path);
  if (s->op == wasi_op_rename)
    return model_rename(m, s->path, s->new_path);
  if (s->op == wasi_op_readlink)
    return model_readlink(m, s->path, ret);
  return model_find_node(m, s->path, s->follow ? MODEL_FOLLOW : 0, ret);
}

/* `ret` is the node that the step is about, where it has one. */
static int model_step(struct model *m, const struct step *s, struct model_node **ret) {
  char path[PATH_MAX], new_path[PATH_MAX];
  *ret = NULL;
  int status = read_paths(s, path, new_path);
  if (status == 0)
    status = model_act(m, s, ret);
  if (status == 0 && s->op == wasi_op_open && s->flags & WASI_FILE_WRITE)
    (*ret)->size = sizeof(s->text), memcpy((*ret)->text, s->text, sizeof(s->text));
  return status;
}

/* ---- the disk ---------------------------------------------------------------------------------------------------- */

/* What was opened is below the base, or was removed from there. */
static void check_opened(const struct tree *t, int fd, const char *path) {
  char link[64], text[PATH_MAX] = {0}, base[64];
  snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  int size = snprintf(base, sizeof(base), "%s/base", t->outside);
  require(readlink(link, text, sizeof(text) - 1) > 0, "no name", link);
  require(strncmp(text, base, (size_t)size) == 0 && (text[size] == '/' || text[size] == '\0' || text[size] == ' '),
          "opened what is outside", path);
}

static void check_text(const struct model_node *node, const char *text, ssize_t size, const char *path) {
  require(size >= 0 && (size_t)size == node->size && memcmp(text, node->text, node->size) == 0, "another text", path);
}

/* The same node each time, of the model's kind. */
static void check_node(const struct tree *t, struct model_node *node, const struct stat *info, const char *path) {
  require((info->st_mode & S_IFMT) == node->type, "another kind", path);
  ino_t *inode = &node->inodes[t->number];
  require(*inode == 0 || *inode == info->st_ino, "another file", path);
  *inode = info->st_ino;
  if (node->type == S_IFDIR)
    return;
  require((size_t)info->st_size == node->size, "another size", path);
  require(info->st_nlink == node->links, "another number of links", path);
}

static void check_file(struct tree *t, const struct step *s, int fd, struct model_node *node) {
  char text[MODEL_TEXT];
  struct stat info;
  check_opened(t, fd, s->path);
  if (node->type == S_IFREG && s->flags & WASI_FILE_WRITE)
    require(pwrite(fd, s->text, sizeof(s->text), 0) == sizeof(s->text), "not written", s->path);
  require(fstat(fd, &info) == 0, "no attributes", s->path);
  check_node(t, node, &info, s->path);
  if (node->type == S_IFREG && s->flags & WASI_FILE_WRITE)
    check_text(node, text, pread(fd, text, sizeof(text), 0), s->path);
}

static void check_results(struct tree *t, const struct step *s, const struct wasi_op_call *call,
                          struct model_node *node) {
  if (s->op == wasi_op_open)
    check_file(t, s, call->fd, node);
  if (s->op == wasi_op_readlink)
    check_text(node, call->text, (ssize_t)call->text_size, s->path);
  const struct wasi_stat *stat = &call->stat;
  struct stat info = {.st_mode = stat->mode, .st_ino = stat->inode, .st_nlink = stat->links};
  info.st_size = (off_t)stat->size;
  if (s->op == wasi_op_stat_at)
    check_node(t, node, &info, s->path);
}

static void require_outcome(int status, int expected, const struct tree *t, const struct step *s) {
  static const char *const names[] = {"open", "stat", "mkdir",  "rmdir",    "unlink", "symlink",
                                      "",     "link", "rename", "readlink", "times",  ""};
  unsigned op = 0;
  while (operations[op] != s->op)
    op++;
  if (status != expected)
    fprintf(stderr, "%s(%s, %s), follow %d, open flags %u, flags %u, way %d: %d, by the model %d\n", names[op], s->path,
            has_two(s) ? s->new_path : "", s->follow, s->open_flags, s->flags, t->base->at.way, status, expected);
  require(status == expected, "another outcome than the model's", s->path);
}

/* What is in memory is done at once. */
static void tree_step(struct tree *t, const struct step *s, int expected, struct model_node *node) {
  char path[PATH_MAX], new_path[PATH_MAX], text[PATH_MAX];
  struct wasi_op_call call = {.file = t->base, .other = t->base, .path = path, .new_path = new_path, .fd = -1};
  call.recent = &t->recent;
  call.follow = s->follow;
  call.open_flags = s->open_flags;
  call.flags = s->flags;
  call.text = text;
  call.text_room = sizeof(text);
  int status = read_paths(s, path, new_path);
  if (status == 0)
    status = s->op(&call, false);
  if (status == -EAGAIN)
    status = s->op(&call, true);
  require_outcome(status, expected, t, s);
  if (status == 0)
    check_results(t, s, &call, node);
  wasi_op_unopen(&call);
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static void check_directory(struct tree *t, struct model *m, const struct model_node *node, int take_fd);

static void check_entry(struct tree *t, struct model *m, const struct model_node *directory, int fd, const char *name) {
  char text[MODEL_TEXT];
  struct stat info;
  struct model_name *found = model_name_of(m, directory, name);
  require(found && fstatat(fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0, "a name that the model has not", name);
  struct model_node *node = found->node;
  check_node(t, node, &info, name);
  if (node->type == S_IFLNK) {
    check_text(node, text, readlinkat(fd, name, text, sizeof(text)), name);
    return;
  }
  int opened = openat(fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  require(opened >= 0, "not to be opened", name);
  if (node->type == S_IFDIR) {
    check_directory(t, m, node, opened);
    return;
  }
  check_text(node, text, read(opened, text, sizeof(text)), name);
  close(opened);
}

/* Each name that is there is the model's, and there are as many. */
static void check_directory(struct tree *t, struct model *m, const struct model_node *node, int take_fd) {
  DIR *list = fdopendir(take_fd);
  size_t count = 0;
  require(list, "no list", "");
  for (struct dirent *entry = readdir(list); entry; entry = readdir(list)) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
      continue;
    check_entry(t, m, node, take_fd, entry->d_name);
    count++;
  }
  require(count == model_count(m, node), "a name is missing", "");
  closedir(list);
}

static void check_tree(struct tree *t, struct model *m) {
  check_directory(t, m, &m->nodes[0], openat(t->base->at.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static void run(struct tree *trees, int count, struct model *m, struct program *p) {
  for (int i = 0; i < STEPS && p->size > 0; i++) {
    struct step step;
    struct model_node *node;
    take_step(p, &step);
    int expected = model_step(m, &step, &node);
    for (int tree = 0; tree < count && expected != -MODEL_BEYOND; tree++)
      tree_step(&trees[tree], &step, expected, node);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct program p = {data, size};
  struct tree trees[TREES];
  tree_make(&trees[0], 0, WASI_PATH_WALK);
  int count = wasi_path_way_of(trees[0].base->at.fd) == WASI_PATH_KERNEL ? TREES : 1;
  if (count == TREES)
    tree_make(&trees[1], 1, WASI_PATH_KERNEL);
  struct model *m = model_of_tree();
  run(trees, count, m, &p);
  for (int i = 0; i < count; i++) {
    check_tree(&trees[i], m);
    tree_remove(&trees[i]);
  }
  free(m);
  return 0;
}
