/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What `weir inspect --json` prints: one object on one line. Members are only ever added. */
#ifndef CLI_INSPECT_JSON_H
#define CLI_INSPECT_JSON_H

#include "cli/view.h"

void inspect_json(struct text *out, const char *path, size_t file_size, const struct view *view);

#endif
