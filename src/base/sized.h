/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Public structs of other versions: each begins with its size (weir/api.h). What comes in is copied into this version's
 * struct, with zero for what the caller does not have; what goes out is cut to what the caller has.
 */
#ifndef BASE_SIZED_H
#define BASE_SIZED_H

#include "base/diag.h"

/*
 * Copies the struct at `given` into the `own` bytes at `ret`. WEIR_ERR_MISUSE: no size, or something that is not known.
 */
weir_status sized_read(const void *given, void *ret, size_t own, const char *name, struct diag *d);

/* For what is to be filled in, before the work is done: WEIR_ERR_MISUSE without a size. */
weir_status sized_check(const void *ret, const char *name, struct diag *d);
/* Copies the `own` bytes at `from` into the struct at `ret`, which has been checked and keeps its size. */
void sized_write(void *ret, const void *from, size_t own);

/* Empties it: all zero but for the size. */
void sized_clear(void *ret);

#define SIZED_READ(given, ret, type, d) sized_read((given), (ret), sizeof(type), #type, (d))

#endif
