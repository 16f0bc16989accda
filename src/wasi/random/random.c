/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* wasi:random/random@0.3.0, wasi:random/insecure@0.3.0 and wasi:random/insecure-seed@0.3.0. */
#include "wasi/random/random.h"

#include "wasi/wit.h"

enum sequence { SEQUENCE_SECURE, SEQUENCE_INSECURE, SEQUENCE_SEED };

static void insecure_seed(struct wasi_random *random, const uint64_t seed[2]) {
  wasi_prng_init(&random->insecure, seed, SEQUENCE_INSECURE);
  wasi_prng_init(&random->seed, seed, SEQUENCE_SEED);
  random->insecure_ready = true;
}

void wasi_random_replace(struct wasi_random *random, bool (*fill)(void *data, void *bytes, size_t size), void *data) {
  random->fill = fill;
  random->data = data;
}

void wasi_random_init(struct wasi_random *random, const uint64_t *seed) {
  *random = (struct wasi_random){.seeded = seed};
  if (!seed)
    return;
  wasi_prng_init(&random->secure, seed, SEQUENCE_SECURE);
  insecure_seed(random, seed);
}

void wasi_random_done(struct wasi_random *random) {
  wasi_secure_done(&random->system);
}

bool wasi_random_secure(struct wasi_random *random, void *bytes, size_t size) {
  if (random->fill)
    return size == 0 || random->fill(random->data, bytes, size);
  if (!random->seeded)
    return wasi_secure_fill(&random->system, bytes, size);
  wasi_prng_fill(&random->secure, bytes, size);
  return true;
}

/* Most programs never ask: the system's source is asked at the first use. */
static bool insecure_prepare(struct wasi_random *random) {
  uint64_t seed[2];
  if (random->insecure_ready)
    return true;
  if (!wasi_system_random(seed, sizeof(seed)))
    return false;
  insecure_seed(random, seed);
  return true;
}

bool wasi_random_insecure(struct wasi_random *random, void *bytes, size_t size) {
  if (random->fill)
    return wasi_random_secure(random, bytes, size);
  if (!insecure_prepare(random))
    return false;
  wasi_prng_fill(&random->insecure, bytes, size);
  return true;
}

/* ---- the interfaces ---------------------------------------------------------------------------------------------- */

typedef bool random_fill(struct wasi_random *random, void *bytes, size_t size);

static weir_status give_bytes(struct wasi_random *random, random_fill *fill, uint64_t asked, weir_value *ret) {
  size_t size = asked < WASI_RANDOM_MAX ? (size_t)asked : WASI_RANDOM_MAX;
  weir_status status = weir_value_new_bytes(NULL, size, ret);
  if (status == WEIR_OK && !fill(random, ret->of.string.data, size))
    return WEIR_ERR_IO;
  return status;
}

weir_status wasi_random_get_random_bytes(struct wasi_random *random, weir_store *store, uint64_t max_len,
                                         weir_value *ret) {
  (void)store;
  return give_bytes(random, wasi_random_secure, max_len, ret);
}

weir_status wasi_random_get_random_u64(struct wasi_random *random, weir_store *store, uint64_t *ret) {
  (void)store;
  return wasi_random_secure(random, ret, sizeof(*ret)) ? WEIR_OK : WEIR_ERR_IO;
}

weir_status wasi_random_insecure_get_insecure_random_bytes(struct wasi_random *random, weir_store *store,
                                                           uint64_t max_len, weir_value *ret) {
  (void)store;
  return give_bytes(random, wasi_random_insecure, max_len, ret);
}

weir_status wasi_random_insecure_get_insecure_random_u64(struct wasi_random *random, weir_store *store, uint64_t *ret) {
  (void)store;
  return wasi_random_insecure(random, ret, sizeof(*ret)) ? WEIR_OK : WEIR_ERR_IO;
}

weir_status wasi_random_insecure_seed_get_insecure_seed(struct wasi_random *random, weir_store *store,
                                                        struct wasi_tuple_u64_u64 *ret) {
  (void)store;
  if (random->fill)
    return wasi_random_secure(random, &ret->f0, sizeof(ret->f0)) &&
                   wasi_random_secure(random, &ret->f1, sizeof(ret->f1))
               ? WEIR_OK
               : WEIR_ERR_IO;
  if (!insecure_prepare(random))
    return WEIR_ERR_IO;
  ret->f0 = wasi_prng_next(&random->seed);
  ret->f1 = wasi_prng_next(&random->seed);
  return WEIR_OK;
}
