/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See kind.h. */
#include "wasi/filesystem/kind.h"

#include <sys/stat.h>

static enum wasi_filesystem_descriptor_type_tag tag_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFBLK:
      return WASI_FILESYSTEM_DESCRIPTOR_TYPE_BLOCK_DEVICE;
    case S_IFCHR:
      return WASI_FILESYSTEM_DESCRIPTOR_TYPE_CHARACTER_DEVICE;
    case S_IFDIR:
      return WASI_FILESYSTEM_DESCRIPTOR_TYPE_DIRECTORY;
    case S_IFIFO:
      return WASI_FILESYSTEM_DESCRIPTOR_TYPE_FIFO;
    case S_IFLNK:
      return WASI_FILESYSTEM_DESCRIPTOR_TYPE_SYMBOLIC_LINK;
    case S_IFREG:
      return WASI_FILESYSTEM_DESCRIPTOR_TYPE_REGULAR_FILE;
    case S_IFSOCK:
      return WASI_FILESYSTEM_DESCRIPTOR_TYPE_SOCKET;
    default:
      return WASI_FILESYSTEM_DESCRIPTOR_TYPE_OTHER;
  }
}

struct wasi_filesystem_descriptor_type wasi_kind_of_mode(mode_t mode) {
  return (struct wasi_filesystem_descriptor_type){.tag = tag_of(mode)};
}
