/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The writer of records: hash, buffer, parts, fsync. It knows bytes of events, not what they mean. After the first
 * failure it writes nothing more and says so every time.
 */
#ifndef RECORD_LOG_WRITER_H
#define RECORD_LOG_WRITER_H

#include "base/diag.h"
#include "record/log_hash.h"
#include "record/log_view.h"
#include "weir/record.h"

struct log_header {            /* what the first record of a part says */
  struct str component;        /* digest, or "" */
  struct str engine;           /* the code generator with its version, and the kind of machine */
  weir_engine_config settings; /* those of base/settings.def that guests can tell */
  struct str excluded;         /* words for what guests may see and the record does not have */
  uint64_t seed, keep, payload;
};

struct log_writer {
  struct log_hash hash;
  char *path; /* NULL: no file */
  int fd;
  struct text pending; /* not yet given to the system */
  struct text scratch; /* headers and frames */
  struct text header;  /* what headers of later parts repeat */
  uint32_t part;
  uint64_t part_bytes, total_bytes; /* with what is pending */
  uint64_t max_file, max_total;
  uint32_t sync_every, unsynced; /* 0: never */
  weir_status status;
  int saved_errno;
  uint64_t too_large; /* bytes of an event that no record holds */
};

/* Makes the file (path may be NULL) and writes the header. On failure the writer is closed. */
weir_status log_writer_open(struct log_writer *w, const struct weir_record_config *config,
                            const struct log_header *header, struct diag *d);

/* Adds an event to the hash and the file. WEIR_ERR_IO, WEIR_ERR_LIMIT, WEIR_ERR_NOMEM: it is not there. */
weir_status log_writer_add(struct log_writer *w, const void *event, size_t size);

/* Gives everything to the system. */
weir_status log_writer_flush(struct log_writer *w);

/* Writes the end and lets go. The first failure of all. */
weir_status log_writer_close(struct log_writer *w, uint64_t last_turn, struct diag *d);

/* Says in `d` what has gone wrong; returns the status. */
weir_status log_writer_report(const struct log_writer *w, struct diag *d);

/* The path of a part: PATH, PATH.1, ... From malloc(). */
char *log_writer_part_path(const char *path, uint32_t part);

#endif
