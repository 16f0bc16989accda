/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Components by name (link_vectors.wat), decoded and linked for the tests. */
#ifndef TEST_LINK_SUPPORT_H
#define TEST_LINK_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "component/graph.h"

struct link_vector {
  const char *name;
  const uint8_t *bytes;
  size_t size;
};

#include "unit/component/link_vectors.inc"

enum { LINK_VECTOR_COUNT = sizeof(link_vectors) / sizeof(link_vectors[0]) };

struct linked {
  uint8_t *bytes; /* in their exact size, so that a read past the end is seen */
  struct arena arena;
  struct diag diag;
  weir_status status;
  struct graph *graph;
};

static inline const struct link_vector *link_vector_find(const char *name) {
  for (size_t i = 0; i < LINK_VECTOR_COUNT; i++)
    if (strcmp(link_vectors[i].name, name) == 0)
      return &link_vectors[i];
  fail_msg("no vector named %s", name);
  return NULL;
}

static inline void linked_init(struct linked *l, const char *name) {
  const struct link_vector *v = link_vector_find(name);
  const struct ast_component *ast;
  *l = (struct linked){.bytes = malloc(v->size)};
  assert_non_null(l->bytes);
  memcpy(l->bytes, v->bytes, v->size);
  arena_init(&l->arena, &mem_system);
  diag_init(&l->diag);
  l->status = ast_decode(&l->arena, l->bytes, v->size, &ast, &l->diag);
  if (l->status == WEIR_OK)
    l->status = graph_link(&l->arena, ast, &l->graph, &l->diag);
}

/* Links what must link. */
static inline const struct graph *linked_ok(struct linked *l, const char *name) {
  linked_init(l, name);
  if (l->status != WEIR_OK)
    fail_msg("%s at %zu: %s", name, l->diag.offset, diag_message(&l->diag));
  return l->graph;
}

static inline void linked_done(struct linked *l) {
  arena_done(&l->arena);
  diag_done(&l->diag);
  free(l->bytes);
}

static inline void assert_text(struct str s, const char *want) {
  if (!str_eq(s, str_from(want)))
    fail_msg("'" STR_FMT "' is not '%s'", STR_ARG(s), want);
}

/* "il:f": the letters of i32, i64, f32, f64. */
static inline void assert_signature(const struct core_signature *s, const char *want) {
  char text[32];
  size_t n = 0;
  for (uint8_t i = 0; i < s->param_count; i++)
    text[n++] = "ilfd"[s->params[i]];
  text[n++] = ':';
  for (uint8_t i = 0; i < s->result_count; i++)
    text[n++] = "ilfd"[s->results[i]];
  text[n] = 0;
  assert_string_equal(text, want);
}

static inline const struct weir_extern *item_of(const struct weir_extern *items, uint32_t count, const char *name) {
  const struct weir_extern *item = graph_find(items, count, str_from(name));
  if (!item)
    fail_msg("no item named %s", name);
  return item;
}

#endif
