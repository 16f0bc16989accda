/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * A record of everything that crosses the border between a store's guests and its host, and a replay of the record
 * without any host. docs/record.md describes the file.
 *
 * The record is a chain: each event carries, by hash, everything before it, so two runs were the same if their heads
 * are the same. A chain alone does not stop a person who can write the file from writing the whole file anew: keep the
 * head at another place.
 *
 * Threads: a recorder is for the thread that owns its store; verifying and replaying are for any.
 *
 * Unstable ring.
 */
#ifndef WEIR_RECORD_H
#define WEIR_RECORD_H

#include "weir/instance.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WEIR_LOG_HEAD = 32 /**< Bytes of a head. */ };

/* ---- recording --------------------------------------------------------------------------------------------------- */

/** What is kept of arguments, results and bytes of streams. Only full records can be replayed. */
typedef enum weir_log_payload {
  WEIR_LOG_FULL = 0, /**< Everything. */
  WEIR_LOG_HASH = 1, /**< SHA-256 of each. */
  WEIR_LOG_PAYLOAD_WIDTH = 0x7fffffff
} weir_log_payload;

/** When an event is safe from a crash of the machine. A crash of the process loses the events still in memory. */
typedef enum weir_log_sync {
  WEIR_LOG_SYNC_NONE = 0,  /**< When the system likes. Events are written in blocks. */
  WEIR_LOG_SYNC_EVERY = 1, /**< After every `sync_every` events. */
  WEIR_LOG_SYNC_EACH = 2,  /**< Each, before the guest goes on. */
  WEIR_LOG_SYNC_WIDTH = 0x7fffffff
} weir_log_sync;

/**
 * Whether a payload (as it would be kept: docs/record.md) is to be left out. `event` is such as "import-call";
 * `interface_name` and `name` are the function's, "" for an event without a function. Called before anything is hashed
 * or written.
 */
typedef bool (*weir_log_redact_fn)(void *data, const char *event, const char *interface_name, const char *name,
                                   const void *payload, size_t size);

/* An event of a record, below. */
struct weir_log_event;

/**
 * Tells of an event that has just been recorded. `interface_name` is the function's, "" for an event without a
 * function; `line` is the event as weir_log_event_print() prints it. All of it is valid in the callback only. Runs on
 * the store's thread, must not step the store or call into it; the guest goes on when it returns.
 */
typedef void (*weir_log_tell_fn)(void *data, const struct weir_log_event *event, const char *interface_name,
                                 const char *line);

/** Settings of a record. Begin with WEIR_RECORD_CONFIG_INIT, change what you need. */
typedef struct weir_record_config {
  size_t size; /**< sizeof(weir_record_config): weir/api.h. */
  /**
   * An old file of that name is replaced once nothing but the disk can fail, and so are the parts of an old record;
   * other files in their place are left alone, and fail the store when the part is begun. NULL: only the head is
   * computed.
   */
  const char *path;
  const weir_component
      *component; /**< The first of the store: for its digest in the header, and those of others. NULL: none. */
  weir_log_payload payload;
  weir_log_redact_fn redact; /**< NULL: nothing is left out. */
  void *redact_data;
  weir_log_sync sync;
  uint32_t sync_every;
  uint64_t max_file;  /**< Bytes after which the next part (PATH.1, PATH.2 …) begins; 0: one file. At least 4096. */
  uint64_t max_total; /**< Bytes of all parts, after which guests fail with WEIR_ERR_LIMIT; 0: no end. */
  weir_log_tell_fn tell; /**< Told of every event but the header, none is left out. NULL: nobody is told. */
  void *tell_data;
} weir_record_config;
#define WEIR_RECORD_CONFIG_INIT WEIR_INIT(weir_record_config)

typedef struct weir_recorder weir_recorder;

/**
 * Records a store without time slices, from before its first instance (else WEIR_ERR_MISUSE). One recorder a store.
 * Where the record cannot be continued the store fails: nothing goes on without its record. The caller owns the
 * recorder. On failure, but for WEIR_ERR_IO in the midst of writing, no file has changed. WEIR_ERR_IO, WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_record_start(weir_store *store, const weir_record_config *config, weir_recorder **ret,
                                       weir_error **ret_error);

/** Writes the events that are in memory. WEIR_ERR_IO. */
WEIR_API weir_status weir_recorder_flush(weir_recorder *recorder);

/** Number of events so far and the head of the chain. */
WEIR_API uint64_t weir_recorder_head(const weir_recorder *recorder, uint8_t ret[WEIR_LOG_HEAD]);

/**
 * Ends the record, says so in the file, and frees the recorder. Before the store is freed. The store goes on
 * unrecorded. WEIR_ERR_IO: something could not be written; WEIR_ERR_MISUSE: inside a step, a call or an interceptor
 * of the store, and then nothing has happened. NULL is allowed.
 */
WEIR_API weir_status weir_recorder_close(weir_recorder *recorder, weir_error **ret_error);

/* ---- looking at records ------------------------------------------------------------------------------------------ */

typedef enum weir_log_state {
  WEIR_LOG_WHOLE = 0,      /**< Begun, continued and ended as it should be. */
  WEIR_LOG_UNFINISHED = 1, /**< Good as far as it goes, then cut off: its writer died, or bytes are missing. */
  WEIR_LOG_DAMAGED = 2,    /**< Something else than what was written. */
  WEIR_LOG_STATE_WIDTH = 0x7fffffff
} weir_log_state;

/** The report on a record. Begin with WEIR_LOG_REPORT_INIT. */
typedef struct weir_log_report {
  size_t size; /**< sizeof(weir_log_report): weir/api.h. */
  weir_log_state state;
  uint64_t events; /**< Good ones, from the beginning. */
  uint64_t bytes;  /**< Up to the end of the last good record, over all parts. */
  uint32_t parts;
  uint8_t head[WEIR_LOG_HEAD]; /**< After the last good event. */
  char message[160];           /**< What is wrong and where; "" where nothing is. */
} weir_log_report;
#define WEIR_LOG_REPORT_INIT WEIR_INIT(weir_log_report)

/** Told now and then while a long record is read. */
typedef void (*weir_log_progress_fn)(void *data, uint64_t bytes, uint64_t total);

/**
 * Checks a record. WEIR_OK where it could be read, whatever its state; WEIR_ERR_IO, WEIR_ERR_NOMEM. `progress` may be
 * NULL.
 */
WEIR_API weir_status weir_log_verify(const char *path, weir_log_progress_fn progress, void *data, weir_log_report *ret,
                                     weir_error **ret_error);

/** A record that is open for reading, event by event. For one thread at a time. */
typedef struct weir_log weir_log;

/** One event. Its bytes are the log's, until the next call with the log. Begin with WEIR_LOG_EVENT_INIT. */
typedef struct weir_log_event {
  size_t size;       /**< sizeof(weir_log_event): weir/api.h. */
  uint64_t index;    /**< 0 is the header. */
  const char *kind;  /**< Such as "import-call": docs/record.md. Static. */
  const void *bytes; /**< What is hashed: two events are the same where these are. */
  size_t byte_count;
} weir_log_event;
#define WEIR_LOG_EVENT_INIT WEIR_INIT(weir_log_event)

/** Opens a record; the caller owns it (weir_log_close()). WEIR_ERR_IO, also for a folder; WEIR_ERR_NOMEM. */
WEIR_API weir_status weir_log_open(const char *path, weir_log **ret, weir_error **ret_error);
/** Closes it. NULL is allowed. */
WEIR_API void weir_log_close(weir_log *log);
/**
 * Reads and checks the next event. WEIR_ERR_NOT_FOUND: there is no next event, and weir_log_report_so_far() says
 * why; no error is made. WEIR_ERR_IO, WEIR_ERR_NOMEM: the event cannot be read.
 */
WEIR_API weir_status weir_log_next(weir_log *log, weir_log_event *ret, weir_error **ret_error);
/**
 * Prints the event of the last weir_log_next() into a new text for weir_text_free(): one line without its number, or
 * one JSON object with it; `ret_size` (may be NULL) gets its size. WEIR_ERR_NOT_FOUND: there is no
 * event; WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_log_event_print(const weir_log *log, bool json, char **ret_text, size_t *ret_size);
/**
 * The report so far: the whole one, once there is no next event. `ret_total` (may be NULL): bytes of the parts that
 * were opened. WEIR_ERR_MISUSE: no size.
 */
WEIR_API weir_status weir_log_report_so_far(const weir_log *log, weir_log_report *ret, uint64_t *ret_total);

/**
 * The settings of the engine that a replay of the record wants, for weir_engine_new(): those that guests can tell are
 * the recorded engine's, the others are the usual ones. WEIR_ERR_MALFORMED: it has no header; WEIR_ERR_IO;
 * WEIR_ERR_NOMEM. Any thread.
 */
WEIR_API weir_status weir_log_engine_config(const char *path, weir_engine_config *ret, weir_error **ret_error);

/* ---- replay ------------------------------------------------------------------------------------------------------ */

/** How a replay ended. Begin with WEIR_REPLAY_REPORT_INIT. */
typedef struct weir_replay_report {
  size_t size;                 /**< sizeof(weir_replay_report): weir/api.h. */
  uint64_t events;             /**< That were the same. */
  uint8_t head[WEIR_LOG_HEAD]; /**< After them. */
  uint64_t index;              /**< WEIR_ERR_DIVERGED: number of the first event that differs, */
  char *expected, *found;      /**< and both as text, for weir_text_free(); NULL: there is none. */
  weir_log_state state;        /**< WEIR_OK: of the record; WEIR_LOG_WHOLE but for `unfinished` replays. */
} weir_replay_report;
#define WEIR_REPLAY_REPORT_INIT WEIR_INIT(weir_replay_report)

/** Settings of a replay. Begin with WEIR_REPLAY_CONFIG_INIT, change what you need. */
typedef struct weir_replay_config {
  size_t size;      /**< sizeof(weir_replay_config): weir/api.h. */
  const char *path; /**< The record. */
  /**
   * The components of the recorded store. Where the record has their digests they are found by them; else they must be
   * in the order in which the store first instantiated them.
   */
  const weir_component *const *components;
  size_t component_count;
  const weir_record_config *again; /**< Records the replay; its chain is the same. NULL: no. */
  /**
   * The record may be unfinished: its guests are run up to its last good event and stopped there, as if they had been
   * killed. For finding out what a program did before it crashed.
   */
  bool unfinished;
  /**
   * The engine may be of another version, or the machine of another kind, than the record's: guests then may get deeper
   * or less deep before their stack overflows, and see other bits of NaNs.
   */
  bool any_engine;
} weir_replay_config;
#define WEIR_REPLAY_CONFIG_INIT WEIR_INIT(weir_replay_config)

/**
 * Runs components against a record, in a store of its own and without any host: everything that the host did is done
 * again from the record, and everything that guests do is compared with it, in order. It stops at the first difference
 * with WEIR_ERR_DIVERGED: another event, an event that is not in the record, or one that never comes. No host function
 * is ever called.
 *
 * Limits of the store, and fuel, are those of the record. A guest that a deadline stopped is stopped after the same
 * event.
 *
 * WEIR_ERR_MALFORMED: the record is damaged, or it is unfinished; WEIR_ERR_UNSUPPORTED: payloads were hashed or left
 * out; WEIR_ERR_MISUSE: another component, or an engine that runs guests differently (weir_log_engine_config() has the
 * right settings; the message names the first that differs); WEIR_ERR_IO, WEIR_ERR_NOMEM; and what an instance can fail
 * with. `ret` is always filled; release it with weir_replay_report_clear(). Any thread.
 */
WEIR_API weir_status weir_replay_with(weir_engine *engine, const weir_replay_config *config, weir_replay_report *ret,
                                      weir_error **ret_error);
/** weir_replay_with() for one component and a whole record. `again` may be NULL. */
WEIR_API weir_status weir_replay(weir_engine *engine, const weir_component *component, const char *path,
                                 const weir_record_config *again, weir_replay_report *ret, weir_error **ret_error);
/** Releases what a report holds. */
WEIR_API void weir_replay_report_clear(weir_replay_report *report);

#ifdef __cplusplus
}
#endif
#endif
