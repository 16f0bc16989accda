/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Headers of the PROXY protocol: where they end, and what they say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/str.h"
#include "http/proxy_header.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define BEHIND "GET / HTTP/1.1\r\n\r\n"

/* Reads it whole with something behind it, and then byte by byte: both must say the same. */
static enum proxy_progress read_header(struct str header, struct proxy_header *ret) {
  uint8_t bytes[PROXY_HEADER_MOST + sizeof(BEHIND)];
  size_t taken, total = header.size + sizeof(BEHIND);
  assert_true(total <= sizeof(bytes));
  memcpy(bytes, header.data, header.size);
  memcpy(bytes + header.size, BEHIND, sizeof(BEHIND));
  *ret = (struct proxy_header){0};
  enum proxy_progress whole = proxy_header_read(ret, bytes, total, &taken);
  if (whole == PROXY_DONE)
    assert_int_equal(taken, header.size);
  struct proxy_header slow = {0};
  enum proxy_progress progress = PROXY_MORE;
  for (size_t i = 0; i < total && progress == PROXY_MORE; i++)
    progress = proxy_header_read(&slow, bytes + i, 1, &taken);
  assert_int_equal(progress, whole);
  assert_int_equal(slow.size, ret->size);
  return whole;
}

static enum proxy_word word_of(struct str header, char remote[64], char local[64]) {
  struct proxy_header h;
  struct sockaddr_storage a[2] = {{0}, {0}};
  char *const texts[] = {remote, local};
  assert_int_equal(read_header(header, &h), PROXY_DONE);
  enum proxy_word word = proxy_header_word(&h, &a[0], &a[1]);
  for (int i = 0; i < 2; i++) {
    const struct sockaddr_in *v4 = (const void *)&a[i];
    const struct sockaddr_in6 *v6 = (const void *)&a[i];
    char host[INET6_ADDRSTRLEN] = "-";
    if (a[i].ss_family == AF_INET)
      inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
    else if (a[i].ss_family == AF_INET6)
      inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
    snprintf(texts[i], 64, "%s %d", host, a[i].ss_family ? ntohs(v4->sin_port) : 0);
  }
  return word;
}

static void a_line_names_both_ends(void **state) {
  char remote[64], local[64];
  (void)state;
  assert_int_equal(word_of(STR("PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n"), remote, local), PROXY_ADDRESSES);
  assert_string_equal(remote, "192.0.2.1 56324");
  assert_string_equal(local, "198.51.100.7 443");
  assert_int_equal(word_of(STR("PROXY TCP6 2001:db8::1 ::1 1 65535\r\n"), remote, local), PROXY_ADDRESSES);
  assert_string_equal(remote, "2001:db8::1 1");
  assert_string_equal(local, "::1 65535");
  assert_int_equal(word_of(STR("PROXY UNKNOWN\r\n"), remote, local), PROXY_NOTHING);
  assert_int_equal(word_of(STR("PROXY UNKNOWN ffff::1 ffff::2 7 8\r\n"), remote, local), PROXY_NOTHING);
  assert_string_equal(remote, "- 0");
}

static void a_line_that_is_not_exact_says_nothing(void **state) {
  static const char *const wrong[] = {
      "PROXY \r\n",
      "PROXY TCP4\r\n",
      "PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n",
      "PROXY tcp4 192.0.2.1 192.0.2.2 1 2\r\n",
      "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
      "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n",
      "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n",
      "PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n",
      "PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n",
      "PROXY TCP4 192.0.2.1 192.0.2.2 1 02\r\n",
      "PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n",
      "PROXY TCP4 192.0.2.1 192.0.2.2 1 2x\r\n",
      "PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n",
      "PROXY TCP4 2001:db8::1 ::1 1 2\r\n",
      "PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n",
  };
  char remote[64], local[64];
  (void)state;
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    assert_int_equal(word_of(str_from(wrong[i]), remote, local), PROXY_NONSENSE);
    assert_string_equal(remote, "- 0");
  }
}

static void what_is_no_header_is_seen_at_its_first_wrong_byte(void **state) {
  static const struct str wrong[] = {STR("GET / HTTP/1.1\r\n"), STR("PROXX"), STR("PROXY TCP4\n"),
                                     STR("\r\n\r\n\0\r\nQUIX"), STR("\x16\x03\x01")};
  struct proxy_header h;
  char line[200];
  (void)state;
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
    assert_int_equal(read_header(wrong[i], &h), PROXY_WRONG);
  memset(line, 'x', sizeof(line));
  memcpy(line, "PROXY UNKNOWN ", 14);
  assert_int_equal(read_header((struct str){line, sizeof(line)}, &h), PROXY_WRONG);
  assert_int_equal(h.size, 107);
}

/* A header of version 2 with a body of so many bytes, that begins with `body`. */
static struct str binary(char *room, int command, int family, const char *body, size_t size) {
  memset(room, 0, 16 + size);
  memcpy(room, SIGNATURE, 12);
  room[12] = (char)command;
  room[13] = (char)family;
  room[14] = (char)(size >> 8);
  room[15] = (char)size;
  memcpy(room + 16, body, size < 36 ? size : 36);
  return (struct str){room, 16 + size};
}

static void a_binary_header_names_both_ends(void **state) {
  static const char v4[36] = {(char)192, 0, 2, 1, (char)198, 51, 100, 7, 0x12, 0x34, 1, (char)0xbb};
  static const char v6[36] = {0x20, 1, 0xd, (char)0xb8, [15] = 1, [31] = 2, [32] = 0x12, 0x34, 0, 80};
  char room[PROXY_HEADER_MOST], remote[64], local[64];
  (void)state;
  assert_int_equal(word_of(binary(room, 0x21, 0x11, v4, 12), remote, local), PROXY_ADDRESSES);
  assert_string_equal(remote, "192.0.2.1 4660");
  assert_string_equal(local, "198.51.100.7 443");
  assert_int_equal(word_of(binary(room, 0x21, 0x11, v4, PROXY_HEADER_BODY), remote, local), PROXY_ADDRESSES);
  assert_int_equal(word_of(binary(room, 0x21, 0x21, v6, 36), remote, local), PROXY_ADDRESSES);
  assert_string_equal(remote, "2001:db8::1 4660");
  assert_string_equal(local, "::2 80");
  assert_int_equal(word_of(binary(room, 0x20, 0x11, v4, 12), remote, local), PROXY_NOTHING); /* LOCAL */
  assert_int_equal(word_of(binary(room, 0x20, 0x00, v4, 0), remote, local), PROXY_NOTHING);
  assert_int_equal(word_of(binary(room, 0x21, 0x00, v4, 5), remote, local), PROXY_NOTHING);
  assert_int_equal(word_of(binary(room, 0x21, 0x31, v4, 216), remote, local), PROXY_NOTHING); /* a Unix socket */
}

static void a_binary_header_that_is_wrong_says_nothing(void **state) {
  static const struct {
    int command, family;
    size_t size;
  } wrong[] = {{0x21, 0x11, 11}, {0x21, 0x21, 35}, {0x21, 0x31, 215}, {0x21, 0x12, 12},
               {0x22, 0x11, 12}, {0x11, 0x11, 12}, {0x31, 0x11, 12},  {0x21, 0x41, 36}};
  static const char zeros[36];
  struct proxy_header h;
  char room[PROXY_HEADER_MOST + 1], remote[64], local[64];
  (void)state;
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
    assert_int_equal(word_of(binary(room, wrong[i].command, wrong[i].family, zeros, wrong[i].size), remote, local),
                     PROXY_NONSENSE);
  binary(room, 0x21, 0x11, zeros, PROXY_HEADER_BODY + 1);
  assert_int_equal(read_header((struct str){room, 16}, &h), PROXY_WRONG); /* too long: it is not waited for */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_line_names_both_ends),
      cmocka_unit_test(a_line_that_is_not_exact_says_nothing),
      cmocka_unit_test(what_is_no_header_is_seen_at_its_first_wrong_byte),
      cmocka_unit_test(a_binary_header_names_both_ends),
      cmocka_unit_test(a_binary_header_that_is_wrong_says_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
