/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Each block carries its size in front. Misuse aborts the test program: it is a defect of the code under test. */
#include "support/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HEAD = 16, FILL_NEW = 0xa5 };

static size_t head_size(const char *block) {
  size_t size;
  memcpy(&size, block - HEAD, sizeof(size));
  return size;
}

static bool request_allowed(struct fault *f) {
  f->calls++;
  bool refused = f->fail_at != 0 && (f->calls == f->fail_at || (f->fail_rest && f->calls > f->fail_at));
  f->failures += refused;
  return !refused;
}

static char *block_new(struct fault *f, size_t size) {
  char *raw = request_allowed(f) && size <= PTRDIFF_MAX - HEAD ? malloc(size + HEAD) : NULL;
  if (!raw)
    return NULL;
  memset(raw, FILL_NEW, size + HEAD);
  memcpy(raw, &size, sizeof(size));
  f->live_blocks++;
  f->live_bytes += size;
  return raw + HEAD;
}

static void block_free(struct fault *f, char *block) {
  f->live_blocks--;
  f->live_bytes -= head_size(block);
  free(block - HEAD);
}

static void check_old_size(const char *block, size_t old_size) {
  size_t real = !block ? 0 : head_size(block);
  if (real == old_size)
    return;
  fprintf(stderr, "fault: a block of %zu bytes was handed back as one of %zu\n", real, old_size);
  abort();
}

static void *fault_reallocate(void *ctx, void *block, size_t old_size, size_t new_size) {
  struct fault *f = ctx;
  check_old_size(block, old_size);
  pthread_mutex_lock(&f->lock);
  char *result = NULL;
  if (new_size != 0)
    result = block_new(f, new_size);
  if (result && block)
    memcpy(result, block, old_size < new_size ? old_size : new_size);
  if (block && (result || new_size == 0))
    block_free(f, block);
  pthread_mutex_unlock(&f->lock);
  return result;
}

void fault_init(struct fault *f) {
  *f = (struct fault){.alloc = {sizeof(f->alloc), fault_reallocate, f}};
  pthread_mutex_init(&f->lock, NULL);
}

void fault_arm(struct fault *f, size_t k, bool rest) {
  f->calls = 0;
  f->failures = 0;
  f->fail_at = k;
  f->fail_rest = rest;
}

void fault_done(struct fault *f) {
  pthread_mutex_destroy(&f->lock);
  if (f->live_blocks != 0)
    print_error("%zu blocks of %zu bytes are still allocated\n", f->live_blocks, f->live_bytes);
  assert_int_equal(f->live_blocks, 0);
}

/* One run with the k-th request failing; returns how many requests there were. */
static size_t sweep_run(fault_scenario *scenario, void *ctx, size_t k, bool rest) {
  struct fault f;
  fault_init(&f);
  fault_arm(&f, k, rest);
  weir_status status = scenario(&f.alloc, ctx);
  bool expected = status == WEIR_OK || (f.failures != 0 && status == WEIR_ERR_NOMEM);
  if (!expected || f.live_blocks != 0)
    print_error("request %zu failing%s: %s, %zu blocks live\n", k, rest ? " and all after it" : "",
                weir_status_name(status), f.live_blocks);
  assert_true(expected);
  size_t calls = f.calls;
  fault_done(&f);
  return calls;
}

size_t fault_sweep(fault_scenario *scenario, void *ctx) {
  size_t count = sweep_run(scenario, ctx, 0, false);
  for (size_t k = 1; k <= count; k++) {
    sweep_run(scenario, ctx, k, false);
    sweep_run(scenario, ctx, k, true);
  }
  return count;
}
