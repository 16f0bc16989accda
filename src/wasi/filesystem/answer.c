/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See answer.h. */
#include "wasi/filesystem/answer.h"

#include <errno.h>

#include "base/utf8.h"
#include "wasi/clocks/clocks.h"
#include "wasi/filesystem/error.h"
#include "wasi/filesystem/kind.h"

void wasi_answer_nothing(struct wasi_filesystem *files, weir_host_call *call, struct wasi_op_call *op, int status) {
  (void)files, (void)op;
  struct wasi_result_none_filesystem_error_code result = {.failed = status != 0, .error = wasi_error_code(-status)};
  wasi_filesystem_descriptor_sync_return(call, &result);
}

static struct wasi_option_clocks_instant instant_of(struct timespec time) {
  return (struct wasi_option_clocks_instant){.some = true, .value = wasi_clocks_instant_of(time)};
}

void wasi_answer_stat(struct wasi_filesystem *files, weir_host_call *call, struct wasi_op_call *op, int status) {
  (void)files;
  struct wasi_result_filesystem_descriptor_stat_filesystem_error_code result = {.failed = status != 0,
                                                                                .error = wasi_error_code(-status)};
  result.ok = (struct wasi_filesystem_descriptor_stat){
      .type = wasi_kind_of_mode(op->stat.mode),
      .link_count = op->stat.links,
      .size = op->stat.size,
      .data_access_timestamp = instant_of(op->stat.accessed),
      .data_modification_timestamp = instant_of(op->stat.modified),
      .status_change_timestamp = instant_of(op->stat.changed),
  };
  wasi_filesystem_descriptor_stat_return(call, &result);
}

void wasi_answer_hash(struct wasi_filesystem *files, weir_host_call *call, struct wasi_op_call *op, int status) {
  (void)files;
  struct wasi_result_filesystem_metadata_hash_value_filesystem_error_code result = {.failed = status != 0,
                                                                                    .error = wasi_error_code(-status)};
  uint64_t hash[2];
  wasi_op_hash(&op->stat, hash);
  result.ok = (struct wasi_filesystem_metadata_hash_value){.lower = hash[0], .upper = hash[1]};
  wasi_filesystem_descriptor_metadata_hash_return(call, &result);
}

void wasi_answer_text(struct wasi_filesystem *files, weir_host_call *call, struct wasi_op_call *op, int status) {
  (void)files;
  if (status == 0 && !utf8_valid((const uint8_t *)op->text, op->text_size))
    status = -EILSEQ;
  struct wasi_result_text_filesystem_error_code result = {.failed = status != 0, .error = wasi_error_code(-status)};
  result.ok = (struct wasi_text){op->text, op->text_size};
  wasi_filesystem_descriptor_readlink_at_return(call, &result);
}

void wasi_answer_opened(struct wasi_filesystem *files, weir_host_call *call, struct wasi_op_call *op, int status) {
  struct wasi_result_filesystem_descriptor_filesystem_error_code result = {0};
  if (status == 0) {
    struct wasi_file *file = wasi_op_opened(files->alloc, op);
    status = file ? wasi_table_add(&files->table, file, &result.ok) : -ENOMEM;
  }
  result.failed = status != 0;
  result.error = wasi_error_code(-status);
  wasi_filesystem_descriptor_open_at_return(call, &result);
}
