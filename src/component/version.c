/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See version.h. Compatible: the same up to and with the first part of the version that is not zero. */
#include "component/version.h"

#include <stddef.h>

static struct str base_of(struct str name, struct str *ret_version) {
  for (size_t i = name.size; i > 0; i--) {
    if (name.data[i - 1] == '@') {
      *ret_version = (struct str){name.data + i, name.size - i};
      return (struct str){name.data, i - 1};
    }
  }
  *ret_version = STR("");
  return name;
}

/* The part of a version that must agree: "1", "0.3", "0.0.7"; the whole of it where it is a pre-release or a build. */
static struct str track_of(struct str version) {
  size_t start = 0;
  for (size_t i = 0; i <= version.size; i++) {
    char c = i < version.size ? version.data[i] : '.';
    if (c == '-' || c == '+')
      return version;
    if (c != '.')
      continue;
    bool zero = i == start + 1 && version.data[start] == '0';
    start = i + 1;
    if (!zero)
      return (struct str){version.data, i};
  }
  return version;
}

static bool is_prerelease(struct str version) {
  for (size_t i = 0; i < version.size; i++)
    if (version.data[i] == '-')
      return true;
  return false;
}

bool version_compatible(struct str want, struct str offer) {
  struct str want_version, offer_version;
  if (str_eq(want, offer))
    return true;
  if (!str_eq(base_of(want, &want_version), base_of(offer, &offer_version)))
    return false;
  if (want_version.size == 0 || offer_version.size == 0 || is_prerelease(want_version) || is_prerelease(offer_version))
    return false;
  return str_eq(track_of(want_version), track_of(offer_version));
}
