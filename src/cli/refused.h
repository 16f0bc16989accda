/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a user is told, once, of what the program was refused and which option would grant it. */
#ifndef CLI_REFUSED_H
#define CLI_REFUSED_H

#include "weir/wasi.h"

enum { REFUSED_GRANTS = WEIR_WASI_GRANT_NET + 1 };

struct refused {
  bool told[REFUSED_GRANTS];
};

/* weir_wasi_config.on_refused; data: a zeroed struct refused. */
void refused_tell(void *data, weir_wasi_grant grant, const char *text);

#endif
