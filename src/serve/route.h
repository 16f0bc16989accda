/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Which component answers: by the host that a request is for, and by its path. */
#ifndef SERVE_ROUTE_H
#define SERVE_ROUTE_H

#include "base/str.h"
#include "weir/serve.h"

/*
 * The number of the route that fits best: one that names the host before those for any, then the longest path; of equal
 * ones the first. `count`: none fits. A route's path fits itself and what is below it: "/a" fits "/a", "/a/b" and
 * "/a?b", and not "/ab". The case of a host does not matter, and its port is left out.
 */
uint32_t route_find(const weir_serve_route *routes, uint32_t count, struct str authority, struct str path);

#endif
