/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The hash over all events so far, and the records of the file.
 *
 *   file    =  "weirlog1"  record (header)  record ...
 *   record  =  size (4 bytes, little-endian)  event  check (the first 8 bytes of its hash)
 *
 *   hash of event n   =  SHA-256("weir.log.event.1" 0  n  size  hash of event n-1  event)   event 0: the first header
 *   hash of a frame   =  SHA-256("weir.log.frame.1" 0  n  size  head so far  event)         not part of the hash
 *
 * All numbers are 8 bytes, little-endian. A record whose check fits is whole, of this record and in its place.
 */
#ifndef RECORD_LOG_HASH_H
#define RECORD_LOG_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "engine/sha256.h"

enum { LOG_MAGIC = 8, LOG_SIZE_BYTES = 4, LOG_CHECK = 8, LOG_FORMAT = 2 };

#define LOG_MAGIC_BYTES "weirlog1"

struct log_hash {
  uint64_t count; /* events so far, the header among them */
  uint8_t head[SHA256_SIZE];
};

void log_hash_begin(struct log_hash *c);
/* Adds an event; its hash is the new head, whose beginning is the record's check. */
void log_hash_add(struct log_hash *c, const void *event, size_t size);
/* The check of a frame. */
void log_hash_frame(const struct log_hash *c, const void *event, size_t size, uint8_t ret[LOG_CHECK]);

#endif
