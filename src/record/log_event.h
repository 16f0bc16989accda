/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Events: what they are, how they are written, and how they look to people. Everything that reads or shows events goes
 * by the one table in log_event.c.
 *
 *   event    =  kind (a byte)  turn  cause  fields of the kind's shape
 *   payload  =  form (a byte)  and  0 full: size, bytes;  1 hashed: size, 32 bytes;  2 left out: size
 *
 * `turn` counts the steps of the store that ran something: it says when an event was, without a clock. `cause` is the
 * number of the event in whose course the host did this, 0 where it did so of itself.
 */
#ifndef RECORD_LOG_EVENT_H
#define RECORD_LOG_EVENT_H

#include "base/text.h"
#include "record/log_view.h"

enum log_kind {
  /* frames: about the file; not hashed, but for the first header */
  LOG_HEADER = 1,
  LOG_NEXT, /* the record goes on in the next part */
  LOG_END,
  /* what the host does: a replay does it again */
  LOG_INSTANCE = 16,
  LOG_EXPORT_CALL,
  LOG_EXPORT_CANCEL,
  LOG_IMPORT_END,
  LOG_RESOURCE_NEW,
  LOG_RESOURCE_LET_GO,
  LOG_STREAM_NEW,
  LOG_STREAM_READ,
  LOG_STREAM_WRITE,
  LOG_STREAM_CANCEL,
  LOG_STREAM_DROP,
  LOG_LIMITS,      /* the store's, where they are not the usual ones: the first event */
  LOG_FUEL,        /* is set anew */
  LOG_COMPONENT,   /* one that had no instance yet; its instance follows */
  LOG_STREAM_USED, /* what the host made of a buffer that it was lent */
  LOG_MODULE,      /* of the host, which an instance that follows imports */
  /* what the guest does: a replay waits for it */
  LOG_IMPORT_CALL = 32,
  LOG_IMPORT_CANCEL,
  LOG_EXPORT_END,
  LOG_EXPORT_EXIT,
  LOG_STREAM_DONE,
  LOG_RESOURCE_DROP,
  LOG_FAILURE,
  LOG_STREAM_LENT, /* a buffer, to the host */
  LOG_KINDS
};

enum log_form { LOG_FORM_FULL, LOG_FORM_HASH, LOG_FORM_REDACTED };

enum { LOG_RECORD_MAX = 1 << 28, LOG_FIELDS_MAX = 24 };

static inline bool log_event_is_frame(uint8_t kind) {
  return kind < LOG_INSTANCE;
}
static inline bool log_event_is_hosts(uint8_t kind) {
  return kind >= LOG_INSTANCE && kind < LOG_IMPORT_CALL;
}

/* One field of an event as it is read: numbers in `n`, everything else in `s` (a view into the event). */
struct log_field {
  char type; /* 'u' number, 'i' signed number, 's' text, 'x' bytes, 'v' value, 'b' bytes of a stream */
  const char *name;
  uint8_t form; /* 'v', 'b': enum log_form */
  uint64_t n;
  struct str s;
};

struct log_event {
  uint8_t kind;
  uint64_t turn, cause;
  uint32_t count;
  struct log_field fields[LOG_FIELDS_MAX];
};

/* Takes an event apart. false: these bytes are no event. Values are not looked into. */
bool log_event_read(const uint8_t *data, size_t size, struct log_event *ret);

/* A field by name; a zeroed one where there is none, which cannot be for those in the table. */
const struct log_field *log_event_field(const struct log_event *e, const char *name);

/* The name of a kind such as "import-call", or NULL. */
const char *log_event_kind_name(uint8_t kind);

/* In one line, without number; as a JSON object with its number. */
void log_event_print(const struct log_event *e, struct text *out);
void log_event_print_json(const struct log_event *e, uint64_t index, struct text *out);

#endif
