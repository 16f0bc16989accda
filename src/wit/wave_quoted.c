/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Quoted tokens of WAVE: chars, strings, and strings of several lines, whose indentation is that of the closing quotes.
 * The decoded text is always valid UTF-8, and a char always a scalar value.
 */
#include "wit/wave.h"

#include "base/number.h"
#include "base/utf8.h"

static weir_status fail_here(struct wave_scan *s, const char *message) {
  return diag_at(s->diag, WEIR_ERR_PARSE, s->pos, "%s", message);
}

/* After `\u`: `{` hexadecimal digits `}`. */
static weir_status read_unicode(struct wave_scan *s, uint32_t *ret) {
  const char *bad = "expected a scalar value in braces after \\u, such as \\u{1f600}";
  const char *text = s->text.data;
  if (s->pos >= s->text.size || text[s->pos] != '{')
    return fail_here(s, bad);
  uint32_t scalar = 0;
  size_t at = s->pos + 1, first = at;
  for (; at < s->text.size && hex_digit(text[at]) >= 0; at++) {
    scalar = scalar * 16 + (uint32_t)hex_digit(text[at]);
    if (scalar > 0x10ffff)
      return fail_here(s, "the escape is above the last scalar value, U+10FFFF");
  }
  if (at == first || at >= s->text.size || text[at] != '}')
    return fail_here(s, bad);
  if (scalar >= 0xd800 && scalar <= 0xdfff)
    return fail_here(s, "the escape is a surrogate, not a scalar value");
  s->pos = at + 1;
  *ret = scalar;
  return WEIR_OK;
}

/* After the backslash. */
static weir_status read_escape(struct wave_scan *s, uint32_t *ret) {
  if (s->pos >= s->text.size)
    return fail_here(s, "the text ends inside an escape");
  char c = s->text.data[s->pos];
  switch (c) {
    case '\'':
    case '"':
    case '\\':
      *ret = (uint32_t)c;
      break;
    case 't':
      *ret = '\t';
      break;
    case 'n':
      *ret = '\n';
      break;
    case 'r':
      *ret = '\r';
      break;
    case 'u':
      s->pos++;
      return read_unicode(s, ret);
    default:
      return fail_here(s, "unknown escape; known are \\\" \\' \\\\ \\n \\r \\t \\u{...}");
  }
  s->pos++;
  return WEIR_OK;
}

/* One scalar value, plain or escaped. `*ret_escaped` tells `"` from `\"`. */
static weir_status read_scalar(struct wave_scan *s, uint32_t *ret, bool *ret_escaped) {
  size_t left = s->text.size - s->pos;
  if (left == 0)
    return fail_here(s, "the closing quote is missing");
  *ret_escaped = s->text.data[s->pos] == '\\';
  if (*ret_escaped) {
    s->pos++;
    return read_escape(s, ret);
  }
  int n = utf8_decode((const uint8_t *)s->text.data + s->pos, left, ret);
  if (n <= 0)
    return fail_here(s, "the text is not valid UTF-8");
  s->pos += (size_t)n;
  return WEIR_OK;
}

weir_status wave_char(struct wave_scan *s, uint32_t *ret) {
  bool escaped;
  if (!wave_accept(s, '\''))
    return wave_expected(s, "a char in single quotes");
  size_t start = s->pos;
  WEIR_TRY(read_scalar(s, ret, &escaped));
  if (!escaped && (*ret == '\'' || *ret == '\n')) {
    s->pos = start;
    return fail_here(s, *ret == '\n' ? "a line break in a char is written \\n" : "there is no char between the quotes");
  }
  if (s->pos >= s->text.size || s->text.data[s->pos] != '\'')
    return fail_here(s, "expected the closing ' after one char");
  s->pos++;
  return WEIR_OK;
}

static weir_status read_line_string(struct wave_scan *s, struct text *out) {
  for (;;) {
    uint32_t scalar = 0;
    bool escaped = false;
    size_t start = s->pos;
    WEIR_TRY(read_scalar(s, &scalar, &escaped));
    if (!escaped && scalar == '"')
      return out->failed ? diag_nomem(s->diag) : WEIR_OK;
    if (!escaped && scalar == '\n') {
      s->pos = start;
      return fail_here(s, "a line break in a string is written \\n, or the string opens with \"\"\" and a line break");
    }
    text_scalar(out, scalar);
  }
}

/* ---- strings of several lines ------------------------------------------------------------------------------------ */

static bool starts_here(const struct wave_scan *s, struct str token) {
  return str_starts_with((struct str){s->text.data + s->pos, s->text.size - s->pos}, token);
}

static size_t spaces_at(const struct wave_scan *s, size_t at) {
  size_t n = 0;
  while (at + n < s->text.size && s->text.data[at + n] == ' ')
    n++;
  return n;
}

/* The indentation of the closing quotes, which stand alone on their line. */
static weir_status find_indent(struct wave_scan *s, size_t *ret) {
  struct wave_scan line = *s;
  while (line.pos < line.text.size) {
    size_t spaces = spaces_at(&line, line.pos);
    line.pos += spaces;
    if (starts_here(&line, STR("\"\"\""))) {
      *ret = spaces;
      return WEIR_OK;
    }
    while (line.pos < line.text.size && line.text.data[line.pos] != '\n')
      line.pos++;
    line.pos += line.pos < line.text.size ? 1 : 0;
  }
  return fail_here(s, "the closing \"\"\" is missing; it stands on a line of its own");
}

/* One line up to its line break, which is skipped and not written. */
static weir_status read_one_line(struct wave_scan *s, struct text *out) {
  for (;;) {
    uint32_t scalar = 0;
    bool escaped = false;
    if (starts_here(s, STR("\r\n")))
      s->pos++;
    else if (starts_here(s, STR("\"\"\"")))
      return fail_here(s, "\"\"\" inside the string must be broken up, as in \"\"\\\"");
    WEIR_TRY(read_scalar(s, &scalar, &escaped));
    if (!escaped && scalar == '\n')
      return WEIR_OK;
    text_scalar(out, scalar);
  }
}

/* After the opening quotes and their line break. */
static weir_status read_block_string(struct wave_scan *s, struct text *out) {
  size_t indent = 0;
  WEIR_TRY(find_indent(s, &indent));
  for (bool first = true;; first = false) {
    size_t spaces = spaces_at(s, s->pos);
    struct wave_scan rest = *s;
    rest.pos += spaces;
    if (starts_here(&rest, STR("\"\"\""))) {
      s->pos = rest.pos + 3;
      return out->failed ? diag_nomem(s->diag) : WEIR_OK;
    }
    bool blank = starts_here(&rest, STR("\n")) || starts_here(&rest, STR("\r\n"));
    if (spaces < indent && !blank)
      return fail_here(s, "the line is indented less than the closing \"\"\"");
    s->pos += spaces < indent ? spaces : indent;
    if (!first)
      text_char(out, '\n');
    WEIR_TRY(read_one_line(s, out));
  }
}

weir_status wave_string(struct wave_scan *s, struct text *out) {
  if (wave_peek(s) != '"')
    return wave_expected(s, "a string in double quotes");
  bool block = starts_here(s, STR("\"\"\"\n")) || starts_here(s, STR("\"\"\"\r\n"));
  if (!block) {
    s->pos++;
    return read_line_string(s, out);
  }
  s->pos += starts_here(s, STR("\"\"\"\n")) ? 4 : 5;
  return read_block_string(s, out);
}
