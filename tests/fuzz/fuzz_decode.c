/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Any bytes either decode or are refused with a place in the input. What decodes lies inside the input: every string,
 * module and type, at every depth; and memory stays in proportion to the input.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "component/ast.h"
#include "component/weigh.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
  const uint8_t *data;
  size_t size;
};

static void require(bool condition, const char *what) {
  if (condition)
    return;
  fprintf(stderr, "property broken: %s\n", what);
  abort();
}

static void check_bytes(const struct input *in, const void *data, size_t size) {
  uintptr_t start = (uintptr_t)in->data, place = (uintptr_t)data;
  require(size <= in->size && place >= start && place - start <= in->size - size, "bytes lie in the input");
}

static void check_str(const struct input *in, struct str s) {
  require(s.data, "strings are never NULL");
  if (s.size != 0)
    check_bytes(in, s.data, s.size);
}

static void check_name(const struct input *in, const struct ast_name *name) {
  check_str(in, name->name);
  check_str(in, name->implements);
  check_str(in, name->version_suffix);
  check_str(in, name->external_id);
}

static void check_core_type(const struct input *in, const struct ast_core_type *t) {
  check_bytes(in, t->bytes, t->size);
  require(!(t->is_module && t->is_plain_func), "a module type is no function type");
  require(t->func.param_count <= sizeof(t->func.params), "parameters fit");
  require(t->func.result_count <= sizeof(t->func.results), "results fit");
}

static void check_type(const struct input *in, const struct ast_type *t, unsigned depth);

static void check_decl(const struct input *in, const struct ast_decl *decl, unsigned depth) {
  require(decl->offset < in->size, "a declarator lies in the input");
  switch (decl->kind) {
    case AST_DECL_CORE_TYPE:
      check_core_type(in, decl->of.core_type);
      return;
    case AST_DECL_TYPE:
      check_type(in, decl->of.type, depth);
      return;
    case AST_DECL_ALIAS:
      check_str(in, decl->of.alias->name);
      return;
    case AST_DECL_IMPORT:
    case AST_DECL_EXPORT:
      check_name(in, &decl->of.item->name);
      return;
  }
  require(false, "a declarator has a kind");
}

static void check_type(const struct input *in, const struct ast_type *t, unsigned depth) {
  require(depth <= 100, "nesting is limited");
  for (uint32_t i = 0; i < t->field_count; i++)
    check_str(in, t->fields[i].label);
  for (uint32_t i = 0; i < t->decl_count; i++)
    check_decl(in, &t->decls[i], depth + 1);
}

static void check_instance(const struct input *in, const struct ast_instance *instance) {
  for (uint32_t i = 0; i < instance->arg_count; i++)
    check_name(in, &instance->args[i].name);
}

static void check_component(const struct input *in, const struct ast_component *c, unsigned depth);

/*
 * A nested component of no bytes at the very end: reading it fails, and it is kept as what was read before the failure.
 */
static bool is_empty(const struct ast_def *def) {
  return def->kind == AST_DEF_COMPONENT && def->of.component->size == 0;
}

static void check_def(const struct input *in, const struct ast_def *def, unsigned depth) {
  require(def->offset < in->size || is_empty(def), "a definition lies in the input");
  switch (def->kind) {
    case AST_DEF_CORE_MODULE:
      check_bytes(in, def->of.core_module->data, def->of.core_module->size);
      return;
    case AST_DEF_CORE_INSTANCE:
    case AST_DEF_INSTANCE:
      check_instance(in, def->of.instance);
      return;
    case AST_DEF_CORE_TYPE:
      check_core_type(in, def->of.core_type);
      return;
    case AST_DEF_COMPONENT:
      check_component(in, def->of.component, depth + 1);
      return;
    case AST_DEF_ALIAS:
      check_str(in, def->of.alias->name);
      return;
    case AST_DEF_TYPE:
      check_type(in, def->of.type, depth);
      return;
    case AST_DEF_CANON:
      require(def->of.canon->kind < CANON_KIND_COUNT, "a canonical definition has a kind");
      return;
    case AST_DEF_START:
      require(def->of.start->arg_count < in->size, "arguments take bytes");
      return;
    case AST_DEF_IMPORT:
      check_name(in, &def->of.import->name);
      return;
    case AST_DEF_EXPORT:
      check_name(in, &def->of.export->name);
      return;
  }
  require(false, "a definition has a kind");
}

static void check_component(const struct input *in, const struct ast_component *c, unsigned depth) {
  require(depth <= 100, "nesting is limited");
  check_bytes(in, in->data + c->offset, c->size);
  check_str(in, c->name);
  for (uint32_t i = 0; i < c->def_count; i++)
    check_def(in, &c->defs[i], depth);
}

/* What has decoded has its preambles. */
static void require_whole(const struct ast_component *c) {
  require(c->size >= 8, "a component is at least its preamble");
  for (uint32_t i = 0; i < c->def_count; i++)
    if (c->defs[i].kind == AST_DEF_COMPONENT)
      require_whole(c->defs[i].of.component);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input in = {data, size};
  struct arena arena;
  struct diag diag;
  const struct ast_component *component = NULL;
  arena_init(&arena, &mem_system);
  diag_init(&diag);
  weir_status status = ast_decode(&arena, data, size, &component, &diag);
  require(diag.status == status, "the detail has the status");
  require(arena.total <= 128 * 1024 + 512 * size, "memory is in proportion to the input");
  if (status == WEIR_OK) {
    require(ast_layer(data, size) == AST_LAYER_COMPONENT, "only components decode");
    require_whole(component);
  } else {
    require(diag.has_offset && diag.offset <= size, "an error has its place");
    require(diag_message(&diag)[0] != '\0', "an error has words");
  }
  if (component) { /* what was read before an error is as sound */
    check_component(&in, component, 1);
    ast_weigh(&mem_system, component, NULL);
  }
  diag_done(&diag);
  arena_done(&arena);
  return 0;
}
