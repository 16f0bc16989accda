/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* `weir serve --confine`: what the process goes on using once its sockets are bound. */
#ifndef CLI_SERVE_CONFINE_H
#define CLI_SERVE_CONFINE_H

#include "cli/serve_options.h"

/* Before a guest runs. An exit code; what went wrong is reported. */
int serve_confine(const struct serve_options *o, const weir_wasi_config *world);

#endif
