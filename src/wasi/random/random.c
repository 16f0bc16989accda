/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* wasi:random/random@0.3.0, wasi:random/insecure@0.3.0 and wasi:random/insecure-seed@0.3.0. */
#include "wasi/random/random.h"

#include <errno.h>
#include <sys/random.h>

#include "wasi/host/def.h"

enum sequence { SEQUENCE_SECURE, SEQUENCE_INSECURE, SEQUENCE_SEED };

static bool system_fill(void *bytes, size_t size) {
  uint8_t *out = bytes;
  while (size > 0) {
    ssize_t got = getrandom(out, size, 0);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return false;
    out += got;
    size -= (size_t)got;
  }
  return true;
}

static void insecure_seed(struct wasi_random *random, const uint64_t seed[2]) {
  wasi_prng_init(&random->insecure, seed, SEQUENCE_INSECURE);
  wasi_prng_init(&random->seed, seed, SEQUENCE_SEED);
  random->insecure_ready = true;
}

void wasi_random_init(struct wasi_random *random, const uint64_t *seed) {
  *random = (struct wasi_random){.seeded = seed != NULL};
  if (seed == NULL)
    return;
  wasi_prng_init(&random->secure, seed, SEQUENCE_SECURE);
  insecure_seed(random, seed);
}

bool wasi_random_secure(struct wasi_random *random, void *bytes, size_t size) {
  if (!random->seeded)
    return system_fill(bytes, size);
  wasi_prng_fill(&random->secure, bytes, size);
  return true;
}

/* Most programs never ask: the system's source is asked at the first use. */
static bool insecure_prepare(struct wasi_random *random) {
  uint64_t seed[2];
  if (random->insecure_ready)
    return true;
  if (!system_fill(seed, sizeof(seed)))
    return false;
  insecure_seed(random, seed);
  return true;
}

bool wasi_random_insecure(struct wasi_random *random, void *bytes, size_t size) {
  if (!insecure_prepare(random))
    return false;
  wasi_prng_fill(&random->insecure, bytes, size);
  return true;
}

typedef bool random_fill(struct wasi_random *random, void *bytes, size_t size);

static const char no_source[] = "the system has no random numbers";

static void return_bytes(struct wasi_random *random, random_fill *fill, weir_host_call *call, uint64_t asked) {
  size_t size = asked < WASI_RANDOM_MAX ? (size_t)asked : WASI_RANDOM_MAX;
  weir_value bytes = {0};
  weir_status status = weir_value_bytes(NULL, size, &bytes);
  if (status == WEIR_OK && !fill(random, bytes.of.string.data, size))
    weir_host_call_fail(call, no_source);
  else
    wasi_return(call, status, &bytes);
  weir_value_clear(&bytes);
}

static void return_number(struct wasi_random *random, random_fill *fill, weir_host_call *call) {
  uint64_t number;
  if (fill(random, &number, sizeof(number)))
    wasi_return_u64(call, number);
  else
    weir_host_call_fail(call, no_source);
}

static void get_random_bytes(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)count;
  return_bytes(data, wasi_random_secure, call, args[0].of.u64);
}

static void get_random_u64(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)args, (void)count;
  return_number(data, wasi_random_secure, call);
}

static void get_insecure_random_bytes(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)count;
  return_bytes(data, wasi_random_insecure, call, args[0].of.u64);
}

static void get_insecure_random_u64(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)args, (void)count;
  return_number(data, wasi_random_insecure, call);
}

static void get_insecure_seed(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)args, (void)count;
  struct wasi_random *random = data;
  if (!insecure_prepare(random)) {
    weir_host_call_fail(call, no_source);
    return;
  }
  weir_value pair = {0};
  weir_status status = weir_value_record(2, &pair);
  for (size_t i = 0; status == WEIR_OK && i < 2; i++)
    pair.of.list.items[i] = (weir_value){.kind = WEIR_VALUE_U64, .of.u64 = wasi_prng_next(&random->seed)};
  wasi_return(call, status, &pair);
}

#define RANDOM "wasi:random/random@0.3.0"
#define INSECURE "wasi:random/insecure@0.3.0"
#define INSECURE_SEED "wasi:random/insecure-seed@0.3.0"

static const struct wasi_def defs[] = {
    {RANDOM, "get-random-bytes", "func(max-len: u64) -> list<u8>", get_random_bytes},
    {RANDOM, "get-random-u64", "func() -> u64", get_random_u64},
    {INSECURE, "get-insecure-random-bytes", "func(max-len: u64) -> list<u8>", get_insecure_random_bytes},
    {INSECURE, "get-insecure-random-u64", "func() -> u64", get_insecure_random_u64},
    {INSECURE_SEED, "get-insecure-seed", "func() -> tuple<u64, u64>", get_insecure_seed},
};

weir_status wasi_random_link(struct wasi_random *random, weir_linker *linker, weir_error **ret_error) {
  return wasi_define(linker, defs, sizeof(defs) / sizeof(defs[0]), random, ret_error);
}
