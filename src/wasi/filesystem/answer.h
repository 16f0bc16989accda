/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Outcomes of operations (op.h) as results of wasi:filesystem/types@0.3.0. Each function finishes a host call. `status`
 * is 0 or the negative of an errno.
 */
#ifndef WASI_FILESYSTEM_ANSWER_H
#define WASI_FILESYSTEM_ANSWER_H

#include "wasi/filesystem/filesystem.h"

typedef void wasi_answer(struct wasi_filesystem *files, weir_host_call *call, struct wasi_op_call *op, int status);

/* result<_, error-code> of any function. */
wasi_answer wasi_answer_nothing;
/* Of stat and metadata-hash, with or without a path; of readlink-at. */
wasi_answer wasi_answer_stat, wasi_answer_hash, wasi_answer_text;
/* Of open-at: the file gets a descriptor. */
wasi_answer wasi_answer_opened;

#endif
