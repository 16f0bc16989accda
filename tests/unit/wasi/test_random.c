/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Random numbers: reproducible with a seed, different without, and independent sequences. */
#include "wasi/random/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wasi/random/chacha.h"

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
  wasi_random_done(&a);
  wasi_random_done(&b);
}

/* RFC 8439, A.1, test vectors 1 and 2: a key of 0. */
static void the_other_generator_is_chacha20(void **state) {
  (void)state;
  static const uint8_t first[] = {0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90},
                       second[] = {0x9f, 0x07, 0xe7, 0xbe, 0x55, 0x51, 0x38, 0x7a};
  uint8_t key[WASI_CHACHA_KEY] = {0}, whole[1000], part[300];
  wasi_chacha_fill(key, 0, whole, sizeof(whole));
  assert_memory_equal(whole, first, sizeof(first));
  assert_memory_equal(whole + 64, second, sizeof(second));
  wasi_chacha_fill(key, 2, part, sizeof(part));
  assert_memory_equal(part, whole + 128, sizeof(part));
  wasi_chacha_fill(key, UINT32_MAX, part, 128); /* the counter has two words */
  wasi_chacha_fill(key, UINT64_C(1) << 32, whole, 64);
  assert_memory_equal(part + 64, whole, 64);
}

static void no_number_is_given_twice(void **state) {
  (void)state;
  enum { COUNT = 4000 };
  struct wasi_secure secure = {0};
  static uint64_t all[COUNT];
  for (int i = 0; i < COUNT; i++)
    assert_true(wasi_secure_fill(&secure, &all[i], sizeof(all[i])));
  for (int i = 0; i < COUNT; i++)
    for (int j = 0; j < i; j++)
      assert_true(all[i] != all[j]);
  static uint8_t much[2 << 20], again[2 << 20];
  assert_true(wasi_secure_fill(&secure, much, sizeof(much))); /* beyond what a key gives */
  assert_true(wasi_secure_fill(&secure, again, sizeof(again)));
  assert_memory_not_equal(much, again, 64);
  assert_memory_not_equal(much, much + (1 << 20), 64);
  wasi_secure_done(&secure);
}

static void a_process_that_forks_has_numbers_of_its_own(void **state) {
  (void)state;
  struct wasi_secure secure = {0};
  uint64_t mine[4], other[4];
  int ends[2];
  assert_true(wasi_secure_fill(&secure, mine, sizeof(mine)));
  assert_int_equal(pipe(ends), 0);
  pid_t child = fork();
  if (child == 0) {
    bool good = wasi_secure_fill(&secure, mine, sizeof(mine)) && write(ends[1], mine, sizeof(mine)) == sizeof(mine);
    _exit(good ? 0 : 1);
  }
  assert_true(wasi_secure_fill(&secure, mine, sizeof(mine)));
  assert_int_equal(read(ends[0], other, sizeof(other)), sizeof(other));
  waitpid(child, NULL, 0);
  assert_memory_not_equal(mine, other, sizeof(mine));
  close(ends[0]);
  close(ends[1]);
  wasi_secure_done(&secure);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_generator_is_xoshiro256starstar),
      cmocka_unit_test(bytes_are_the_numbers_lowest_byte_first),
      cmocka_unit_test(the_same_seed_gives_the_same_bytes),
      cmocka_unit_test(using_one_interface_does_not_shift_another),
      cmocka_unit_test(without_a_seed_no_two_hosts_agree),
      cmocka_unit_test(the_other_generator_is_chacha20),
      cmocka_unit_test(no_number_is_given_twice),
      cmocka_unit_test(a_process_that_forks_has_numbers_of_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
