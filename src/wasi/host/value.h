/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the functions that tools/generate_wasi.py writes share: texts, bytes, and the end of a call. */
#ifndef WASI_HOST_VALUE_H
#define WASI_HOST_VALUE_H

#include "weir/host_call.h"
#include "weir/resource.h"

/* UTF-8, not terminated, of somebody else's. */
struct wasi_text {
  const char *data;
  size_t size;
};

struct wasi_bytes {
  const uint8_t *data;
  size_t size;
};

/* A list of anything else, as it came: what is moved out of it is the function's. */
struct wasi_values {
  weir_value *items;
  size_t count;
};

/* The representation in a resource that a guest gave: only the host's own come to the host's functions. */
static inline uint64_t wasi_rep(const weir_value *value) {
  uint64_t rep = 0;
  weir_resource_rep(value, &rep);
  return rep;
}

/* Moves a value out of an argument. */
static inline weir_value wasi_value_take(weir_value *from) {
  weir_value value = *from;
  *from = (weir_value){0};
  return value;
}

/* A list<u8> of `size` bytes for the caller to fill: whatever the memory had is in it. false: out of memory. */
bool wasi_value_room(size_t size, weir_value *ret);

/* Finishes a call with a value, or traps where making the value failed. */
void wasi_value_return(weir_host_call *call, weir_status status, weir_value *take_value);
/* What a guest that traps is told of a failure of the host. */
const char *wasi_value_words(weir_status status);

#endif
