/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Property: any bytes either read as a core module or are refused; what is read is written again and reads to the same
 * bytes. A module that is valid reads, is valid when it is written again, and two instances of it merge into a valid
 * module, unless the merger says what it cannot do. Memory stays in proportion to the input.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "engine/eng.h"
#include "fuse/merge.h"
#include "wasm/sections_read.h"
#include "wasm/sections_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what, const struct diag *d) {
  if (holds)
    return;
  fprintf(stderr, "fuzz_sections: %s: %s\n", what, d ? diag_message(d) : "");
  abort();
}

static bool is_valid(const uint8_t *data, size_t size, struct diag *d) {
  static const uint8_t core[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
  return size >= sizeof(core) && memcmp(data, core, sizeof(core)) == 0 &&
         eng_validate(data, size, ENG_FEATURES_RELEASED, d) == WEIR_OK;
}

static weir_status rewrite(const uint8_t *data, size_t size, struct text *out, struct diag *d) {
  struct arena arena;
  struct wasm_sections s;
  arena_init(&arena, &mem_system);
  weir_status status = sections_read(&arena, data, size, &s, d);
  require(arena.total <= 64 * 1024 + 256 * size, "memory is in proportion to the input", NULL);
  if (status == WEIR_OK)
    status = sections_write(&s, out, d);
  arena_done(&arena);
  return status;
}

static void rewrite_twice(const uint8_t *data, size_t size, bool valid) {
  struct text once, twice;
  struct diag d;
  diag_init(&d);
  text_init(&once);
  text_init(&twice);
  weir_status status = rewrite(data, size, &once, &d);
  require(!valid || status == WEIR_OK, "a valid module is read", &d);
  if (status == WEIR_OK) {
    require(rewrite((const uint8_t *)once.data, once.size, &twice, &d) == WEIR_OK, "what is written is read", &d);
    require(once.size == twice.size && memcmp(once.data, twice.data, once.size) == 0, "the second time is the same",
            NULL);
    require(!valid || is_valid((const uint8_t *)once.data, once.size, &d), "what is written is valid", &d);
  }
  text_done(&once);
  text_done(&twice);
  diag_done(&d);
}

static uint32_t import_count(const uint8_t *data, size_t size) {
  struct arena arena;
  struct wasm_sections s;
  arena_init(&arena, &mem_system);
  uint32_t count = sections_read(&arena, data, size, &s, NULL) == WEIR_OK ? s.import_count : 0;
  arena_done(&arena);
  return count;
}

/* Both instances import everything from outside, each import once. */
static void merge_two(const uint8_t *data, size_t size, bool valid) {
  uint32_t imports = import_count(data, size);
  struct merge_source *sources = mem_array(&mem_system, imports, sizeof(*sources));
  struct merge_outside *outsides = mem_array(&mem_system, imports, sizeof(*outsides));
  if (imports != 0 && (!sources || !outsides))
    abort();
  for (uint32_t i = 0; i < imports; i++) {
    sources[i] = (struct merge_source){.instance = MERGE_OUTSIDE, .outside = i};
    outsides[i] = (struct merge_outside){STR("m"), STR("n")};
  }
  const struct merge_module module = {data, size};
  const struct merge_instance both[] = {{0, sources, imports, STR("a/")}, {0, sources, imports, STR("b/")}};
  const struct merge_plan plan = {.modules = &module,
                                  .module_count = 1,
                                  .instances = both,
                                  .instance_count = 2,
                                  .outsides = outsides,
                                  .outside_count = imports,
                                  .name = STR("two")};
  struct text out;
  struct diag d;
  diag_init(&d);
  text_init(&out);
  weir_status status = merge_modules(&mem_system, &plan, &out, NULL, &d);
  if (valid && status == WEIR_OK)
    require(is_valid((const uint8_t *)out.data, out.size, &d), "a merged module is valid", &d);
  require(!valid || status == WEIR_OK || status == WEIR_ERR_LIMIT || status == WEIR_ERR_UNSUPPORTED, "merged", &d);
  text_done(&out);
  diag_done(&d);
  mem_free(&mem_system, sources, imports * sizeof(*sources));
  mem_free(&mem_system, outsides, imports * sizeof(*outsides));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  bool valid = is_valid(data, size, NULL);
  rewrite_twice(data, size, valid);
  merge_two(data, size, valid);
  return 0;
}
