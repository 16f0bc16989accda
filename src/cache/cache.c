/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * weir/cache.h: components by the SHA-256 of their bytes and of the engine's fingerprint, from memory (shelf.h), from
 * disk (disk.h), or compiled. Code from disk is taken only if it is code of exactly the bytes in hand.
 */
#include "weir/cache.h"

#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "base/sized.h"
#include "cache/disk.h"
#include "cache/shelf.h"
#include "engine/sha256.h"
#include "load/bytes.h"
#include "load/code.h"
#include "load/component.h"

static const uint64_t memory_default = 256u << 20, disk_default = 1u << 30;

struct weir_cache {
  weir_engine *engine;
  struct sha256 fingerprint; /* the beginning of every key */
  struct shelf shelf;
  bool has_disk;
  struct disk disk;
  atomic_ullong disk_hits, compiled, damaged;
};

/* One caller's request. */
struct request {
  weir_cache *cache;
  const uint8_t *bytes;
  size_t size;
  uint8_t key[SHA256_SIZE];
  bool compiled; /* this caller has compiled the code */
};

/* ---- making ------------------------------------------------------------------------------------------------------ */

static weir_code *read_code(struct request *r) {
  weir_cache *c = r->cache;
  uint8_t *bytes = NULL;
  size_t size = 0;
  weir_code *code = NULL;
  if (!c->has_disk || !disk_read(&c->disk, r->key, &bytes, &size))
    return NULL;
  struct str component = {(const char *)r->bytes, r->size};
  weir_status status = code_deserialize_for(c->engine, component, bytes, size, &code, NULL);
  mem_free(&c->engine->alloc, bytes, size);
  if (status == WEIR_OK) {
    atomic_fetch_add_explicit(&c->disk_hits, 1, memory_order_relaxed);
    return code;
  }
  weir_code_free(code);
  if (status == WEIR_ERR_NOMEM || status == WEIR_ERR_LIMIT)
    return NULL;
  atomic_fetch_add_explicit(&c->damaged, 1, memory_order_relaxed);
  disk_remove(&c->disk, r->key);
  return NULL;
}

static weir_status make_code(void *request, void **ret, uint64_t *ret_size, struct diag *d) {
  struct request *r = request;
  weir_code *code = read_code(r);
  if (!code) {
    r->compiled = true;
    atomic_fetch_add_explicit(&r->cache->compiled, 1, memory_order_relaxed);
    WEIR_TRY(code_compile(r->cache->engine, r->bytes, r->size, &code, d));
  }
  *ret = code;
  *ret_size = weir_code_size(code);
  return WEIR_OK;
}

static void hold_code(void *code) {
  weir_code_ref(code);
}

static void release_code(void *code) {
  weir_code_free(code);
}

static const struct shelf_ops code_ops = {make_code, hold_code, release_code};

/* Writes the code only after all waiting callers have got it: a disk may be slow. */
static void write_code(const struct request *r, const weir_code *code) {
  void *bytes = NULL;
  size_t size = 0;
  if (code_serialize(code, &bytes, &size, NULL) == WEIR_OK)
    disk_write(&r->cache->disk, r->key, bytes, size);
  weir_bytes_free(bytes);
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

static weir_status ask(struct request *r, weir_component **ret, struct diag *d) {
  weir_cache *c = r->cache;
  struct sha256 key = c->fingerprint;
  void *code = NULL;
  sha256_add(&key, r->bytes, r->size);
  sha256_end(&key, r->key);
  WEIR_TRY(shelf_get(&c->shelf, r->key, r, &code, d));
  if (r->compiled && c->has_disk)
    write_code(r, code);
  weir_status status = component_from_code(c->engine, code, ret, d);
  weir_code_free(code);
  return status;
}

/* Converts text first, so that the text shares the code of its binary form. */
static weir_status ask_converted(struct request *r, weir_component **ret, struct diag *d) {
  uint8_t *binary = NULL;
  WEIR_TRY(bytes_to_binary(r->cache->engine, r->bytes, r->size, &binary, &r->size, d));
  if (binary)
    r->bytes = binary;
  weir_status status = ask(r, ret, d);
  if (binary)
    eng_bytes_free(binary, r->size);
  return status;
}

weir_status weir_cache_load(weir_cache *cache, const void *bytes, size_t size, weir_component **ret,
                            weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  struct request request = {.cache = cache, .bytes = bytes, .size = size};
  weir_status status = ask_converted(&request, ret, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}

void weir_cache_get_stats(weir_cache *c, weir_cache_stats *ret, size_t size) {
  struct shelf_stats shelf = shelf_get_stats(&c->shelf);
  struct disk_stats disk = {0};
  if (c->has_disk)
    disk = disk_get_stats(&c->disk);
  weir_cache_stats all = {
      .memory_hits = shelf.hits,
      .disk_hits = atomic_load_explicit(&c->disk_hits, memory_order_relaxed),
      .compiled = atomic_load_explicit(&c->compiled, memory_order_relaxed),
      .failed = shelf.failed,
      .memory_evicted = shelf.evicted,
      .disk_evicted = disk.evicted,
      .disk_damaged = atomic_load_explicit(&c->damaged, memory_order_relaxed),
      .disk_written = disk.written,
      .disk_unwritten = disk.unwritten,
      .memory_bytes = shelf.bytes,
      .memory_entries = shelf.entries,
      .disk = c->has_disk,
  };
  sized_fill(ret, size, &all, sizeof(all));
}

/* ---- making and releasing the cache ------------------------------------------------------------------------------ */

static weir_status take_fingerprint(weir_cache *c, struct diag *d) {
  struct text text;
  text_init(&text);
  code_fingerprint(c->engine, &text);
  bool failed = text.failed;
  sha256_begin(&c->fingerprint);
  if (!failed)
    sha256_add(&c->fingerprint, text.data, text.size);
  sha256_add(&c->fingerprint, "", 1); /* a zero, which no fingerprint contains */
  text_done(&text);
  return failed ? diag_nomem(d) : WEIR_OK;
}

static weir_status cache_make(weir_engine *engine, const weir_cache_config *config, weir_cache **ret, struct diag *d) {
  const struct weir_alloc *alloc = &engine->alloc;
  weir_cache *c = mem_zalloc(alloc, sizeof(*c));
  if (!c)
    return diag_nomem(d);
  c->engine = engine;
  weir_status status = take_fingerprint(c, d);
  if (status == WEIR_OK &&
      shelf_init(&c->shelf, alloc, &code_ops, config->memory_bytes ? config->memory_bytes : memory_default) != WEIR_OK)
    status = diag_nomem(d);
  if (status != WEIR_OK) {
    mem_free(alloc, c, sizeof(*c));
    return status;
  }
  weir_engine_ref(engine);
  if (config->directory)
    c->has_disk = disk_init(&c->disk, alloc, config->directory, config->disk_bytes ? config->disk_bytes : disk_default);
  if (config->directory && !c->has_disk)
    notice_tell(&engine->notice, WEIR_NOTICE_TROUBLE,
                "weir_cache_new: the directory %s cannot be used: it must be the user's own, writable, and closed to "
                "other writers",
                config->directory);
  *ret = c;
  return WEIR_OK;
}

weir_status weir_cache_new(weir_engine *engine, const weir_cache_config *config, weir_cache **ret,
                           weir_error **ret_error) {
  weir_cache_config own = WEIR_CACHE_CONFIG_INIT;
  struct diag d;
  diag_init(&d);
  weir_status status = config ? SIZED_READ(config, &own, weir_cache_config, &d) : WEIR_OK;
  if (status == WEIR_OK)
    status = cache_make(engine, &own, ret, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}

void weir_cache_free(weir_cache *c) {
  if (!c)
    return;
  weir_engine *engine = c->engine;
  shelf_done(&c->shelf);
  if (c->has_disk)
    disk_done(&c->disk);
  mem_free(&engine->alloc, c, sizeof(*c));
  weir_engine_free(engine);
}
