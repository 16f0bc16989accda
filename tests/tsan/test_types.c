/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * weir_type_parse() from many threads, under ThreadSanitizer: equal texts give the same pointer whoever was first, and
 * who has a type reads it while others make more.
 *
 * sources: src/load/engine_type.c src/load/type_copy.c src/wit/signature.c src/wit/signature_scan.c
 * sources: src/component/types.c src/component/layout.c src/component/type_kind.c src/component/flatten.c
 * sources: src/base/mem.c src/base/diag.c src/base/error.c src/base/utf8.c src/base/arena.c src/base/vec.c
 * sources: src/base/index.c src/base/text.c
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "load/engine.h"
#include "weir/type.h"

enum { THREADS = 8, ROUNDS = 40, TYPES = 12 };

#define CHECK(x)                                                            \
  do {                                                                      \
    if (!(x)) {                                                             \
      fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #x); \
      exit(1);                                                              \
    }                                                                       \
  } while (0)

struct reader {
  weir_engine *engine;
  int number;
  const weir_type *found[ROUNDS][TYPES];
};

/* Different ones at each time, so that the table grows while others read what is in it. */
static const weir_type *parse(weir_engine *engine, int round, int which) {
  char text[128];
  const weir_type *type = NULL;
  snprintf(text, sizeof(text), "record { a%d: list<tuple<u8, option<string>>>, b%d: stream<u%d> }", round, which,
           8 << which % 4);
  CHECK(weir_type_parse(engine, text, strlen(text), &type, NULL) == WEIR_OK);
  return type;
}

static const weir_type *copied(weir_engine *engine, const weir_type *type) {
  const weir_type *same = NULL;
  struct diag d;
  diag_init(&d);
  CHECK(engine_type_adopt(engine, type, &same, &d) == WEIR_OK);
  diag_done(&d);
  return same;
}

static void *read_all(void *data) {
  struct reader *r = data;
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < TYPES; i++) {
      int which = (i + r->number) % TYPES; /* nobody is first everywhere */
      const weir_type *type = parse(r->engine, round, which);
      CHECK(type->kind == TYPE_RECORD && type->field_count == 2 && type->fields[1].type->kind == TYPE_STREAM);
      CHECK(copied(r->engine, type) == type);
      r->found[round][which] = type;
    }
  }
  return NULL;
}

int main(void) {
  static struct reader readers[THREADS];
  static weir_engine engine;
  pthread_t threads[THREADS];
  engine.max_types = 1000000;
  CHECK(type_home_init(&engine.types, &mem_system) == WEIR_OK);
  for (int i = 0; i < THREADS; i++) {
    readers[i].engine = &engine;
    readers[i].number = i;
    CHECK(pthread_create(&threads[i], NULL, read_all, &readers[i]) == 0);
  }
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  for (int i = 1; i < THREADS; i++)
    CHECK(memcmp(readers[i].found, readers[0].found, sizeof(readers[0].found)) == 0);
  type_home_done(&engine.types);
  return 0;
}
