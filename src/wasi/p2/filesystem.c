/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See filesystem.h; and functions that need no operation. */
#include "wasi/p2/filesystem.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/p2/error.h"
#include "wasi/p2/p2.h"

enum wasi_p2_filesystem_error_code wasi_p2_error_code(int error) {
  switch (error) {
    case EAGAIN:
      return WASI_P2_FILESYSTEM_ERROR_CODE_WOULD_BLOCK;
#define ERROR(number, CODE) \
  case number:              \
    return WASI_P2_FILESYSTEM_ERROR_CODE_##CODE;
#include "wasi/filesystem/error.def"
    default:
      return WASI_P2_FILESYSTEM_ERROR_CODE_IO;
  }
}

enum wasi_p2_filesystem_descriptor_type wasi_p2_kind_of_mode(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFBLK:
      return WASI_P2_FILESYSTEM_DESCRIPTOR_TYPE_BLOCK_DEVICE;
    case S_IFCHR:
      return WASI_P2_FILESYSTEM_DESCRIPTOR_TYPE_CHARACTER_DEVICE;
    case S_IFDIR:
      return WASI_P2_FILESYSTEM_DESCRIPTOR_TYPE_DIRECTORY;
    case S_IFIFO:
      return WASI_P2_FILESYSTEM_DESCRIPTOR_TYPE_FIFO;
    case S_IFLNK:
      return WASI_P2_FILESYSTEM_DESCRIPTOR_TYPE_SYMBOLIC_LINK;
    case S_IFREG:
      return WASI_P2_FILESYSTEM_DESCRIPTOR_TYPE_REGULAR_FILE;
    case S_IFSOCK:
      return WASI_P2_FILESYSTEM_DESCRIPTOR_TYPE_SOCKET;
    default:
      return WASI_P2_FILESYSTEM_DESCRIPTOR_TYPE_UNKNOWN;
  }
}

/* ---- functions --------------------------------------------------------------------------------------------------- */

weir_status wasi_p2_filesystem_filesystem_error_code(struct wasi_p2 *p2, weir_store *store, uint64_t err,
                                                     struct wasi_option_p2_filesystem_error_code *ret) {
  (void)store;
  int number = wasi_p2_error_number(p2, err);
  ret->some = number != 0;
  ret->value = wasi_p2_error_code(number);
  return WEIR_OK;
}

weir_status wasi_p2_filesystem_descriptor_get_flags(
    struct wasi_p2 *p2, weir_store *store, uint64_t self,
    struct wasi_result_p2_filesystem_descriptor_flags_p2_filesystem_error_code *ret) {
  (void)store;
  const struct wasi_file *file = wasi_table_get(&p2->files->table, self);
  ret->failed = !file;
  ret->ok = file ? file->flags : 0;
  ret->error = WASI_P2_FILESYSTEM_ERROR_CODE_BAD_DESCRIPTOR;
  return WEIR_OK;
}

weir_status wasi_p2_filesystem_descriptor_get_type(
    struct wasi_p2 *p2, weir_store *store, uint64_t self,
    struct wasi_result_p2_filesystem_descriptor_type_p2_filesystem_error_code *ret) {
  (void)store;
  const struct wasi_file *file = wasi_table_get(&p2->files->table, self);
  ret->failed = !file;
  ret->ok = wasi_p2_kind_of_mode(file ? file->type : 0);
  ret->error = WASI_P2_FILESYSTEM_ERROR_CODE_BAD_DESCRIPTOR;
  return WEIR_OK;
}

weir_status wasi_p2_filesystem_descriptor_is_same_object(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                         uint64_t other, bool *ret) {
  const struct wasi_table *table = &p2->files->table;
  const struct wasi_file *a = wasi_table_get(table, self), *b = wasi_table_get(table, other);
  (void)store;
  *ret = a && b && a->device == b->device && a->inode == b->inode;
  return WEIR_OK;
}

void wasi_p2_filesystem_descriptor_drop(struct wasi_p2 *p2, uint64_t rep) {
  wasi_table_remove(&p2->files->table, rep);
}

/* ---- preopened directories --------------------------------------------------------------------------------------- */

typedef struct wasi_tuple_p2_filesystem_descriptor_text preopen;

/* A descriptor of each. 0, or the negative of an errno, and then there are none. */
static int give_descriptors(struct wasi_filesystem *files, preopen *ret) {
  for (size_t i = 0; i < files->preopens.count; i++) {
    const struct wasi_preopen *from = &files->preopens.items[i];
    ret[i].f1 = from->guest;
    int status = wasi_table_add(&files->table, wasi_file_ref(from->file), &ret[i].f0);
    if (status == 0)
      continue;
    while (i > 0)
      wasi_table_remove(&files->table, ret[--i].f0);
    return status;
  }
  return 0;
}

void wasi_p2_filesystem_preopens_get_directories(struct wasi_p2 *p2, weir_host_call *call) {
  size_t count = p2->files->preopens.count;
  preopen *all = mem_array(p2->alloc, count + 1, sizeof(*all));
  int status = all ? give_descriptors(p2->files, all) : -ENOMEM;
  struct wasi_list_tuple_p2_filesystem_descriptor_text result = {all, count};
  if (status == 0)
    wasi_p2_filesystem_preopens_get_directories_return(call, &result);
  else
    weir_host_call_fail(call, wasi_value_words(status == -ENOMEM ? WEIR_ERR_NOMEM : WEIR_ERR_LIMIT));
  mem_free(p2->alloc, all, (count + 1) * sizeof(*all));
}
