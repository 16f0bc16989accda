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

/*
 * replay_host.c: does one thing that the host did. *ret_later: its event comes when the host's function has returned.
 */
weir_status replay_do(struct replay *r, const struct log_event *e, bool *ret_later, struct diag *d);
/* Host functions and callbacks of all components. */
weir_status replay_link(struct replay *r, struct diag *d);
void replay_take_results(struct replay *r);
/* The component of a number that the record names for the first time; `digest` may be empty. */
weir_status replay_component(struct replay *r, uint64_t number, struct str digest, struct diag *d);

/* replay.c: does what the host did next, as long as it is `cause`'s. */
void replay_host_runs(struct replay *r, uint64_t cause);

#endif
