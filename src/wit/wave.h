/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * WAVE: component values as text. wave_scan.c and wave_quoted.c read tokens, wave_plain.c and wave_parse.c read values
 * by type, wave_text.c reads whole texts, wave_print.c writes values. The type leads the reader, so the depth of types
 * (100) bounds the recursion, and not the text.
 */
#ifndef WIT_WAVE_H
#define WIT_WAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/str.h"
#include "base/text.h"
#include "component/types.h"
#include "weir/value.h"

/* A position in WAVE text. Every failure is WEIR_ERR_PARSE with the byte offset, or WEIR_ERR_NOMEM. */
struct wave_scan {
  struct str text;
  size_t pos;
  struct diag *diag;
};

/* A label in the text: keywords (true, none, ok ...) are labels without the escape `%`. */
struct wave_label {
  struct str name;
  size_t at; /* where it begins, the escape included */
  bool escaped;
};

/* Skips white space and comments. */
void wave_space(struct wave_scan *s);
/* The next byte after white space, or 0 at the end. */
char wave_peek(struct wave_scan *s);
/* Skips `c` if it is the next token. */
bool wave_accept(struct wave_scan *s, char c);
/* Demands `c`; `where` completes the message: "expected `,` or `)` in the arguments". */
weir_status wave_expect(struct wave_scan *s, char c, const char *where);
/* The next token as a label, without moving past it; false: the next token is none. */
bool wave_peek_label(struct wave_scan *s, struct wave_label *ret);
void wave_skip_label(struct wave_scan *s, const struct wave_label *label);
/* "expected `what`, found ..." at the position of the next token. */
weir_status wave_expected(struct wave_scan *s, const char *what);
bool wave_is_keyword(struct str name);

/* Magnitude and sign; a number beyond 64 bits is an error. `what` names the type. */
weir_status wave_integer(struct wave_scan *s, const char *what, bool *ret_negative, uint64_t *ret);
/* A finite number, nan, inf or -inf. `f32` is rounded once, from the text. */
weir_status wave_f32(struct wave_scan *s, float *ret);
weir_status wave_f64(struct wave_scan *s, double *ret);
weir_status wave_char(struct wave_scan *s, uint32_t *ret);
/* Appends the decoded string, of one line or of several, to `out`. */
weir_status wave_string(struct wave_scan *s, struct text *out);

/* Reads a value that holds no others (wave_plain.c). */
weir_status wave_plain(struct wave_scan *s, const struct weir_type *type, weir_value *ret);
/* Reads a label and finds its position in the type; WEIR_ERR_PARSE where the type has none of that name. */
weir_status wave_label_index(struct wave_scan *s, const struct weir_type *type, const char *what, uint32_t *ret);

/* Reads one value at the position; `*ret` is empty on failure. */
weir_status wave_value(struct wave_scan *s, const struct weir_type *type, weir_value *ret);

/*
 * Reads the arguments of a call, `(a, b, ...)`, which must end the text; `params` is the tuple of the function.
 * Trailing arguments of option type may be left out. On failure all of `values` are empty.
 */
weir_status wave_arguments(struct wave_scan *s, const struct weir_type *params, weir_value *values);

/* Writes a value that has been checked against its type. WEIR_ERR_TYPE for handles, which have no text. */
weir_status wave_print(struct text *out, const struct weir_type *type, const weir_value *value, struct diag *d);

#endif
