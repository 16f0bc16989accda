/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Interface names with versions: whether a definition may stand in for an import (semver compatibility). */
#ifndef COMPONENT_VERSION_H
#define COMPONENT_VERSION_H

#include <stdbool.h>

#include "base/str.h"

/* "wasi:cli/stdout@0.3.0" serves "wasi:cli/stdout@0.3.1" and the other way round; pre-releases only themselves. */
bool version_compatible(struct str want, struct str offer);

#endif
