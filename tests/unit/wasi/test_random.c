/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Random numbers: reproducible with a seed, different without, and independent sequences. */
#include "wasi/random/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static void the_generator_is_xoshiro256starstar(void **state) {
  (void)state;
  /* From the state 1, 2, 3, 4, by the definition: 5*2 rotated by 7, times 9, and so on. */
  struct wasi_prng prng = {{1, 2, 3, 4}};
  assert_int_equal(wasi_prng_next(&prng), 11520);
  assert_int_equal(wasi_prng_next(&prng), 0);
  assert_int_equal(wasi_prng_next(&prng), 1509978240);
  assert_true(wasi_prng_next(&prng) == UINT64_C(1215971899390074240));
}

static void bytes_are_the_numbers_lowest_byte_first(void **state) {
  (void)state;
  struct wasi_prng prng = {{1, 2, 3, 4}};
  uint8_t bytes[11];
  wasi_prng_fill(&prng, bytes, sizeof(bytes));
  const uint8_t expected[11] = {0x00, 0x2d}; /* 11520, then 0 */
  assert_memory_equal(bytes, expected, sizeof(bytes));
}

static void the_same_seed_gives_the_same_bytes(void **state) {
  (void)state;
  const uint64_t seed[2] = {42, 7}, other[2] = {42, 8};
  struct wasi_random a, b, c;
  uint8_t from_a[100], from_b[100], from_c[100];
  wasi_random_init(&a, seed);
  wasi_random_init(&b, seed);
  wasi_random_init(&c, other);
  assert_true(wasi_random_secure(&a, from_a, sizeof(from_a)));
  assert_true(wasi_random_secure(&b, from_b, sizeof(from_b)));
  assert_true(wasi_random_secure(&c, from_c, sizeof(from_c)));
  assert_memory_equal(from_a, from_b, sizeof(from_a));
  assert_memory_not_equal(from_a, from_c, sizeof(from_a));
}

static void using_one_interface_does_not_shift_another(void **state) {
  (void)state;
  const uint64_t seed[2] = {0, 0};
  struct wasi_random a, b;
  uint64_t from_a, from_b, ignored;
  wasi_random_init(&a, seed);
  wasi_random_init(&b, seed);
  assert_true(wasi_random_secure(&a, &ignored, sizeof(ignored)));
  assert_true(wasi_random_insecure(&a, &from_a, sizeof(from_a)));
  assert_true(wasi_random_insecure(&b, &from_b, sizeof(from_b)));
  assert_true(from_a == from_b);
  assert_true(from_a != ignored);
}

static void without_a_seed_no_two_hosts_agree(void **state) {
  (void)state;
  struct wasi_random a, b;
  uint64_t from_a[2], from_b[2];
  wasi_random_init(&a, NULL);
  wasi_random_init(&b, NULL);
  assert_true(wasi_random_secure(&a, &from_a[0], 8) && wasi_random_insecure(&a, &from_a[1], 8));
  assert_true(wasi_random_secure(&b, &from_b[0], 8) && wasi_random_insecure(&b, &from_b[1], 8));
  assert_true(from_a[0] != from_b[0]);
  assert_true(from_a[1] != from_b[1]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_generator_is_xoshiro256starstar),
      cmocka_unit_test(bytes_are_the_numbers_lowest_byte_first),
      cmocka_unit_test(the_same_seed_gives_the_same_bytes),
      cmocka_unit_test(using_one_interface_does_not_shift_another),
      cmocka_unit_test(without_a_seed_no_two_hosts_agree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
