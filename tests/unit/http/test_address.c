/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The order in which addresses are tried, and what failures mean. */
#include "http/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <uv.h>

enum { FOUND = 24 };

/* Makes a list of that many addresses; `families` has '4' or '6' for each, whose last byte is its place. */
static void list(const char *families, struct addrinfo infos[FOUND], struct sockaddr_storage addresses[FOUND]) {
  memset(infos, 0, FOUND * sizeof(*infos));
  memset(addresses, 0, FOUND * sizeof(*addresses));
  for (size_t i = 0; families[i]; i++) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&addresses[i];
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&addresses[i];
    bool is_v4 = families[i] == '4';
    addresses[i].ss_family = is_v4 ? AF_INET : AF_INET6;
    if (is_v4)
      v4->sin_addr.s_addr = htonl((uint32_t)i);
    else
      v6->sin6_addr.s6_addr[15] = (uint8_t)i;
    infos[i].ai_family = addresses[i].ss_family;
    infos[i].ai_addr = (struct sockaddr *)&addresses[i];
    infos[i].ai_addrlen = is_v4 ? sizeof(*v4) : sizeof(*v6);
    infos[i].ai_next = families[i + 1] ? &infos[i + 1] : NULL;
  }
}

/* The places in the list in the order of trying: "024" ... as letters from 'a'. */
static void check(const char *families, const char *expected) {
  struct addrinfo infos[FOUND];
  struct sockaddr_storage addresses[FOUND], sorted[ADDRESS_MOST];
  char order[ADDRESS_MOST + 1] = {0};
  list(families, infos, addresses);
  uint32_t count = address_sort(infos, 8080, sorted);
  for (uint32_t i = 0; i < count; i++) {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)&sorted[i];
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)&sorted[i];
    bool is_v4 = sorted[i].ss_family == AF_INET;
    order[i] = (char)('a' + (is_v4 ? ntohl(v4->sin_addr.s_addr) : v6->sin6_addr.s6_addr[15]));
    assert_int_equal(ntohs(is_v4 ? v4->sin_port : v6->sin6_port), 8080);
  }
  assert_string_equal(order, expected);
}

static void families_take_turns(void **state) {
  (void)state;
  check("6", "a");
  check("664", "acb");
  check("4466", "acbd");
  check("666644", "aebfcd");
  check("444444444444444444444444", "abcdefghijklmnop"); /* as many as there is room for */
}

static void addresses_are_read(void **state) {
  (void)state;
  struct sockaddr_storage address;
  assert_true(address_read("127.0.0.1", 80, &address));
  assert_int_equal(address.ss_family, AF_INET);
  assert_true(address_read("::1", 80, &address));
  assert_int_equal(address.ss_family, AF_INET6);
  assert_false(address_read("localhost", 80, &address));
  assert_false(address_read("1.2.3", 80, &address));
}

static void failures_have_codes(void **state) {
  (void)state;
  assert_int_equal(address_failure(ECONNREFUSED), HTTP_CONNECTION_REFUSED);
  assert_int_equal(address_failure(ENETUNREACH), HTTP_DESTINATION_IP_UNROUTABLE);
  assert_int_equal(address_failure(ETIMEDOUT), HTTP_CONNECTION_TIMEOUT);
  assert_int_equal(address_failure(EINVAL), HTTP_DESTINATION_UNAVAILABLE);
  assert_int_equal(address_lookup_failure(UV_EAI_AGAIN).code, HTTP_DNS_TIMEOUT);
  assert_int_equal(address_lookup_failure(UV_EAI_NONAME).code, HTTP_DNS_ERROR);
  assert_string_equal(address_lookup_failure(UV_EAI_NONAME).text, "NXDOMAIN");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(families_take_turns),
      cmocka_unit_test(addresses_are_read),
      cmocka_unit_test(failures_have_codes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
