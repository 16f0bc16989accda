/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Tokens of signatures (signature_scan.h): characters, words, lengths. */
#include "wit/signature_scan.h"

char signature_peek(struct signature *s) {
  while (s->pos < s->text.size && strchr(" \t\r\n", s->text.data[s->pos]) && s->text.data[s->pos] != '\0')
    s->pos++;
  return s->pos < s->text.size ? s->text.data[s->pos] : '\0';
}

weir_status signature_expected(struct signature *s, const char *what) {
  signature_peek(s);
  return diag_at(s->diag, WEIR_ERR_PARSE, s->pos, "expected %s in the %s", what, s->noun);
}

bool signature_accept(struct signature *s, char c) {
  if (signature_peek(s) != c || s->pos >= s->text.size)
    return false;
  s->pos++;
  return true;
}

weir_status signature_expect(struct signature *s, char c) {
  char what[] = "`?`";
  what[1] = c;
  return signature_accept(s, c) ? WEIR_OK : signature_expected(s, what);
}

static bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

/* The word at the position, or "". A leading `%` is no part of the word. */
static struct str peek_word(struct signature *s, size_t *ret_end) {
  char first = signature_peek(s);
  size_t start = s->pos + (first == '%' ? 1 : 0), end = start;
  while (end < s->text.size && is_word_char(s->text.data[end]))
    end++;
  *ret_end = end;
  return (struct str){s->text.data + start, end - start};
}

bool signature_accept_word(struct signature *s, const char *word) {
  size_t end;
  bool escaped = signature_peek(s) == '%';
  if (escaped || !str_eq(peek_word(s, &end), str_from(word)))
    return false;
  s->pos = end;
  return true;
}

weir_status signature_word(struct signature *s, const char *what, struct str *ret) {
  size_t end;
  *ret = peek_word(s, &end);
  if (ret->size == 0)
    return signature_expected(s, what);
  s->pos = end;
  return WEIR_OK;
}

weir_status signature_length(struct signature *s, uint32_t *ret) {
  uint64_t length = 0;
  size_t start;
  signature_peek(s);
  for (start = s->pos; s->pos < s->text.size && s->text.data[s->pos] >= '0' && s->text.data[s->pos] <= '9'; s->pos++) {
    length = length * 10 + (uint64_t)(s->text.data[s->pos] - '0');
    if (length > UINT32_MAX)
      return signature_expected(s, "a length that fits into 32 bits");
  }
  if (s->pos == start || length == 0)
    return signature_expected(s, "the length of the list, at least 1");
  *ret = (uint32_t)length;
  return WEIR_OK;
}
