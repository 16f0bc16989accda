/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The tap of a store: makes events of what crosses, for a record, for the comparison of a replay, or both. What cannot
 * be recorded, or differs, fails the store at once.
 */
#ifndef RECORD_TAP_H
#define RECORD_TAP_H

#include "base/vec.h"
#include "embed/call.h"
#include "embed/host_call.h"
#include "embed/linker.h"
#include "embed/seam.h"
#include "embed/stream.h"
#include "record/log_event.h"
#include "record/log_writer.h"
#include "record/tell.h"

enum tap_check {
  TAP_SAME,
  TAP_LAST, /* and there is no more of the record: nothing may run on */
  TAP_OTHER
};

struct tap_module {                /* a core module of the host that was told of, and under which name */
  struct str interface_name, name; /* the component's, or the definition's */
  struct linker_def *def;          /* held */
};

struct tap {
  struct store *store; /* NULL: it is gone */
  bool writing;        /* to `writer` */
  bool broken;         /* nothing more is told */
  struct log_writer writer;
  /* A replay's: whether the event is the one that must come; else `d` says why not. */
  enum tap_check (*check)(void *data, const uint8_t *event, size_t size, struct diag *d);
  void *check_data;
  /* A replay's: host code may have run at the end of an export, in the course of that event. NULL: not a replay. */
  void (*export_ended)(void *data, struct call *call, uint64_t event);
  bool digests;                           /* of components are told */
  VEC(const weir_component *) components; /* that have instances, in the order in which they got them; held */
  VEC(struct tap_module) modules;         /* the latest of each name */
  uint64_t next;                          /* number of the next event */
  uint64_t calls; /* that were told; each has the next number, whatever interceptors saw before */
  uint64_t turn;  /* the store's last, once it is gone */
  struct text event, payload;
  weir_log_payload form;
  weir_log_redact_fn redact;
  void *redact_data;
  struct tell tell;
};

/* Whether a store can take a tap. */
weir_status tap_check(const struct store *s, struct diag *d);
/* Puts a tap into a store that can take one. */
void tap_install(struct tap *t, struct store *s, const struct weir_record_config *config);
/* Tells of a module, if it is not the latest of its name. The texts live as long as the store. */
void tap_module(void *tap, struct str interface_name, struct str name, struct linker_def *def);
/* Tells of the store's limits, where they are not the usual ones. */
void tap_limits(struct tap *t);
/* Takes it out again, if the store is still there, and lets go of its memory. The writer is the caller's to close. */
void tap_remove(struct tap *t);

/* ---- events: tap_event.c ----------------------------------------------------------------------------------------- */

struct tap_place { /* what a payload belongs to, for redaction */
  enum log_kind kind;
  struct str interface_name, name;
};

/* Begins an event; its fields follow, in the order of its shape. */
void tap_begin(struct tap *t, enum log_kind kind);
void tap_number(struct tap *t, uint64_t n);
void tap_name(struct tap *t, struct str interface_name, struct str function);
/* Bytes, or a value: in full, hashed or left out. */
void tap_payload(struct tap *t, const struct tap_place *p, const void *data, size_t size);
void tap_value(struct tap *t, const struct tap_place *p, const weir_value *v);
/* Sends the event; returns its number. What goes wrong fails the store. */
uint64_t tap_end(struct tap *t);
/* Fails the store: nothing more is told. */
void tap_break(struct tap *t, weir_status status);

/* ---- of the seam's functions, those of streams: tap_stream.c ----------------------------------------------------- */

void tap_stream_new(void *tap, const struct host_end *r, const struct host_end *w);
void tap_stream_start(void *tap, const struct host_end *w, const struct rt_buffer *b);
uint64_t tap_stream_lent(void *tap, const struct host_end *w, uint32_t count);
void tap_stream_used(void *tap, const struct host_end *w, const void *bytes, size_t count);
void tap_stream_cancel(void *tap, const struct host_end *w);
void tap_stream_drop(void *tap, const struct host_end *w);
uint64_t tap_stream_done(void *tap, const struct host_end *w, weir_copy_result result, size_t count);

#endif
