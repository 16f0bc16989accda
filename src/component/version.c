/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Versions of interface names (version.h): splitting a name, comparing releases and pre-releases, choosing the best. */
#include "component/version.h"

#include <stddef.h>

struct versioned version_split(struct str name) {
  for (size_t i = name.size; i > 0; i--)
    if (name.data[i - 1] == '@')
      return (struct versioned){{name.data, i - 1}, {name.data + i, name.size - i}};
  return (struct versioned){name, STR("")};
}

/* The text up to the first `c`, or all of it. */
static struct str up_to(struct str s, char end) {
  const char *found = s.size ? memchr(s.data, end, s.size) : NULL;
  return found ? (struct str){s.data, (size_t)(found - s.data)} : s;
}

static struct str after(struct str s, size_t count) {
  return (struct str){s.data + count, s.size - count};
}

static struct str without_build(struct str version) {
  return up_to(version, '+');
}

/* The part behind the hyphen of a version without build; "" for a release. */
static struct str prerelease_of(struct str version) {
  size_t release = up_to(version, '-').size;
  return after(version, release < version.size ? release + 1 : release);
}

static bool is_prerelease(struct str version) {
  return prerelease_of(version).size > 0;
}

/* The part of a release that must agree. */
static struct str track_of(struct str version) {
  size_t end = 0;
  for (;;) {
    struct str part = up_to(after(version, end), '.');
    end += part.size;
    if (end == version.size || !str_eq(part, STR("0")))
      return (struct str){version.data, end};
    end++; /* the dot */
  }
}

bool version_compatible(struct str want, struct str offer) {
  struct versioned w = version_split(want), o = version_split(offer);
  if (str_eq(want, offer))
    return true;
  if (!str_eq(w.base, o.base) || w.version.size == 0 || o.version.size == 0)
    return false;
  struct str a = without_build(w.version), b = without_build(o.version);
  if (is_prerelease(a) || is_prerelease(b))
    return str_eq(a, b);
  return str_eq(track_of(a), track_of(b));
}

static int compare_bytes(struct str a, struct str b) {
  size_t common = a.size < b.size ? a.size : b.size;
  int order = common ? memcmp(a.data, b.data, common) : 0;
  return order ? order : (a.size > b.size) - (a.size < b.size);
}

/* Numbers of any length; those of versions have no zeros in front. */
static int compare_numbers(struct str a, struct str b) {
  return a.size != b.size ? (a.size > b.size) - (a.size < b.size) : compare_bytes(a, b);
}

static bool is_number(struct str s) {
  for (size_t i = 0; i < s.size; i++)
    if (s.data[i] < '0' || s.data[i] > '9')
      return false;
  return s.size > 0;
}

/* One part of a pre-release: numbers come before words. */
static int compare_identifiers(struct str a, struct str b) {
  if (is_number(a) != is_number(b))
    return is_number(a) ? -1 : 1;
  return is_number(a) ? compare_numbers(a, b) : compare_bytes(a, b);
}

/* Part by part at the dots; more parts come after fewer. */
static int compare_parts(struct str a, struct str b) {
  while (a.size > 0 && b.size > 0) {
    struct str x = up_to(a, '.'), y = up_to(b, '.');
    int order = compare_identifiers(x, y);
    if (order)
      return order;
    a = after(a, x.size < a.size ? x.size + 1 : x.size);
    b = after(b, y.size < b.size ? y.size + 1 : y.size);
  }
  return (a.size > 0) - (b.size > 0);
}

int version_compare(struct str a, struct str b) {
  struct str v = version_split(a).version, w = version_split(b).version;
  struct str x = without_build(v), y = without_build(w);
  int order = compare_parts(up_to(x, '-'), up_to(y, '-'));
  if (order)
    return order;
  if (is_prerelease(x) != is_prerelease(y))
    return is_prerelease(x) ? -1 : 1;
  order = compare_parts(prerelease_of(x), prerelease_of(y));
  return order ? order : compare_bytes(after(v, x.size), after(w, y.size));
}

bool version_better(struct str want, struct str offer, struct str best) {
  if (!version_compatible(want, offer))
    return false;
  if (!best.data)
    return true;
  return !str_eq(want, best) && (str_eq(want, offer) || version_compare(offer, best) > 0);
}
