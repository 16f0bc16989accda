/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A type once more in another table, by its structure and without the names of types: for what must outlive the table
 * that has it. A type with a resource cannot be copied: the resource is its component's.
 */
#ifndef LOAD_TYPE_COPY_H
#define LOAD_TYPE_COPY_H

#include "component/types.h"

/* WEIR_ERR_TYPE: a resource is in it; WEIR_ERR_NOMEM. */
weir_status type_copy(struct type_table *types, const struct weir_type *type, const struct weir_type **ret,
                      struct diag *d);

#endif
