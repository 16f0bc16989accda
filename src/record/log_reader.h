/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The reader of records: one event at a time, in bounded memory, over all parts. Every byte is checked before it is
 * believed, so what it hands out is what was written, in its place; the first thing that is not so ends the reading
 * for good, and the report says where.
 */
#ifndef RECORD_LOG_READER_H
#define RECORD_LOG_READER_H

#include <stdio.h>

#include "base/diag.h"
#include "record/log_event.h"
#include "record/log_hash.h"
#include "weir/record.h"

struct log_reader {
  FILE *file;
  char *path; /* of the first part; NULL: one file in memory */
  uint32_t part;
  uint64_t at;        /* in the part */
  uint64_t before;    /* bytes of the parts before */
  uint64_t total;     /* bytes of the part, for progress */
  uint64_t last_turn; /* END's */
  struct log_hash hash;
  struct text buf; /* the record under way */
  bool begun, ended;
  int saved_errno;    /* of the last read */
  weir_status status; /* WEIR_ERR_NOMEM, WEIR_ERR_IO: the record is as it is, but cannot be read on */
  weir_log_report report;
};

/* Opens the first part. WEIR_ERR_IO, also for a folder. */
weir_status log_reader_open(struct log_reader *r, const char *path, struct diag *d);
/* The same for bytes in memory, which are not copied. */
weir_status log_reader_memory(struct log_reader *r, const void *bytes, size_t size);
void log_reader_close(struct log_reader *r);

/*
 * The next event, the first header included, other frames not. false: there is none, and r->report says why
 * (WEIR_LOG_WHOLE: the end). *ret and its bytes are good until the next call.
 */
bool log_reader_next(struct log_reader *r, struct log_event *ret, const uint8_t **ret_bytes, size_t *ret_size);

/* Whether a path leads to one of the record's parts. */
bool log_reader_reads(const struct log_reader *r, const char *path);

/* Once there is no next event: WEIR_OK where the record has no more to give, whatever its state; else why not. */
weir_status log_reader_status(const struct log_reader *r, struct diag *d);

#endif
