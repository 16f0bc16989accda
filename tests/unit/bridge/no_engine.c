/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* For programs that are linked without the engine: what src/bridge wants of it. Tests define their own. */
#include "weir/limits.h"

void weir_engine_tick(weir_engine *engine) {
  (void)engine;
}
