/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The reader of s-expressions. Lexical rules: "Lexical Format" of the core specification, with atoms taken as widely as
 * they can be. A form that is still open at the end of the text is reported at its beginning.
 */
#include "cli/wast/read.h"

#include "base/number.h"
#include "base/utf8.h"

struct reader {
  struct arena *arena;
  struct str source;
  size_t pos;
  uint32_t line;
  size_t line_start;
  uint32_t depth;
  struct diag *diag;
};

static bool at_end(const struct reader *r) {
  return r->pos >= r->source.size;
}

static char byte_at(const struct reader *r, size_t ahead) {
  return ahead < r->source.size - r->pos ? r->source.data[r->pos + ahead] : '\0';
}

static weir_status fail_at(struct reader *r, uint32_t line, uint32_t column, const char *message) {
  return diag_at(r->diag, WEIR_ERR_PARSE, r->pos, "%u:%u: %s", line, column, message);
}

static uint32_t column_here(const struct reader *r) {
  return (uint32_t)(r->pos - r->line_start + 1);
}

static weir_status fail_here(struct reader *r, const char *message) {
  return fail_at(r, r->line, column_here(r), message);
}

/* Moves on by one byte. */
static void step(struct reader *r) {
  if (r->source.data[r->pos++] == '\n') {
    r->line++;
    r->line_start = r->pos;
  }
}

/* ---- white space ------------------------------------------------------------------------------------------------- */

/* `(; ;)`, nested. */
static weir_status skip_block_comment(struct reader *r) {
  uint32_t line = r->line, column = column_here(r), depth = 0;
  do {
    if (at_end(r))
      return fail_at(r, line, column, "this comment is not closed with ;)");
    if (byte_at(r, 0) == '(' && byte_at(r, 1) == ';') {
      depth++;
      r->pos += 2;
    } else if (byte_at(r, 0) == ';' && byte_at(r, 1) == ')') {
      depth--;
      r->pos += 2;
    } else {
      step(r);
    }
  } while (depth > 0);
  return WEIR_OK;
}

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static weir_status skip_space(struct reader *r) {
  while (!at_end(r)) {
    if (byte_at(r, 0) == ';' && byte_at(r, 1) == ';') {
      while (!at_end(r) && byte_at(r, 0) != '\n')
        r->pos++;
    } else if (byte_at(r, 0) == '(' && byte_at(r, 1) == ';') {
      WEIR_TRY(skip_block_comment(r));
    } else if (is_space(byte_at(r, 0))) {
      step(r);
    } else {
      return WEIR_OK;
    }
  }
  return WEIR_OK;
}

/* ---- strings ----------------------------------------------------------------------------------------------------- */

/* After `\u`: `{` hexadecimal digits `}`. Returns the length of the UTF-8. */
static weir_status read_unicode(struct reader *r, uint8_t *out, size_t *ret_size) {
  uint32_t scalar = 0;
  if (byte_at(r, 0) != '{' || hex_digit(byte_at(r, 1)) < 0)
    return fail_here(r, "expected {hexadecimal digits} after \\u");
  for (r->pos++; hex_digit(byte_at(r, 0)) >= 0; r->pos++) {
    scalar = scalar * 16 + (uint32_t)hex_digit(byte_at(r, 0));
    if (scalar > 0x10ffff)
      return fail_here(r, "the escape is above U+10FFFF");
  }
  if (byte_at(r, 0) != '}' || (scalar >= 0xd800 && scalar <= 0xdfff))
    return fail_here(r, "the escape is not a scalar value in braces");
  r->pos++;
  *ret_size = (size_t)utf8_encode(scalar, out);
  return WEIR_OK;
}

/* After the backslash; at most 4 bytes. */
static weir_status read_escape(struct reader *r, uint8_t *out, size_t *ret_size) {
  static const char letters[] = "tnr\"'\\", bytes[] = "\t\n\r\"'\\";
  char c = byte_at(r, 0);
  const char *letter = c == '\0' ? NULL : strchr(letters, c);
  *ret_size = 1;
  if (letter) {
    out[0] = (uint8_t)bytes[letter - letters];
    r->pos++;
    return WEIR_OK;
  }
  if (c == 'u') {
    r->pos++;
    return read_unicode(r, out, ret_size);
  }
  if (hex_digit(c) < 0 || hex_digit(byte_at(r, 1)) < 0)
    return fail_here(r, "unknown escape in a string");
  out[0] = (uint8_t)(hex_digit(c) * 16 + hex_digit(byte_at(r, 1)));
  r->pos += 2;
  return WEIR_OK;
}

/* The length of a string's source, so that its decoded form, which is never longer, has room. */
static size_t raw_size(const struct reader *r) {
  size_t n = 0;
  for (; n < r->source.size - r->pos && byte_at(r, n) != '"'; n++)
    if (byte_at(r, n) == '\\')
      n++;
  return n;
}

static weir_status read_string(struct reader *r, struct sexp *s) {
  r->pos++;
  uint8_t *out = arena_alloc(r->arena, raw_size(r) + 4);
  size_t size = 0, n = 0;
  if (!out)
    return diag_nomem(r->diag);
  while (!at_end(r) && byte_at(r, 0) != '"') {
    if (byte_at(r, 0) == '\\') {
      r->pos++;
      WEIR_TRY(read_escape(r, out + size, &n));
      size += n;
    } else {
      out[size++] = (uint8_t)byte_at(r, 0);
      step(r);
    }
  }
  if (at_end(r))
    return fail_at(r, s->line, s->column, "this string is not closed");
  r->pos++;
  s->text = (struct str){(const char *)out, size};
  return WEIR_OK;
}

/* ---- forms ------------------------------------------------------------------------------------------------------- */

static weir_status read_atom(struct reader *r, struct sexp *s) {
  while (!at_end(r) && !is_space(byte_at(r, 0)) && !strchr("()\";", byte_at(r, 0)))
    r->pos++;
  s->text = (struct str){r->source.data + s->start, r->pos - s->start};
  return s->text.size > 0 ? WEIR_OK : fail_here(r, "unexpected character");
}

/* Reads the next string or atom, or the beginning of a list. */
static weir_status read_token(struct reader *r, struct sexp *s) {
  char c = byte_at(r, 0);
  s->kind = c == '(' ? SEXP_LIST : c == '"' ? SEXP_STRING : SEXP_ATOM;
  if (s->kind == SEXP_LIST)
    r->pos++;
  else
    WEIR_TRY(s->kind == SEXP_STRING ? read_string(r, s) : read_atom(r, s));
  s->end = r->pos;
  return WEIR_OK;
}

static weir_status new_sexp(struct reader *r, struct sexp *parent, struct sexp **ret) {
  struct sexp *s = ARENA_NEW(r->arena, struct sexp);
  if (!s)
    return diag_nomem(r->diag);
  s->line = r->line;
  s->column = column_here(r);
  s->start = r->pos;
  s->parent = parent;
  *ret = s;
  return read_token(r, s);
}

/* Reads to the end of the source. `link` is the place for the next form. */
static weir_status read_forms(struct reader *r, struct sexp **link) {
  struct sexp *open = NULL, *s = NULL;
  for (;;) {
    WEIR_TRY(skip_space(r));
    if (at_end(r))
      return !open ? WEIR_OK : fail_at(r, open->line, open->column, "this parenthesis is not closed");
    if (byte_at(r, 0) == ')') {
      if (!open)
        return fail_here(r, "there is no open parenthesis for this one");
      r->pos++;
      r->depth--;
      open->end = r->pos;
      link = &open->next;
      open = open->parent;
      continue;
    }
    WEIR_TRY(new_sexp(r, open, &s));
    *link = s;
    link = &s->next;
    if (s->kind != SEXP_LIST)
      continue;
    if (++r->depth > WAST_DEPTH_MAX)
      return fail_here(r, "the nesting is too deep");
    open = s;
    link = &s->first;
  }
}

weir_status wast_read(struct arena *arena, struct str source, const struct sexp **ret, struct diag *d) {
  struct reader r = {arena, source, 0, 1, 0, 0, d};
  struct sexp *first = NULL;
  WEIR_TRY(read_forms(&r, &first));
  *ret = first;
  return WEIR_OK;
}

bool sexp_is(const struct sexp *s, const char *atom) {
  return s && s->kind == SEXP_ATOM && str_eq(s->text, str_from(atom));
}

struct str sexp_head(const struct sexp *s) {
  if (!s || s->kind != SEXP_LIST || !s->first || s->first->kind != SEXP_ATOM)
    return (struct str){"", 0};
  return s->first->text;
}

bool sexp_is_name(const struct sexp *s) {
  return s && s->kind == SEXP_ATOM && s->text.size > 1 && s->text.data[0] == '$';
}
