/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Standard output for guests whose world is called `guest`: text is collected in a buffer and goes out through one
 * stream, without ever blocking the component.
 *
 * Use: out_start() once; then out_text() and out_number() at any time. Hand each event to out_event() first: it tells
 * whether the event was its own. Call out_pump() before waiting. At the end call out_finish(), then wait until
 * out_done(); out_failed() then says whether all of it arrived.
 */
#ifndef OUT_H
#define OUT_H

#include <stdbool.h>

#include "guest.h"

/* Opens stdout; its waitables join `set`, which must outlive the output. */
void out_start(guest_waitable_set_t set);

/* Appends. What does not fit into the buffer is lost and makes the output fail. */
void out_bytes(const uint8_t *bytes, size_t size);
void out_text(const char *text);
void out_number(uint64_t number);

/* Starts writing what is in the buffer, unless a write is under way. */
void out_pump(void);

/* Takes an event that belongs to the output. */
bool out_event(const guest_event_t *event);

/* No more text will come: drains the buffer, closes the stream and reads its outcome. */
void out_finish(void);

bool out_done(void);
bool out_failed(void);

#endif
