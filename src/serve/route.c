/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See route.h. Servers have a handful of routes, so each is looked at. */
#include "serve/route.h"

#include <string.h>

#include "http/fields.h"

/* Without the port. */
static struct str host_of(struct str authority) {
  size_t size = authority.size;
  while (size > 0 && authority.data[size - 1] >= '0' && authority.data[size - 1] <= '9')
    size--;
  bool has_port = size > 0 && size < authority.size && authority.data[size - 1] == ':';
  return (struct str){authority.data, has_port ? size - 1 : authority.size};
}

static bool fits_path(const char *prefix, struct str path) {
  size_t size = strlen(prefix);
  while (size > 0 && prefix[size - 1] == '/')
    size--;
  if (path.size < size || (size > 0 && memcmp(path.data, prefix, size) != 0))
    return false;
  return size == path.size || path.data[size] == '/' || path.data[size] == '?';
}

uint32_t route_find(const weir_serve_route *routes, uint32_t count, struct str authority, struct str path) {
  struct str host = host_of(authority);
  uint32_t best = count;
  size_t best_weight = 0;
  for (uint32_t i = 0; i < count; i++) {
    const weir_serve_route *r = &routes[i];
    const char *prefix = r->path ? r->path : "";
    if ((r->host && !http_name_eq(str_from(r->host), host)) || !fits_path(prefix, path))
      continue;
    size_t weight = 1 + strlen(prefix) + (r->host ? (size_t)1 << 20 : 0);
    if (weight > best_weight) {
      best = i;
      best_weight = weight;
    }
  }
  return best;
}
