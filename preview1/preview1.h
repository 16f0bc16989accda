/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What all parts of the adapter share: the program's memory, which is another one than the adapter's own; error numbers;
 * and descriptors.
 *
 * An address of the program is a `guest`, and only app_load() and app_store() go there: an address that is none traps.
 */
#ifndef PREVIEW1_PREVIEW1_H
#define PREVIEW1_PREVIEW1_H

#include "wasi.h"

#define EXPORT(name) __attribute__((export_name(name)))

typedef uint32_t guest;

IMPORT("app", "load") void app_load(void *to, guest from, uint32_t size);
IMPORT("app", "store") void app_store(guest to, const void *from, uint32_t size);

/*
 * Memory for arguments and results of one call of the program: realloc() of the canonical ABI takes from it too. It is
 * free again when the next call begins.
 */
IMPORT("own", "reset") void scratch_reset(void);
IMPORT("own", "take") void *scratch_take(uint32_t size);

void app_store_u32(guest to, uint32_t number);
void app_store_u64(guest to, uint64_t number);
/* A copy of a text or of bytes of the program. */
void *app_copy(guest from, uint32_t size);

/* ---- error numbers ----------------------------------------------------------------------------------------------- */

enum errno_p1 {
  SUCCESS = 0,
  E_AGAIN = 6,
  E_BADF = 8,
  E_INVAL = 28,
  E_IO = 29,
  E_ISDIR = 31,
  E_MFILE = 33,
  E_NAMETOOLONG = 37,
  E_NOTDIR = 54,
  E_NOTSOCK = 57,
  E_NOTSUP = 58,
  E_OVERFLOW = 61,
  E_PIPE = 64,
  E_SPIPE = 70
};

/* Of wasi:filesystem's error-code. */
uint32_t errno_of(uint8_t code);
uint32_t errno_of1(const struct result1 *result);

/* ---- descriptors ------------------------------------------------------------------------------------------------- */

enum fd_kind { FD_FREE, FD_INPUT, FD_OUTPUT, FD_FILE, FD_DIRECTORY };

/* Of preview 1. */
enum { FDFLAG_APPEND = 1, FDFLAG_DSYNC = 2, FDFLAG_NONBLOCK = 4, FDFLAG_RSYNC = 8, FDFLAG_SYNC = 16 };
enum { TYPE_UNKNOWN = 0, TYPE_CHARACTER_DEVICE = 2 };
enum { RIGHT_READ = 2, RIGHT_WRITE = 64, RIGHT_READDIR = 1 << 14, RIGHT_SEEK = 4, RIGHT_TELL = 32 };
#define RIGHTS_ALL UINT64_C(0x1fffffff)

struct fd {
  enum fd_kind kind;
  handle handle; /* a stream, or a descriptor */
  uint8_t type;  /* of preview 1 */
  bool readable, writable;
  uint16_t flags;
  uint64_t position;
  struct text name; /* of a preopened directory; no data: it is none */
  handle entries;   /* DIRECTORY: those that are being read, */
  bool reading;     /* if any, */
  uint64_t cookie;  /* and the number of the next one */
};

/* NULL: there is none. The first call makes those that there are at the beginning. */
struct fd *fd_get(uint32_t number);
/* Of a kind; else *ret_error is set. */
struct fd *fd_of(uint32_t number, enum fd_kind kind, uint32_t *ret_error);
/* A new one; its number, or -1: there are too many. */
int32_t fd_add(struct fd fd);
void fd_release(struct fd *fd);
/* A file's or directory's type in the numbers of preview 1. */
uint8_t type_of(uint8_t type);

/* What every function begins with. */
void call_begin(void);

#endif
