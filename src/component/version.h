/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Names of interfaces with versions: whether a version may stand in for another, and the choice among several. Origin:
 * Explainer.md#canonical-interface-name, which splits a version behind the first part that is not zero ("1", "0.2",
 * "0.0.1"); two versions that agree so far are compatible. A pre-release promises nothing (semver.org, 9), so it is
 * compatible with itself only. The part behind a plus sign does not count, except to choose between two equals.
 */
#ifndef COMPONENT_VERSION_H
#define COMPONENT_VERSION_H

#include <stdbool.h>

#include "base/str.h"

/* A name in two: "wasi:cli/stdout" and "0.3.0". The version may be "". */
struct versioned {
  struct str base, version;
};
struct versioned version_split(struct str name);

/* "wasi:cli/stdout@0.3.0" serves "wasi:cli/stdout@0.3.1" and the other way round. */
bool version_compatible(struct str want, struct str offer);

/* Less than, equal to, or greater than 0, as the version of `a` is before, the same as, or after that of `b`. */
int version_compare(struct str a, struct str b);

/*
 * Whether `offer` serves `want`, and better than `best` does (of no bytes: nothing yet): exact first, then the highest.
 */
bool version_better(struct str want, struct str offer, struct str best);

#endif
