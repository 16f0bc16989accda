/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * weir: an asynchronous WebAssembly component runtime. This header includes the stable ring, one header per noun.
 *
 *     weir_engine -> weir_component -> weir_linker -> weir_store -> weir_instance -> weir_call
 *
 * Each function has its contract: what it does, who owns what, which thread may call it, every error that it returns,
 * and whether it may call the guest or a callback. Names follow the Component Model's specification.
 *
 * Two rings, named at the end of each header's first comment. Within a major version from 1.0 on, the stable ring only
 * grows: programs go on compiling, and the shared library goes on serving them; structs that callers fill in begin with
 * their size and grow at the end. The unstable ring (weir/unstable.h) may change with every minor version. No header of
 * the stable ring includes one of the unstable. Before 1.0 both may change; CHANGELOG.md says how.
 */
#ifndef WEIR_WEIR_H
#define WEIR_WEIR_H

#include "weir/alloc.h"
#include "weir/api.h"
#include "weir/bytes.h"
#include "weir/cache.h"
#include "weir/call.h"
#include "weir/code.h"
#include "weir/completion.h"
#include "weir/component.h"
#include "weir/engine.h"
#include "weir/error.h"
#include "weir/extern.h"
#include "weir/flat.h"
#include "weir/func.h"
#include "weir/future.h"
#include "weir/host_call.h"
#include "weir/instance.h"
#include "weir/limits.h"
#include "weir/linker.h"
#include "weir/notice.h"
#include "weir/resource.h"
#include "weir/store.h"
#include "weir/stream.h"
#include "weir/type.h"
#include "weir/value.h"
#include "weir/version.h"

#endif
