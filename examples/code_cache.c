/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Compile once, instantiate anywhere: threads that ask a cache for the same component at the same moment, compiled code
 * that is wrapped again in each thread, and a directory from which the next process starts without compiling.
 *
 *     example-code_cache examples/guests/wat/actor.wat
 */
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/weir.h"

enum { THREADS = 4 };

static void must(weir_status status, weir_error *const *error) {
  if (status == WEIR_OK)
    return;
  fprintf(stderr, "%s: %s\n", weir_status_name(status), error && *error ? weir_error_message(*error) : "no details");
  exit(1);
}

/* ---- a cache in memory and on disk ------------------------------------------------------------------------------- */

struct program {
  weir_engine *engine;
  weir_cache *cache;
  const char *bytes;
  size_t size;
};

static void program_open(struct program *p, const char *directory) {
  weir_error *error = NULL;
  weir_cache_config config = WEIR_CACHE_CONFIG_INIT;
  config.directory = directory;
  must(weir_engine_new(NULL, &p->engine, &error), &error);
  must(weir_cache_new(p->engine, &config, &p->cache, &error), &error);
}

static void program_close(struct program *p) {
  weir_cache_free(p->cache);
  weir_engine_free(p->engine);
}

static weir_component *program_load(struct program *p) {
  weir_error *error = NULL;
  weir_component *component;
  must(weir_cache_load(p->cache, p->bytes, p->size, &component, &error), &error);
  return component;
}

static void program_report(const struct program *p, const char *who) {
  weir_cache_stats stats = {0};
  weir_cache_get_stats(p->cache, &stats, sizeof(stats));
  printf("%s: compiled %u, from memory %u, from disk %u\n", who, (unsigned)stats.compiled, (unsigned)stats.memory_hits,
         (unsigned)stats.disk_hits);
}

/* Asks at the same moment as the others: one of them compiles, the rest wait for it. */
static void *ask(void *data) {
  weir_component_free(program_load(data));
  return NULL;
}

/* ---- code that is wrapped where it is wanted --------------------------------------------------------------------- */

struct actor {
  pthread_t thread;
  weir_engine *engine;
  const weir_code *code;
  char answer[64];
};

/* A component, a store and an instance of its own: nothing but the code is shared. */
static void *act(void *data) {
  struct actor *a = data;
  weir_error *error = NULL;
  weir_component *component;
  weir_store *store;
  weir_instance *instance;
  weir_value line, answer;
  must(weir_component_from_code(a->engine, a->code, &component, &error), &error);
  must(weir_store_new(a->engine, NULL, &store, &error), &error);
  must(weir_instance_new(store, NULL, component, &instance, &error), &error);
  must(weir_value_new_string("hello", 5, &line), NULL);
  must(weir_call_run(instance, weir_component_find_func(component, NULL, "handle"), &line, 1, &answer, &error), &error);
  snprintf(a->answer, sizeof(a->answer), "%.*s", (int)answer.of.string.size, answer.of.string.data);
  weir_value_clear(&answer);
  weir_store_free(store);
  weir_component_free(component);
  return NULL;
}

static void wrap_in_threads(weir_engine *engine, const weir_code *code) {
  struct actor actors[THREADS] = {0};
  for (int i = 0; i < THREADS; i++) {
    actors[i].engine = engine;
    actors[i].code = code;
    pthread_create(&actors[i].thread, NULL, act, &actors[i]);
  }
  for (int i = 0; i < THREADS; i++) {
    pthread_join(actors[i].thread, NULL);
    printf("actor %d answers: %s\n", i + 1, actors[i].answer);
  }
}

/* Code belongs to the engine that made it, and that is noticed when it is wrapped, not when it is called. */
static void wrap_elsewhere(weir_engine *engine, const weir_code *code) {
  weir_component *component;
  if (weir_component_from_code(engine, code, &component, NULL) == WEIR_ERR_MISUSE)
    printf("code of another engine is refused\n");
}

/* ---- the program ------------------------------------------------------------------------------------------------- */

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *where) {
  (void)info, (void)kind, (void)where;
  return remove(path);
}

int main(int argc, char **argv) {
  static char bytes[1 << 20];
  char directory[] = "/tmp/weir-code-cache-XXXXXX";
  FILE *file = fopen(argc > 1 ? argv[1] : "examples/guests/wat/actor.wat", "rb");
  size_t size = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
  if (file)
    fclose(file);
  if (!mkdtemp(directory))
    must(WEIR_ERR_IO, NULL);

  struct program first = {.bytes = bytes, .size = size}, second = first;
  pthread_t threads[THREADS];
  program_open(&first, directory);
  for (int i = 0; i < THREADS; i++)
    pthread_create(&threads[i], NULL, ask, &first);
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  program_report(&first, "four threads");

  weir_component *component = program_load(&first);
  weir_code *code = weir_component_code(component);
  weir_component_free(component); /* the code lives on by itself */
  wrap_in_threads(first.engine, code);

  program_open(&second, directory); /* as another process would */
  weir_component_free(program_load(&second));
  program_report(&second, "the next start");
  wrap_elsewhere(second.engine, code);

  weir_code_free(code);
  program_close(&second);
  program_close(&first);
  nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
  return 0;
}
