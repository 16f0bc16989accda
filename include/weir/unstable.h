/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * The unstable ring: what may still change with every minor version of weir. See weir/weir.h.
 */
#ifndef WEIR_UNSTABLE_H
#define WEIR_UNSTABLE_H

#include "weir/bridge.h"
#include "weir/fuse.h"
#include "weir/http.h"
#include "weir/intercept.h"
#include "weir/record.h"
#include "weir/serve.h"
#include "weir/uv.h"
#include "weir/wasi.h"
#include "weir/wasi_world.h"

#endif
