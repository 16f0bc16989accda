/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A borrowed string: pointer and length, not terminated. The bytes belong to an arena or to the input. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
  const char *data;
  size_t size;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_FMT "%.*s"
#define STR_ARG(s) (int)(s).size, (s).data

static inline struct str str_from(const char *terminated) {
  return (struct str){terminated, strlen(terminated)};
}

static inline bool str_eq(struct str a, struct str b) {
  return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool str_starts_with(struct str s, struct str prefix) {
  return s.size >= prefix.size && (prefix.size == 0 || memcmp(s.data, prefix.data, prefix.size) == 0);
}

#endif
