/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The tokens of signatures (signature.h): signature.c reads types with them. */
#ifndef WIT_SIGNATURE_SCAN_H
#define WIT_SIGNATURE_SCAN_H

#include "base/diag.h"
#include "base/str.h"
#include "component/types.h"

struct signature {
  struct type_table *types;
  struct str text;
  size_t pos;
  unsigned depth;
  const struct weir_resource_type *(*find)(void *data, struct str name, bool bare); /* signature_resource */
  void *data;
  struct diag *diag;
  const char *noun; /* of the whole text */
};

/* The next character after white space; 0 at the end. */
char signature_peek(struct signature *s);
/* WEIR_ERR_PARSE: "expected `what` in the ..." at the next token. */
weir_status signature_expected(struct signature *s, const char *what);
/* Skips `c` if it is the next token; demands it. */
bool signature_accept(struct signature *s, char c);
weir_status signature_expect(struct signature *s, char c);
/* Skips a keyword if it is the next token. `%` in front makes it a name. */
bool signature_accept_word(struct signature *s, const char *word);
/* Any word, without its `%`. */
weir_status signature_word(struct signature *s, const char *what, struct str *ret);
/* The length of a list: 1 to UINT32_MAX. */
weir_status signature_length(struct signature *s, uint32_t *ret);

#endif
