/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Whether an item may be given for an import, by their types. Origin: the core specification, validation, import
 * matching.
 */
#ifndef FUSE_MERGE_MATCH_H
#define FUSE_MERGE_MATCH_H

#include "fuse/merge_state.h"

/*
 * `item` is what satisfies `import` of the instance `importer`; it is of the same space. WEIR_ERR_LINK with the reason;
 * WEIR_ERR_MALFORMED: a type that its module does not have.
 */
weir_status merge_match(const struct merge *m, uint32_t importer, const struct wasm_import *import,
                        struct merged_item item);

#endif
