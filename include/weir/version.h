/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * The version of this header and of the library.
 *
 * Stable ring.
 */
#ifndef WEIR_VERSION_H
#define WEIR_VERSION_H

#include "weir/api.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_VERSION_MAJOR 0
#define WEIR_VERSION_MINOR 1
#define WEIR_VERSION_PATCH 0
#define WEIR_VERSION "0.1.0"

/** The version of this header as one number, to compare: 0.1.0 is 100, 1.2.3 is 10203. */
#define WEIR_VERSION_NUMBER (WEIR_VERSION_MAJOR * 10000 + WEIR_VERSION_MINOR * 100 + WEIR_VERSION_PATCH)

/** The version of the library that the program runs with, such as "0.1.0". A static text. Any thread. */
WEIR_API const char *weir_version(void);

/** The code generator in the library and its version, such as "wasmtime 48.0.8". A static text. Any thread. */
WEIR_API const char *weir_code_generator(void);

#ifdef __cplusplus
}
#endif
#endif
