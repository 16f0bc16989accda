/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Loans in the arguments of a call of an export: what is given for a `borrow` parameter is lent from when the call is
 * made until its task ends. In a traced store (seam.h) there are two moments besides. A call that an interceptor or
 * a held instance keeps from beginning is not told yet, so a drop of what it was lent must not be told before; and a
 * loan ends with the task, whatever an interceptor makes of the end.
 */
#ifndef EMBED_LOAN_H
#define EMBED_LOAN_H

#include "base/list.h"
#include "weir/value.h"

/* The call may have to wait: until it begins, a drop of what it was lent waits too. */
void loan_wait(weir_value *args);
/* It begins. What was dropped meanwhile goes into `dropped`: loan_drop_all() once the call has begun. */
void loan_begin(weir_value *args, struct list *dropped);
void loan_drop_all(struct list *dropped);
/* The task has ended: the values stay, and their handles are stale. */
void loan_end(weir_value *args);

#endif
