/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Component value constants of scripts, such as (record.const (field "a" u32.const 1)), read by type. The patterns
 * nan:canonical and nan:arithmetic are read as a NaN, as every NaN equals every other in weir_value_equal().
 */
#ifndef CLI_WAST_VALUE_H
#define CLI_WAST_VALUE_H

#include "cli/wast/read.h"
#include "component/types.h"
#include "weir/value.h"

/* Reads `(kind operands)`. WEIR_ERR_TYPE or WEIR_ERR_PARSE with a message; `*ret` is then empty. */
weir_status wast_value(const struct sexp *form, const struct weir_type *type, weir_value *ret, struct diag *d);

#endif
