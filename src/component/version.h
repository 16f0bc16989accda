/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Names of interfaces with versions: which version may stand in for another, and which of several does.
 * Origin: Explainer.md#canonical-interface-name, which splits a version behind the first part that is not zero ("1",
 * "0.2", "0.0.1"); two versions that agree so far are compatible. A pre-release promises nothing (semver.org, 9), so it
 * is compatible with itself only. What follows a plus sign is of no account, but settles which of two equals is taken.
 */
#ifndef COMPONENT_VERSION_H
#define COMPONENT_VERSION_H

#include <stdbool.h>

#include "base/str.h"

/* A name in two: "wasi:cli/stdout" and "0.3.0". The version is "" where there is none. */
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
