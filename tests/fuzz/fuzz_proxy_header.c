/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Property: a PROXY header ends at the same byte and says the same, however it comes in; nothing behind it is taken,
 * and it is bounded. The first byte of the input is the size of the pieces.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/proxy_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition) {
  if (!condition)
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct proxy_header whole = {0}, slow = {0};
  size_t taken = 0, all = 0, step = size > 0 ? 1 + data[0] % 16 : 1;
  if (size < 2)
    return 0;
  data++, size--;
  enum proxy_progress want = proxy_header_read(&whole, data, size, &taken), got = PROXY_MORE;
  must(taken <= size && taken <= PROXY_HEADER_MOST && taken == whole.size);
  must(want != PROXY_MORE || taken == size);
  while (got == PROXY_MORE && all < size) {
    size_t piece = step < size - all ? step : size - all, part;
    got = proxy_header_read(&slow, data + all, piece, &part);
    all += part;
  }
  must(got == want && all == taken && memcmp(&slow, &whole, sizeof(slow)) == 0);
  if (want != PROXY_DONE)
    return 0;
  struct sockaddr_storage remote = {0}, local = {0};
  enum proxy_word word = proxy_header_word(&whole, &remote, &local);
  must((word == PROXY_ADDRESSES) == (remote.ss_family != 0));
  must(remote.ss_family == local.ss_family);
  return 0;
}
