/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See secure.h. The page is emptied by the system where the process forks (MADV_WIPEONFORK). */
#include "wasi/random/secure.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "wasi/random/chacha.h"

enum { PAGE = 4096, POOL = 1024 - WASI_CHACHA_KEY, GIVEN_BY_A_KEY = 1 << 20 };

/* All zero, as a new page and one after a fork are: there is no key. */
struct wasi_secure_page {
  size_t good; /* so many bytes may be given before the system is asked for a key */
  size_t left; /* bytes of the pool, its last ones */
  struct {
    uint8_t key[WASI_CHACHA_KEY], pool[POOL];
  } made;
};

_Static_assert(sizeof(struct wasi_secure_page) <= PAGE, "one page");

bool wasi_system_random(void *bytes, size_t size) {
  uint8_t *out = bytes;
  while (size > 0) {
    ssize_t got = getrandom(out, size, 0);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return false;
    out += got;
    size -= (size_t)got;
  }
  return true;
}

static bool page_make(struct wasi_secure *secure) {
  if (secure->page)
    return true;
  void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED)
    return false;
  if (madvise(page, PAGE, MADV_WIPEONFORK) != 0) { /* a child would give the same numbers */
    munmap(page, PAGE);
    return false;
  }
  secure->page = page;
  return true;
}

/* A new key and a full pool, by the key before. */
static void refill(struct wasi_secure_page *page) {
  uint8_t key[WASI_CHACHA_KEY];
  memcpy(key, page->made.key, sizeof(key));
  wasi_chacha_fill(key, 0, &page->made, sizeof(page->made));
  explicit_bzero(key, sizeof(key));
  page->left = POOL;
}

static void take(struct wasi_secure_page *page, uint8_t *to, size_t size) {
  while (size > 0) {
    if (page->left == 0)
      refill(page);
    size_t count = size < page->left ? size : page->left;
    uint8_t *from = page->made.pool + POOL - page->left;
    memcpy(to, from, count);
    memset(from, 0, count);
    page->left -= count;
    to += count;
    size -= count;
  }
}

/* Much at a time comes from a key of its own. */
static void take_much(struct wasi_secure_page *page, uint8_t *to, size_t size) {
  uint8_t key[WASI_CHACHA_KEY];
  take(page, key, sizeof(key));
  wasi_chacha_fill(key, 0, to, size);
  explicit_bzero(key, sizeof(key));
}

bool wasi_secure_fill(struct wasi_secure *secure, void *bytes, size_t size) {
  if (!page_make(secure))
    return wasi_system_random(bytes, size);
  struct wasi_secure_page *page = secure->page;
  if (page->good < size) {
    if (!wasi_system_random(page->made.key, sizeof(page->made.key)))
      return false;
    page->left = 0;
    page->good = size > GIVEN_BY_A_KEY ? size : GIVEN_BY_A_KEY;
  }
  page->good -= size;
  if (size <= POOL)
    take(page, bytes, size);
  else
    take_much(page, bytes, size);
  return true;
}

void wasi_secure_done(struct wasi_secure *secure) {
  if (!secure->page)
    return;
  explicit_bzero(secure->page, sizeof(*secure->page));
  munmap(secure->page, PAGE);
  secure->page = NULL;
}
