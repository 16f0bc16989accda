/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The custom section with names. A broken section is no error, as in the core specification: names before the break are
 * there, the others are not. Origin: the core specification, appendix "Custom sections"; the proposal for extended
 * names.
 */
#ifndef WASM_NAMES_H
#define WASM_NAMES_H

#include "wasm/sections.h"

enum names_id {
  NAMES_MODULE = 0,
  NAMES_FUNC = 1,
  NAMES_LOCAL = 2, /* by function */
  NAMES_LABEL = 3, /* by function */
  NAMES_TYPE = 4,
  NAMES_TABLE = 5,
  NAMES_MEMORY = 6,
  NAMES_GLOBAL = 7,
  NAMES_ELEM = 8,
  NAMES_DATA = 9,
  NAMES_FIELD = 10, /* by type */
  NAMES_TAG = 11
};

/* The names of one kind, one after another. */
struct names {
  struct cursor c;
  uint32_t left;
  bool nested; /* each entry is a map of its own */
};

struct names_entry {
  uint32_t index;
  struct wasm_span bytes; /* the name without its length; of a nested kind the map, as it stands */
};

/* false: the module has none of the kind, which is not NAMES_MODULE. */
bool names_open(const struct wasm_sections *s, enum names_id id, struct names *ret);
/* false: there are no more. */
bool names_next(struct names *n, struct names_entry *ret);

#endif
