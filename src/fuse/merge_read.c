/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Each module is read once, however often it is instantiated. What the result can become is bounded here, before any
 * work is done that grows with the number of instances.
 */
#include "fuse/merge_read.h"

#include "wasm/sections_read.h"

enum { RESULT_MAX = 1 << 30 }; /* bytes; what the validator takes for a module in a component */

static weir_status read_exports(struct merge *m, struct merged_module *module) {
  name_index_init(&module->exports, &m->arena);
  for (uint32_t i = 0; i < module->s.export_count; i++)
    if (!name_index_add(&module->exports, module->s.exports[i].name, i))
      return diag_nomem(m->d);
  return WEIR_OK;
}

static weir_status read_module(struct merge *m, uint32_t number) {
  const struct merge_module *from = &m->plan->modules[number];
  struct merged_module *module = &m->modules[number];
  if (module->used)
    return WEIR_OK;
  module->used = true;
  WEIR_TRY(merge_in_module(m, number, sections_read(&m->arena, from->data, from->size, &module->s, m->d)));
  return read_exports(m, module);
}

static weir_status check_sources(const struct merge *m, uint32_t number) {
  const struct merge_instance *plan = &m->plan->instances[number];
  uint32_t wanted = m->modules[plan->module].s.import_count;
  if (plan->source_count != wanted)
    return diag_set(m->d, WEIR_ERR_MISUSE, "instance %u has %u sources, its module has %u imports", (unsigned)number,
                    (unsigned)plan->source_count, (unsigned)wanted);
  for (uint32_t i = 0; i < wanted; i++) {
    const struct merge_source *source = &plan->sources[i];
    if (source->instance == MERGE_OUTSIDE ? source->outside >= m->plan->outside_count : source->instance >= number)
      return diag_set(m->d, WEIR_ERR_MISUSE, "import %u of instance %u has no source before the instance", (unsigned)i,
                      (unsigned)number);
  }
  return WEIR_OK;
}

weir_status merge_read(struct merge *m) {
  const struct merge_plan *plan = m->plan;
  uint64_t size = 0;
  m->modules = ARENA_ARRAY(&m->arena, struct merged_module, plan->module_count);
  m->instances = ARENA_ARRAY(&m->arena, struct merged_instance, plan->instance_count);
  if (!m->modules || !m->instances)
    return diag_nomem(m->d);
  for (uint32_t i = 0; i < plan->instance_count; i++) {
    uint32_t module = plan->instances[i].module;
    if (module >= plan->module_count)
      return diag_set(m->d, WEIR_ERR_MISUSE, "instance %u is of module %u; there are %u", (unsigned)i, (unsigned)module,
                      (unsigned)plan->module_count);
    size += plan->modules[module].size;
    if (size > RESULT_MAX)
      return diag_set(m->d, WEIR_ERR_LIMIT, "the merged module would have more than %u bytes", (unsigned)RESULT_MAX);
    WEIR_TRY(read_module(m, module));
    WEIR_TRY(check_sources(m, i));
    m->instances[i] = (struct merged_instance){.plan = &plan->instances[i], .module = &m->modules[module]};
  }
  return WEIR_OK;
}
