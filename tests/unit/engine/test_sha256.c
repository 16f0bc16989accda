/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* SHA-256 against the published examples, and in every way of cutting the input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/number.h"
#include "engine/sha256.h"

static void expect(const void *data, size_t size, const char *want) {
  uint8_t digest[SHA256_SIZE];
  char hex[2 * SHA256_SIZE + 1];
  sha256_of(data, size, digest);
  hex_write(digest, sizeof(digest), hex);
  assert_string_equal(hex, want);
}

static void published_examples(void **state) {
  (void)state;
  expect(NULL, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const char *two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  expect(two_blocks, strlen(two_blocks), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void a_million_letters(void **state) {
  (void)state;
  char *letters = malloc(1000000);
  assert_non_null(letters);
  memset(letters, 'a', 1000000);
  expect(letters, 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  free(letters);
}

static void fill(uint8_t *data, size_t size) {
  uint32_t x = 1;
  for (size_t i = 0; i < size; i++) {
    x = x * 1664525 + 1013904223;
    data[i] = (uint8_t)(x >> 24);
  }
}

static void pieces_give_the_same_as_the_whole(void **state) {
  (void)state;
  uint8_t data[300], whole[SHA256_SIZE], pieces[SHA256_SIZE];
  fill(data, sizeof(data));
  for (size_t size = 0; size <= sizeof(data); size++) {
    sha256_of(data, size, whole);
    for (size_t piece = 1; piece <= 130; piece += 1 + piece / 8) {
      struct sha256 h;
      sha256_begin(&h);
      for (size_t at = 0; at < size; at += piece)
        sha256_add(&h, data + at, size - at < piece ? size - at : piece);
      sha256_end(&h, pieces);
      assert_memory_equal(whole, pieces, SHA256_SIZE);
    }
  }
}

static void a_copy_goes_on_by_itself(void **state) {
  (void)state;
  uint8_t data[100], of_first[SHA256_SIZE], of_copy[SHA256_SIZE], want[SHA256_SIZE];
  struct sha256 first, copy;
  fill(data, sizeof(data));
  sha256_begin(&first);
  sha256_add(&first, data, 70);
  copy = first;
  sha256_add(&first, data, 10);
  sha256_end(&first, of_first);
  sha256_add(&copy, data + 70, 30);
  sha256_end(&copy, of_copy);
  sha256_of(data, sizeof(data), want);
  assert_memory_equal(of_copy, want, SHA256_SIZE);
  assert_memory_not_equal(of_first, want, SHA256_SIZE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(published_examples),
      cmocka_unit_test(a_million_letters),
      cmocka_unit_test(pieces_give_the_same_as_the_whole),
      cmocka_unit_test(a_copy_goes_on_by_itself),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
