/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The operations of file_model.h: what those of src/wasi/filesystem/op.h are to do, below a directory that may be
 * changed. The order of the checks is Linux's, where a guest can notice.
 */
#ifndef FUZZ_FILE_MODEL_OPS_H
#define FUZZ_FILE_MODEL_OPS_H

#include "fuzz/file_model.h"
#include "wasi/filesystem/file.h"

/* Of a path's last name: the directory, and what has the name there. */
struct model_place {
  struct model_node *directory, *node; /* node NULL: nothing has it */
  struct model_name *entry;            /* NULL: nothing has it, or it is dots */
  char name[PATH_MAX];
  bool slash; /* behind the name */
  bool dots;  /* the name is . or .. */
};

static int model_place_directory(struct model *m, char *path, char *slash, struct model_node **ret) {
  *ret = &m->nodes[0];
  if (!slash)
    return 0;
  *slash = '\0';
  int status = model_find_node(m, path, MODEL_FOLLOW, ret);
  return status == 0 && !model_is_directory(*ret) ? -ENOTDIR : status;
}

static int model_place_of(struct model *m, const char *guest_path, struct model_place *ret) {
  char path[PATH_MAX];
  struct model_node *above;
  size_t size = strlen(guest_path);
  memcpy(path, guest_path, size + 1);
  *ret = (struct model_place){.slash = path[size - 1] == '/'};
  while (size > 1 && path[size - 1] == '/')
    path[--size] = '\0';
  char *slash = strrchr(path, '/');
  strcpy(ret->name, slash ? slash + 1 : path);
  bool up = strcmp(ret->name, "..") == 0;
  ret->dots = up || strcmp(ret->name, ".") == 0;
  int status = up ? model_find_node(m, path, MODEL_FOLLOW, &above) : 0;
  if (status == 0)
    status = model_place_directory(m, path, slash, &ret->directory);
  if (status != 0)
    return status;
  ret->entry = ret->dots ? NULL : model_name_of(m, ret->directory, ret->name);
  ret->node = ret->entry ? ret->entry->node : NULL;
  if (ret->dots)
    ret->node = up ? above : ret->directory;
  return 0;
}

/* What looking a name up finds. */
static int model_look(const struct model_place *place) {
  if (strlen(place->name) > NAME_MAX)
    return -ENAMETOOLONG;
  return place->node ? 0 : -ENOENT;
}

/* The name of what is there: no file's with a slash behind it. */
static int model_check_old(const struct model_place *place) {
  int status = model_look(place);
  return status == 0 && place->slash && !model_is_directory(place->node) ? -ENOTDIR : status;
}

/* A name for what is new: free, and only a directory's with a slash behind it. */
static int model_check_new(const struct model_place *place, mode_t type) {
  int status = model_look(place);
  if (status != -ENOENT)
    return status == 0 ? -EEXIST : status;
  return place->slash && type != S_IFDIR ? -ENOENT : 0;
}

/* ---- open -------------------------------------------------------------------------------------------------------- */

static int model_open_there(struct model_node *node, uint32_t open_flags, uint32_t flags) {
  bool is_directory = model_is_directory(node);
  if (open_flags & WASI_OPEN_CREATE && open_flags & WASI_OPEN_EXCLUSIVE)
    return -EEXIST;
  if (open_flags & WASI_OPEN_DIRECTORY && !is_directory)
    return -ENOTDIR;
  if (node->type == S_IFLNK)
    return -ELOOP;
  if (is_directory && (open_flags & (WASI_OPEN_CREATE | WASI_OPEN_TRUNCATE) || flags & WASI_FILE_WRITE))
    return -EISDIR;
  if (open_flags & WASI_OPEN_TRUNCATE)
    node->size = 0;
  return 0;
}

static int model_open(struct model *m, const char *path, bool follow, uint32_t open_flags, uint32_t flags,
                      struct model_node **ret) {
  bool create = open_flags & WASI_OPEN_CREATE;
  struct model_end end;
  if (open_flags & WASI_OPEN_DIRECTORY && open_flags & ~(uint32_t)WASI_OPEN_DIRECTORY)
    return -EINVAL;
  if (create && open_flags & WASI_OPEN_EXCLUSIVE)
    follow = false;
  int status = model_find(m, path, (follow ? MODEL_FOLLOW : 0) | (create ? MODEL_CREATE : 0), &end);
  if (status != 0)
    return status;
  if (!end.node && !create)
    return -ENOENT;
  *ret = end.node ? end.node : model_make(m, end.directory, end.name, S_IFREG);
  return end.node ? model_open_there(end.node, open_flags, flags) : 0;
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

static int model_create_directory(struct model *m, const char *path) {
  struct model_place place;
  int status = model_place_of(m, path, &place);
  if (status == 0)
    status = model_check_new(&place, S_IFDIR);
  if (status == 0)
    model_make(m, place.directory, place.name, S_IFDIR);
  return status;
}

static int model_remove_directory(struct model *m, const char *path) {
  struct model_place place;
  int status = model_place_of(m, path, &place);
  if (status == 0 && place.dots)
    return strcmp(place.name, ".") == 0 ? -EINVAL : -ENOTEMPTY;
  if (status == 0)
    status = model_look(&place);
  if (status != 0)
    return status;
  if (!model_is_directory(place.node))
    return -ENOTDIR;
  if (model_count(m, place.node) > 0)
    return -ENOTEMPTY;
  model_remove(place.entry);
  return 0;
}

static int model_unlink(struct model *m, const char *path) {
  struct model_place place;
  int status = model_place_of(m, path, &place);
  if (status == 0)
    status = model_check_old(&place);
  if (status != 0)
    return status;
  if (model_is_directory(place.node))
    return -EISDIR;
  model_remove(place.entry);
  return 0;
}

static int model_symlink(struct model *m, const char *text, const char *path) {
  struct model_place place;
  int status = model_place_of(m, path, &place);
  if (status == 0)
    status = model_check_new(&place, S_IFLNK);
  if (status == 0)
    model_set_text(model_make(m, place.directory, place.name, S_IFLNK), text);
  return status;
}

/* What ends in a slash is a directory, and no link. */
static int model_readlink(struct model *m, const char *path, struct model_node **ret) {
  struct model_place place;
  if (path[strlen(path) - 1] == '/') {
    int status = model_find_node(m, path, MODEL_FOLLOW, ret);
    return status == 0 ? -EINVAL : status;
  }
  int status = model_place_of(m, path, &place);
  if (status == 0)
    status = model_look(&place);
  if (status != 0)
    return status;
  *ret = place.node;
  if (place.node->type != S_IFLNK)
    return -EINVAL;
  return place.node->text[0] == '/' ? -EPERM : 0;
}

static int model_link(struct model *m, const char *path, const char *new_path) {
  struct model_place from, to;
  int status = model_place_of(m, path, &from);
  if (status == 0)
    status = model_place_of(m, new_path, &to);
  if (status == 0)
    status = model_check_old(&from);
  if (status == 0 && model_is_directory(from.node))
    return -EPERM;
  if (status == 0)
    status = model_check_new(&to, S_IFREG);
  if (status == 0)
    model_add(m, to.directory, to.name, from.node);
  return status;
}

/* Whether `node` is `of`, or above it. */
static bool model_is_above(const struct model_node *node, const struct model_node *of) {
  while (of && of != node)
    of = of->parent;
  return of;
}

/* Of names that are both no dots. */
static int model_check_move(struct model *m, const struct model_place *from, const struct model_place *to) {
  bool is_directory = model_is_directory(from->node);
  if (is_directory && model_is_above(from->node, to->directory))
    return -EINVAL;
  if (model_is_directory(to->node) && model_is_above(to->node, from->directory))
    return -ENOTEMPTY;
  if (!to->node || to->node == from->node)
    return 0;
  if (is_directory != model_is_directory(to->node))
    return is_directory ? -ENOTDIR : -EISDIR;
  return is_directory && model_count(m, to->node) > 0 ? -ENOTEMPTY : 0;
}

static int model_rename(struct model *m, const char *path, const char *new_path) {
  struct model_place from, to;
  int status = model_place_of(m, path, &from);
  if (status == 0)
    status = model_place_of(m, new_path, &to);
  from.slash |= status == 0 && to.slash;
  if (status == 0 && from.slash)
    status = model_check_old(&from);
  if (status == 0 && (from.dots || to.dots))
    return -EBUSY;
  if (status == 0)
    status = model_look(&from);
  if (status == 0 && strlen(to.name) > NAME_MAX)
    return -ENAMETOOLONG;
  if (status == 0)
    status = model_check_move(m, &from, &to);
  if (status != 0 || to.node == from.node)
    return status;
  if (to.entry)
    model_remove(to.entry);
  struct model_node *node = from.node;
  model_add(m, to.directory, to.name, node);
  model_remove(from.entry);
  return 0;
}

#endif
