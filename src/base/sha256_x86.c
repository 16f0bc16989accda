/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * SHA-256 with the SHA extensions of x86-64: four rounds to a step, the state kept as the pairs ABEF and CDGH that
 * sha256rnds2 wants. Elsewhere there is nothing here but "no".
 */
#include "base/sha256.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <cpuid.h>
#include <immintrin.h>
#include <stdbool.h>

/* CPUID leaf 7: EBX bit 29 is SHA; leaf 1: ECX bits 9 and 19 are SSSE3 and SSE4.1. */
static bool cpu_has_sha(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c >> 9 & 1) == 0 || (c >> 19 & 1) == 0)
    return false;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 29 & 1) != 0;
}

#define WITH_SHA __attribute__((target("sha,sse4.1,ssse3")))

/* Four rounds with the four words `w`, from round `t` on. */
WITH_SHA static inline void four_rounds(__m128i *abef, __m128i *cdgh, __m128i w, unsigned t) {
  __m128i wk = _mm_add_epi32(w, _mm_loadu_si128((const __m128i *)(const void *)&sha256_k[t]));
  *cdgh = _mm_sha256rnds2_epu32(*cdgh, *abef, wk);
  *abef = _mm_sha256rnds2_epu32(*abef, *cdgh, _mm_shuffle_epi32(wk, 0x0e));
}

/* The next four words of the schedule from the sixteen before them. */
WITH_SHA static inline __m128i next_words(const __m128i w[4]) {
  __m128i x = _mm_sha256msg1_epu32(w[0], w[1]);
  x = _mm_add_epi32(x, _mm_alignr_epi8(w[3], w[2], 4));
  return _mm_sha256msg2_epu32(x, w[3]);
}

WITH_SHA static void compress(__m128i *abef, __m128i *cdgh, const uint8_t *block) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  const __m128i abef0 = *abef, cdgh0 = *cdgh;
  __m128i w[4];
  for (unsigned i = 0; i < 4; i++) {
    w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(block + 16 * i)), swap);
    four_rounds(abef, cdgh, w[i], 4 * i);
  }
  for (unsigned t = 16; t < 64; t += 4) {
    __m128i next = next_words(w);
    w[0] = w[1], w[1] = w[2], w[2] = w[3], w[3] = next;
    four_rounds(abef, cdgh, next, t);
  }
  *abef = _mm_add_epi32(*abef, abef0);
  *cdgh = _mm_add_epi32(*cdgh, cdgh0);
}

WITH_SHA static void blocks(uint32_t state[8], const uint8_t *data, size_t count) {
  __m128i dcba = _mm_loadu_si128((const __m128i *)(const void *)&state[0]);
  __m128i hgfe = _mm_loadu_si128((const __m128i *)(const void *)&state[4]);
  __m128i cdab = _mm_shuffle_epi32(dcba, 0xb1), efgh = _mm_shuffle_epi32(hgfe, 0x1b);
  __m128i abef = _mm_alignr_epi8(cdab, efgh, 8), cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
  for (size_t i = 0; i < count; i++)
    compress(&abef, &cdgh, data + i * SHA256_BLOCK);
  __m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128((__m128i *)(void *)&state[0], _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128((__m128i *)(void *)&state[4], _mm_alignr_epi8(dchg, feba, 8));
}

sha256_blocks *sha256_blocks_hardware(void) {
  static int known; /* 0: not asked yet; every thread finds the same */
  int now = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (now == 0) {
    now = cpu_has_sha() ? 1 : 2;
    __atomic_store_n(&known, now, __ATOMIC_RELAXED);
  }
  return now == 1 ? blocks : NULL;
}

#else

sha256_blocks *sha256_blocks_hardware(void) {
  return NULL;
}

#endif
