/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The core value types that the canonical ABI uses. Origin: the core specification; CanonicalABI.md, flattening. */
#ifndef WASM_TYPE_H
#define WASM_TYPE_H

/* In the order of enum eng_valtype. */
enum core_type { CORE_I32, CORE_I64, CORE_F32, CORE_F64 };

#endif
