/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * weir: an asynchronous WebAssembly component runtime. This header includes all others.
 *
 *     weir_engine -> weir_component -> weir_linker -> weir_store -> weir_instance -> weir_call
 */
#ifndef WEIR_WEIR_H
#define WEIR_WEIR_H

#include "weir/alloc.h"
#include "weir/bridge.h"
#include "weir/cache.h"
#include "weir/code.h"
#include "weir/completion.h"
#include "weir/component.h"
#include "weir/engine.h"
#include "weir/error.h"
#include "weir/flat.h"
#include "weir/instance.h"
#include "weir/intercept.h"
#include "weir/limits.h"
#include "weir/linker.h"
#include "weir/record.h"
#include "weir/store.h"
#include "weir/stream.h"
#include "weir/uv.h"
#include "weir/value.h"
#include "weir/version.h"
#include "weir/wasi.h"

#endif
