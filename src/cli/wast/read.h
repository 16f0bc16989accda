/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The text of a script as s-expressions. Nothing is interpreted: core and component code are read as lists too, so the
 * reader finds their end; other files get their text. Nesting is bounded, and the reader does not recurse.
 */
#ifndef CLI_WAST_READ_H
#define CLI_WAST_READ_H

#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/str.h"

enum { WAST_DEPTH_MAX = 1000 };

enum sexp_kind {
  SEXP_LIST,   /* ( ... ) */
  SEXP_ATOM,   /* a keyword, a name with its `$`, a number */
  SEXP_STRING, /* "...": text is decoded, bytes of any value */
};

struct sexp {
  enum sexp_kind kind;
  uint32_t line, column; /* from 1; columns count bytes */
  size_t start, end;     /* in the source, parentheses and quotes included */
  struct str text;       /* ATOM and STRING */
  struct sexp *first;    /* LIST: its elements, linked by `next` */
  struct sexp *next;
  struct sexp *parent; /* the list it is in, NULL at the top */
};

/*
 * Reads a whole source into the arena; `*ret` is the first form or NULL. WEIR_ERR_PARSE with message and offset, and
 * the message tells line and column; WEIR_ERR_NOMEM.
 */
weir_status wast_read(struct arena *arena, struct str source, const struct sexp **ret, struct diag *d);

/* Whether `s` is this atom. NULL is allowed. */
bool sexp_is(const struct sexp *s, const char *atom);
/* The keyword at the beginning of a list; "": `s` is no list, or begins otherwise. */
struct str sexp_head(const struct sexp *s);
/* Whether `s` is an atom that begins with `$`. */
bool sexp_is_name(const struct sexp *s);

#endif
