/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Where components come from (source.h). Compiled code is machine code that nothing checks, so it must never run by
 * mistake: weir takes a file for compiled code only by its name, and a component that somebody sends has no reason to
 * have such a name.
 */
#include "cli/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/load.h"
#include "weir/bytes.h"
#include "weir/fuse.h"

bool source_is_compiled(const char *path) {
  size_t size = strlen(path);
  return size > 6 && strcmp(path + size - 6, ".cwasm") == 0;
}

/* ---- compiled code ----------------------------------------------------------------------------------------------- */

/* Compiled code under another name, for a command that would run it. */
static int refuse_name(const char *path) {
  cli_error("%s is compiled code, not a component", path);
  cli_hint("compiled code runs unchecked: where you trust it, give it a name that ends in .cwasm");
  return CLI_BAD_INPUT;
}

static int fail_compiled(const char *path, weir_status status, weir_error *take_error) {
  int code = cli_fail(path, status, take_error);
  if (status == WEIR_ERR_UNSUPPORTED)
    cli_hint("`weir compile` makes it anew; --features, --timeout and --fuel must fit those that it was compiled with");
  return code;
}

static int open_compiled(const struct source_options *o, weir_engine *engine, const struct load *load,
                         weir_component **ret) {
  weir_code *code = NULL;
  weir_error *error = NULL;
  weir_status status = weir_code_deserialize(engine, load->bytes, load->size, &code, &error);
  if (status != WEIR_OK)
    return fail_compiled(o->path, status, error);
  status = weir_component_from_code(engine, code, ret, &error);
  weir_code_free(code);
  return status == WEIR_OK ? CLI_OK : cli_fail(o->path, status, error);
}

/* ---- the cache --------------------------------------------------------------------------------------------------- */

/* The folder for caches of the XDG base directories; NULL: there is none. For free(). */
static char *default_directory(void) {
  const char *base = getenv("XDG_CACHE_HOME"), *below = "/weir";
  if (!base || base[0] != '/') { /* the rules say that a relative one is to be ignored */
    base = getenv("HOME");
    below = "/.cache/weir";
  }
  if (!base || base[0] != '/')
    return NULL;
  size_t size = strlen(base) + strlen(below) + 1;
  char *path = malloc(size);
  if (path)
    snprintf(path, size, "%s%s", base, below);
  return path;
}

char *source_cache_directory(const struct source_options *o) {
  return o->cache_dir ? strdup(o->cache_dir) : default_directory();
}

static void warn_unused(const char *directory) {
  fflush(stdout);
  fprintf(stderr, "weir: warning: the cache directory %s cannot be used\n", directory);
  cli_hint("it must be yours, writable, and closed to other writers (chmod go-w)");
}

static bool is_asked_for(const struct source_options *o) {
  return o->cache || o->cache_dir;
}

static int open_in_cache(const struct source_options *o, const char *directory, weir_engine *engine,
                         const struct load *load, weir_component **ret) {
  weir_cache_config config = WEIR_CACHE_CONFIG_INIT;
  config.directory = directory;
  weir_cache_stats stats = {0};
  weir_cache *cache = NULL;
  weir_error *error = NULL;
  weir_status status = weir_cache_new(engine, &config, &cache, &error);
  if (status == WEIR_OK) {
    weir_cache_get_stats(cache, &stats, sizeof(stats));
    if (!stats.disk && is_asked_for(o))
      warn_unused(directory);
    status = weir_cache_load(cache, load->bytes, load->size, ret, &error);
  }
  weir_cache_free(cache);
  return status == WEIR_OK ? CLI_OK : cli_fail(o->path, status, error);
}

static int open_uncached(const struct source_options *o, weir_engine *engine, const struct load *load,
                         weir_component **ret) {
  weir_error *error = NULL;
  weir_status status = weir_component_new(engine, load->bytes, load->size, ret, &error);
  return status == WEIR_OK ? CLI_OK : cli_fail(o->path, status, error);
}

/* Nobody asked for the usual folder: where there is none, the code is compiled, and that is all. */
static int open_cached(const struct source_options *o, weir_engine *engine, const struct load *load,
                       weir_component **ret) {
  char *directory = source_cache_directory(o);
  int code = CLI_USAGE;
  if (directory) {
    code = open_in_cache(o, directory, engine, load, ret);
  } else if (!is_asked_for(o)) {
    code = open_uncached(o, engine, load, ret);
  } else {
    cli_error("--cache: neither XDG_CACHE_HOME nor HOME says where the cache is");
    cli_hint("--cache-dir DIR");
  }
  free(directory);
  return code;
}

/* ---- fused components -------------------------------------------------------------------------------------------- */

/* Puts the core module that a component is fused to in its place. A fused module stays as it is. */
static int fuse_loaded(const struct source_options *o, weir_engine *engine, struct load *load) {
  weir_component *component = NULL;
  weir_error *error = NULL;
  void *bytes;
  size_t size;
  if (weir_bytes_kind_of(load->bytes, load->size) == WEIR_BYTES_CODE) {
    cli_error("%s is compiled code, which cannot be fused", o->path);
    return CLI_USAGE;
  }
  weir_status status = weir_component_inspect(engine, load->bytes, load->size, &component, &error);
  if (status == WEIR_OK)
    status = weir_fuse_core(component, NULL, &bytes, &size, NULL, &error);
  if (status == WEIR_ERR_MISUSE) {
    weir_error_free(error);
  } else if (status == WEIR_OK) {
    load_done(load);
    *load = (struct load){.bytes = bytes, .size = size, .capacity = size};
  }
  weir_component_free(component);
  return status == WEIR_OK || status == WEIR_ERR_MISUSE ? CLI_OK : cli_fail(o->path, status, error);
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

/* The adapter takes binary modules only. */
static bool is_preview1_text(const struct load *load) {
  static const char name[] = "wasi_snapshot_preview1";
  return weir_bytes_kind_of(load->bytes, load->size) == WEIR_BYTES_TEXT &&
         memmem(load->bytes, load->size, name, sizeof(name) - 1);
}

static int open_loaded(const struct source_options *o, weir_engine *engine, const struct load *load,
                       weir_component **ret) {
  if (weir_bytes_kind_of(load->bytes, load->size) == WEIR_BYTES_CODE)
    return source_is_compiled(o->path) ? open_compiled(o, engine, load, ret) : refuse_name(o->path);
  int code = o->no_cache ? open_uncached(o, engine, load, ret) : open_cached(o, engine, load, ret);
  if (code != CLI_OK && is_preview1_text(load))
    cli_hint("a program of WASI preview 1 runs in binary form: `wasm-tools parse %s -o NEW` makes that", o->path);
  return code;
}

int source_open(const struct source_options *o, weir_engine *engine, weir_component **ret) {
  struct load load;
  int code = o->compiled ? load_file(o->path, &load) : load_component(o->path, &load);
  if (code != CLI_OK)
    return code;
  if (o->fused)
    code = fuse_loaded(o, engine, &load);
  if (code == CLI_OK)
    code = open_loaded(o, engine, &load, ret);
  load_done(&load);
  return code;
}
