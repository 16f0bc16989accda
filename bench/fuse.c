/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What merging costs: two modules of 5 MB each, made here, the second of which calls the first. One line each: name,
 * unit, value. Time is the best of some rounds; memory is what the resident memory of the process grows by at most,
 * over the size of the input. Neither reading nor writing files is in it.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "fuse/merge.h"
#include "wasm/put.h"

enum { INPUT = 5000000, DATA = 500000, FUNCTIONS = 24000, SHARED = 200, ROUNDS = 5 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static size_t peak(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (size_t)usage.ru_maxrss * 1024;
}

static size_t resident(void) {
  unsigned long all, pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file || fscanf(file, "%lu %lu", &all, &pages) != 2)
    pages = 0;
  if (file)
    fclose(file);
  return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* ---- the modules ----------------------------------------------------------------------------------------------- */

/* Some twenty instructions as compilers make them: locals, memory, constants, a branch, a call, a global. */
static void put_function(struct text *body, uint32_t i) {
  put_u32(body, 1);
  put_u32(body, 3);
  put_valtype(body, CORE_I32);
  for (uint32_t n = 0; n < 5; n++) {
    put_op_u32(body, OP_LOCAL_GET, n % 4);
    put_access(body, OP_I32_LOAD, 0, (i + n) * 8 % 60000);
    put_op_u32(body, OP_LOCAL_TEE, 1);
    put_i32(body, i * 97 + n);
    put_op(body, OP_I32_ADD);
    put_op_u32(body, OP_GLOBAL_SET, n % 2);
    put_op_u32(body, OP_BLOCK, TYPE_NOTHING);
    put_op_u32(body, OP_LOCAL_GET, 2);
    put_op_u32(body, OP_BR_IF, 0);
    put_op_u32(body, OP_GLOBAL_GET, 0);
    put_op_u32(body, OP_CALL, (i * 31 + n * 1009) % FUNCTIONS);
    put_op_u32(body, OP_LOCAL_SET, 3);
    put_op(body, OP_END);
  }
  put_op_u32(body, OP_LOCAL_GET, 3);
  put_op(body, OP_END);
}

static void put_functions(struct text *out, uint32_t imported) {
  struct text section, body;
  text_init(&section);
  text_init(&body);
  put_u32(&section, FUNCTIONS - imported);
  for (uint32_t i = imported; i < FUNCTIONS; i++) {
    put_function(&body, i);
    put_sized(&section, &body);
  }
  put_section(out, SECTION_CODE, &section);
  text_done(&section);
  text_done(&body);
}

static void put_imports(struct text *section, uint32_t imported) {
  char name[16];
  if (imported != 0)
    put_u32(section, imported);
  for (uint32_t i = 0; i < imported; i++) {
    put_name(section, STR("a"));
    put_name(section, (struct str){name, (size_t)snprintf(name, sizeof(name), "f%u", (unsigned)i)});
    put_byte(section, 0);
    put_u32(section, 0);
  }
}

static void put_exports(struct text *section) {
  char name[16];
  put_u32(section, SHARED);
  for (uint32_t i = 0; i < SHARED; i++) {
    put_name(section, (struct str){name, (size_t)snprintf(name, sizeof(name), "f%u", (unsigned)i)});
    put_byte(section, 0);
    put_u32(section, i);
  }
}

static void put_data(struct text *section, size_t size) {
  put_u32(section, 1);
  text_add(section, (struct str){"\0\x41\0\x0b", 4});
  put_u32(section, (uint32_t)size);
  for (size_t i = 0; i < size; i++)
    put_byte(section, (uint8_t)i);
}

static void put_names(struct text *section) {
  struct text map;
  char name[32];
  text_init(&map);
  put_u32(&map, FUNCTIONS);
  for (uint32_t i = 0; i < FUNCTIONS; i++) {
    put_u32(&map, i);
    put_name(&map, (struct str){name, (size_t)snprintf(name, sizeof(name), "function_of_the_guest_%u", (unsigned)i)});
  }
  put_name(section, STR("name"));
  put_byte(section, 1);
  put_sized(section, &map);
  text_done(&map);
}

static void make_module(struct text *out, uint32_t imported) {
  struct text section;
  text_init(&section);
  text_add(out, (struct str){"\0asm\1\0\0\0", 8});
  text_add(&section, (struct str){"\1\x60\1\x7f\1\x7f", 6});
  put_section(out, SECTION_TYPE, &section);
  put_imports(&section, imported);
  put_section(out, SECTION_IMPORT, &section);
  put_u32(&section, FUNCTIONS - imported);
  for (uint32_t i = imported; i < FUNCTIONS; i++)
    put_u32(&section, 0);
  put_section(out, SECTION_FUNCTION, &section);
  text_add(&section, (struct str){"\1\0\x40", 3});
  put_section(out, SECTION_MEMORY, &section);
  text_add(&section, (struct str){"\2\x7f\1\x41\0\x0b\x7f\1\x41\0\x0b", 11});
  put_section(out, SECTION_GLOBAL, &section);
  put_exports(&section);
  put_section(out, SECTION_EXPORT, &section);
  put_functions(out, imported);
  put_names(&section);
  struct text names = section;
  text_init(&section);
  size_t left = out->size + names.size < INPUT ? INPUT - out->size - names.size : 1;
  put_data(&section, left < DATA ? left : DATA);
  put_section(out, SECTION_DATA, &section);
  put_section(out, SECTION_CUSTOM, &names);
  text_done(&section);
  text_done(&names);
}

/* ---- measuring ------------------------------------------------------------------------------------------------- */

static double merge_once(const struct merge_plan *plan, size_t *ret_size) {
  struct text out;
  text_init(&out);
  double start = now();
  if (merge_modules(&mem_system, plan, &out, NULL, NULL) != WEIR_OK)
    exit(1);
  double time = now() - start;
  *ret_size = out.size;
  text_done(&out);
  return time;
}

static void measure(const struct merge_plan *plan) {
  size_t input = plan->modules[0].size + plan->modules[1].size, before = resident(), output;
  double best = merge_once(plan, &output);
  size_t grown = peak() - before;
  for (int i = 1; i < ROUNDS; i++) {
    double time = merge_once(plan, &output);
    best = time < best ? time : best;
  }
  printf("fuse-merge\tms\t%.1f\n", best);
  printf("fuse-merge-memory\tx\t%.2f\n", (double)grown / (double)input);
  printf("fuse-merge-input\tMB\t%.2f\n", (double)input / 1e6);
  printf("fuse-merge-output\tMB\t%.2f\n", (double)output / 1e6);
}

int main(void) {
  mallopt(M_MMAP_THRESHOLD, 64 << 10); /* what making the modules took is gone, and not used again unseen */
  static struct merge_source sources[SHARED];
  static char names[SHARED][8];
  struct text a, b;
  text_init(&a);
  text_init(&b);
  make_module(&a, 0);
  make_module(&b, SHARED);
  for (uint32_t i = 0; i < SHARED; i++)
    sources[i].name = (struct str){names[i], (size_t)snprintf(names[i], sizeof(names[i]), "f%u", (unsigned)i)};
  const struct merge_module modules[] = {{(uint8_t *)a.data, a.size}, {(uint8_t *)b.data, b.size}};
  const struct merge_instance instances[] = {
      {.module = 0, .prefix = STR("a/")},
      {.module = 1, .sources = sources, .source_count = SHARED, .prefix = STR("b/")}};
  const struct merge_plan plan = {.modules = modules, .module_count = 2, .instances = instances, .instance_count = 2};
  measure(&plan);
  text_done(&a);
  text_done(&b);
  return 0;
}
