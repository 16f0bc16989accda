/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The part of <stdlib.h> that generated bindings need; see rt.c. */
#ifndef RT_STDLIB_H
#define RT_STDLIB_H

#include <stddef.h>

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *block, size_t size);
void free(void *block);
_Noreturn void abort(void);

#endif
