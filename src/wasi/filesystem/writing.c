/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* write-via-stream and append-via-stream of wasi:filesystem/types@0.3.0. */
#include "wasi/filesystem/filesystem.h"

weir_status wasi_filesystem_descriptor_write_via_stream(struct wasi_filesystem *files, weir_store *store, uint64_t self,
                                                        weir_stream *data, uint64_t offset, weir_value *ret) {
  /* No file has bytes there, and WASI_FILE_END stands for something else. */
  uint64_t at = offset < INT64_MAX ? offset : INT64_MAX;
  return wasi_sink_new(&files->sinks, wasi_table_get(&files->table, self), at, store, data, ret);
}

weir_status wasi_filesystem_descriptor_append_via_stream(struct wasi_filesystem *files, weir_store *store,
                                                         uint64_t self, weir_stream *data, weir_value *ret) {
  return wasi_sink_new(&files->sinks, wasi_table_get(&files->table, self), WASI_FILE_END, store, data, ret);
}
