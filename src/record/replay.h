/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Replay. The store runs with a tap whose every event must be, byte for byte, the next of the record: that is the whole
 * comparison. What the host did is done again when the record is at it and host code would run: outside of steps, in a
 * host function, or in a callback; which of them, `turn` and `cause` say. Doing it makes the tap send the event, and so
 * the record moves on. No host function exists here to fall through to.
 */
#ifndef RECORD_REPLAY_H
#define RECORD_REPLAY_H

#include "base/vec.h"
#include "record/log_reader.h"
#include "record/log_value.h"
#include "record/tap.h"

enum replay_kind { REPLAY_RESOURCE, REPLAY_END, REPLAY_IMPORT, REPLAY_EXPORT };

struct replay_thing { /* what a number of the record stands for */
  uint64_t id;
  enum replay_kind kind;
  void *object;       /* END: weir_stream; IMPORT: weir_host_call; EXPORT: weir_call */
  weir_value value;   /* RESOURCE */
  void *buffer;       /* END: of the operation under way */
  weir_value *values; /* END: the same, of values */
  void *lent;         /* END: the other end's buffer, while a callback has it; */
  bool filled;        /* it is filled, not read; */
  size_t lent_count;  /* its elements, */
  size_t lent_size;   /* the bytes of one, */
  size_t used;        /* and those that the host used */
  size_t value_count;
};

struct replay {
  weir_engine *engine;
  const weir_replay_config *config;
  weir_linker *linker;
  struct store *store;
  VEC(const weir_component *) components; /* that the record has named, by their numbers */
  VEC(weir_instance *) instances;
  VEC(struct replay_thing) things;
  struct tap tap;
  struct log_reader reader;
  /* the next event of the record */
  bool has_next, diverged;
  bool ended;     /* an unfinished record has: nothing runs on */
  uint32_t depth; /* of host code in host code */
  struct log_event next;
  const uint8_t *bytes;
  size_t size;
  weir_replay_report *report;
};

/* replay_things.c */
struct replay_thing *replay_find(struct replay *r, enum replay_kind kind, uint64_t id);
struct replay_thing *replay_add(struct replay *r, enum replay_kind kind, uint64_t id); /* NULL: out of memory */
void replay_forget(struct replay *r, struct replay_thing *thing);
/* Takes the handles that a guest gave away out of a value; NULL where memory is out. */
bool replay_keep_handles(struct replay *r, weir_value *value);
struct log_handles replay_handles(struct replay *r);
void replay_buffer_done(struct replay_thing *end);

/* replay_event.c: a number; a text from malloc(), terminated; a value, with the handles that it names taken. */
uint64_t replay_number(const struct log_event *e, const char *name);
char *replay_text(const struct log_event *e, const char *name);
weir_status replay_value(struct replay *r, const struct log_event *e, const char *name, weir_value *ret,
                         struct diag *d);
/* The errors of an event that names a `what` that is not there, and of a payload that was hashed or left out. */
weir_status replay_unknown(const struct log_event *e, const char *what, struct diag *d);
weir_status replay_not_full(struct diag *d);

/* replay_record.c: the next event of the record. */
void replay_advance(struct replay *r);
/* Reports the first difference. `found` NULL: nothing came. */
weir_status replay_differ(struct replay *r, const struct log_event *found, struct diag *d);
/* Whether the record may end here. */
weir_status replay_check_state(const struct replay *r, struct diag *d);
/* Where a deadline stopped the guest in this turn, it runs no further than to where it can be stopped. */
void replay_stop_guest(struct replay *r, uint64_t turn);
/* The tap's `check`. */
enum tap_check replay_check(void *replay, const uint8_t *event, size_t size, struct diag *d);

/* replay_instance.c: the component of a number that the record names for the first time; `digest` may be empty. */
weir_status replay_component(struct replay *r, uint64_t number, struct str digest, struct diag *d);
/* Does one event of the kinds `instance`, `component` and `module` again. */
weir_status replay_instance(struct replay *r, const struct log_event *e, struct diag *d);
weir_status replay_new_component(struct replay *r, const struct log_event *e, struct diag *d);
weir_status replay_module(struct replay *r, const struct log_event *e, struct diag *d);

/*
 * replay_stream.c: does an operation of a stream again. *ret_later: its event comes when the host's function has
 * returned.
 */
weir_status replay_stream_new(struct replay *r, const struct log_event *e, struct diag *d);
weir_status replay_stream_used(struct replay *r, const struct log_event *e, bool *ret_later, struct diag *d);
weir_status replay_stream_do(struct replay *r, const struct log_event *e, struct diag *d);

/* replay_host.c: does what the host did next, as long as it is `cause`'s. */
void replay_host_runs(struct replay *r, uint64_t cause);
/* Whether the next event is the host's, of this cause and this turn. */
bool replay_hosts_turn(const struct replay *r, uint64_t cause);
/* The tap's `export_ended`. */
void replay_export_ended(void *replay, struct call *call, uint64_t event);

/* replay_link.c: host functions and callbacks of all components. */
weir_status replay_link(struct replay *r, struct diag *d);

#endif
