/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * malloc(), calloc() and realloc() that fail on demand, put in place by the linker's --wrap. Everything else passes
 * through. calloc() is here because a compiler makes it of malloc() and memset().
 * Global on purpose: there is one system allocator, and the programs that link this file have one thread.
 */
#include <stdlib.h>

#include "support/fault.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

static size_t calls, fail_at;
static bool fail_rest;

void fault_system_arm(size_t k, bool rest) {
  calls = 0;
  fail_at = k;
  fail_rest = rest;
}

size_t fault_system_calls(void) {
  return calls;
}

static bool refused(void) {
  calls++;
  return fail_at != 0 && (calls == fail_at || (fail_rest && calls > fail_at));
}

void *__wrap_malloc(size_t size) {
  return refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
  return refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size) {
  return refused() ? NULL : __real_realloc(block, size);
}
