/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The fourth part of a merge: what happens at instantiation, in the original order.
 *
 * Instances are made one after another, and each applies its active segments and calls its start function before the
 * next is made. A module applies all active segments before its start function, elements before data. Where somebody
 * could tell the difference, a segment becomes passive, and the merged start function applies and drops it in its turn.
 * A segment stays active where all of this holds:
 *
 *   It cannot trap: its offset is known here, and it ends within the least size of its memory or table, which never
 *   shrink.
 *   Nobody could have seen or written the memory or table before its turn: what can is code of the instances from the
 *   one that defines it on, and only start functions run code; so none of the instances from that one up to the one
 *   before the segment's own has a start function. What the result imports can be seen by anybody: then nothing at all
 *   may stand before.
 *   No segment over the same memory or table that stands before it is deferred.
 *
 * Segments that cannot trap may change places with anything that does not see them; those that stay active keep their
 * order over each memory and table.
 */
#ifndef FUSE_MERGE_ORDER_H
#define FUSE_MERGE_ORDER_H

#include "fuse/merge_state.h"

/*
 * Fills `values`, `actions`, `deferred` and `starts`. No start is there where nothing has to run, or where the result
 * just names the only start function that there is.
 */
weir_status merge_order(struct merge *m);

#endif
