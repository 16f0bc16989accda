/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Error numbers besides the system's: what the embedder has not granted. error.def says what guests are told, and the
 * embedder is told too (weir_wasi_config.on_refused).
 */
#ifndef WASI_FILESYSTEM_GRANT_H
#define WASI_FILESYSTEM_GRANT_H

enum {
  WASI_OUTSIDE = 0x10000, /* the path leaves its directory */
  WASI_NOT_GRANTED        /* a change below a directory that is given for reading only */
};

#endif
