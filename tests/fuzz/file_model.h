/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A file system in memory, to compare real ones with: directories, files, symbolic and hard links below one root, and
 * what a path names there. A link is followed by recursion, as one would say it; neither the kernel nor the walk of
 * weir does so. file_model_ops.h has the operations.
 *
 * Outcomes are 0 or the negative of an errno, as those of src/wasi/filesystem/op.h.
 */
#ifndef FUZZ_FILE_MODEL_H
#define FUZZ_FILE_MODEL_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "wasi/filesystem/grant.h"

enum { MODEL_NODES = 128, MODEL_TEXT = 512, MODEL_LINKS = 40 };

/*
 * Nothing is compared: the path is longer, with what links say, than weir's own walk promises to bear; or more than
 * half of the links that a path may have were followed, and the kernel may begin anew and count those twice.
 */
enum { MODEL_BEYOND = 0x20000 };

struct model_node {
  mode_t type;               /* S_IFDIR, S_IFREG, S_IFLNK */
  struct model_node *parent; /* of a directory; NULL: the root */
  char text[MODEL_TEXT];     /* of a file: its bytes; of a link: what it says, terminated */
  size_t size;               /* of the text */
  unsigned links;            /* how many names it has */
  ino_t inodes[2];           /* on either disk; 0: not seen */
};

struct model_name {
  struct model_node *directory, *node; /* node NULL: the name is gone */
  char name[NAME_MAX + 1];
};

/* nodes[0] is the root. */
struct model {
  size_t node_count, name_count;
  struct model_node nodes[MODEL_NODES];
  struct model_name names[MODEL_NODES];
};

static struct model *model_new(void) {
  struct model *m = calloc(1, sizeof(*m));
  if (!m)
    abort();
  m->node_count = 1;
  m->nodes[0].type = S_IFDIR;
  return m;
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

static bool model_is_directory(const struct model_node *node) {
  return node && node->type == S_IFDIR;
}

static struct model_name *model_name_of(struct model *m, const struct model_node *directory, const char *name) {
  for (size_t i = 0; i < m->name_count; i++)
    if (m->names[i].node && m->names[i].directory == directory && strcmp(m->names[i].name, name) == 0)
      return &m->names[i];
  return NULL;
}

static size_t model_count(const struct model *m, const struct model_node *directory) {
  size_t count = 0;
  for (size_t i = 0; i < m->name_count; i++)
    count += m->names[i].node && m->names[i].directory == directory;
  return count;
}

/* The name is free, and no longer than names are. */
static void model_add(struct model *m, struct model_node *directory, const char *name, struct model_node *node) {
  size_t i = 0;
  while (i < m->name_count && m->names[i].node)
    i++;
  if (i == MODEL_NODES)
    abort();
  m->name_count += i == m->name_count;
  m->names[i] = (struct model_name){.directory = directory, .node = node};
  strcpy(m->names[i].name, name);
  node->links++;
  if (node->type == S_IFDIR)
    node->parent = directory;
}

static void model_remove(struct model_name *name) {
  name->node->links--;
  name->node = NULL;
}

static struct model_node *model_make(struct model *m, struct model_node *directory, const char *name, mode_t type) {
  if (m->node_count == MODEL_NODES)
    abort();
  struct model_node *node = &m->nodes[m->node_count++];
  node->type = type;
  model_add(m, directory, name, node);
  return node;
}

static void model_set_text(struct model_node *node, const char *text) {
  node->size = strlen(text);
  if (node->size >= MODEL_TEXT)
    abort();
  memcpy(node->text, text, node->size + 1);
}

/* ---- paths ------------------------------------------------------------------------------------------------------- */

struct model_walk {
  struct model *m;
  unsigned links; /* that were followed */
  size_t waiting; /* bytes of paths behind links that are being followed */
};

/* What a path has led to: a node, or (NULL) a name that is free in `directory`. */
struct model_end {
  struct model_node *node, *directory;
  char name[NAME_MAX + 1];
};

enum { MODEL_FOLLOW = 1, MODEL_CREATE = 2 };

static int model_go(struct model_walk *w, struct model_node *from, const char *path, int how, struct model_end *ret);

static int model_go_link(struct model_walk *w, struct model_node *from, const struct model_node *link, const char *rest,
                         int how, struct model_end *ret) {
  if (++w->links > MODEL_LINKS)
    return -ELOOP;
  if (link->text[0] == '/')
    return -WASI_OUTSIDE;
  w->waiting += strlen(rest);
  if (w->waiting + link->size >= PATH_MAX)
    return -MODEL_BEYOND;
  int status = model_go(w, from, link->text, how, ret);
  w->waiting -= strlen(rest);
  return status;
}

/* One component, which `rest` follows. */
static int model_go_name(struct model_walk *w, struct model_node *from, const char *rest, int how,
                         struct model_end *ret) {
  bool slashes_only = rest[strspn(rest, "/")] == '\0';
  if (rest[0] != '\0' && slashes_only && how & MODEL_CREATE)
    return -EISDIR;
  struct model_name *found = model_name_of(w->m, from, ret->name);
  ret->directory = from;
  ret->node = found ? found->node : NULL;
  bool is_link = ret->node && ret->node->type == S_IFLNK;
  if (rest[0] == '\0')
    return is_link && how & MODEL_FOLLOW ? model_go_link(w, from, ret->node, rest, how, ret) : 0;
  int status = is_link ? model_go_link(w, from, ret->node, rest, MODEL_FOLLOW, ret) : 0;
  if (status == 0 && !ret->node)
    return -ENOENT;
  return status == 0 && ret->node->type != S_IFDIR ? -ENOTDIR : status;
}

static int model_go(struct model_walk *w, struct model_node *from, const char *path, int how, struct model_end *ret) {
  ret->node = from;
  for (path += strspn(path, "/"); path[0] != '\0'; path += strspn(path, "/")) {
    size_t size = strcspn(path, "/");
    const char *rest = path + size;
    bool makes_directory = how & MODEL_CREATE && rest[0] == '/' && rest[strspn(rest, "/")] == '\0';
    if (size > NAME_MAX)
      return makes_directory ? -EISDIR : -ENAMETOOLONG;
    memcpy(ret->name, path, size);
    ret->name[size] = '\0';
    path += size;
    int status = 0;
    if (strcmp(ret->name, "..") == 0) {
      status = from->parent ? 0 : -WASI_OUTSIDE;
      ret->node = from->parent;
    } else if (strcmp(ret->name, ".") != 0) {
      status = model_go_name(w, from, path, how, ret);
    }
    if (status != 0)
      return status;
    from = ret->node;
  }
  return 0;
}

/* Where a path of a guest leads, with MODEL_FOLLOW through a link at the end. */
static int model_find(struct model *m, const char *path, int how, struct model_end *ret) {
  struct model_walk w = {.m = m};
  int status = model_go(&w, &m->nodes[0], path, how, ret);
  return w.links > MODEL_LINKS / 2 && w.links <= MODEL_LINKS ? -MODEL_BEYOND : status;
}

/* A path to what is there. */
static int model_find_node(struct model *m, const char *path, int how, struct model_node **ret) {
  struct model_end end;
  int status = model_find(m, path, how, &end);
  *ret = status == 0 ? end.node : NULL;
  return status == 0 && !end.node ? -ENOENT : status;
}

#endif
