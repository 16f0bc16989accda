/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Public structs of other versions: each begins with its size (weir/api.h). A caller's struct is copied into this
 * version's struct, with zero for members that the caller does not have. A struct for the caller is cut to the caller's
 * size.
 */
#ifndef BASE_SIZED_H
#define BASE_SIZED_H

#include "base/diag.h"

/*
 * Copies the struct at `given` into the `own` bytes at `ret`. WEIR_ERR_MISUSE: no struct has such a size, or a member
 * is set that this version does not know.
 */
weir_status sized_read(const void *given, void *ret, size_t own, const char *name, struct diag *d);

/* Checks a struct that weir is to fill in, before the work begins: WEIR_ERR_MISUSE where the size is none. */
weir_status sized_check(const void *ret, const char *name, struct diag *d);
/* Copies the `own` bytes at `from` into the checked struct at `ret`, which keeps its size. */
void sized_write(void *ret, const void *from, size_t own);

/* Empties the checked struct: all zero but for the size. */
void sized_clear(void *ret);

/* For structs whose size is an argument: copies the `own` bytes at `from` into the `size` bytes at `ret`. */
void sized_fill(void *ret, size_t size, const void *from, size_t own);

#define SIZED_READ(given, ret, type, d) sized_read((given), (ret), sizeof(type), #type, (d))

#endif
