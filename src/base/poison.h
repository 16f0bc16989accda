/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Marks memory that belongs to weir and that nobody may touch now (unused space of arenas, free items of pools), so
 * that AddressSanitizer reports a use. Without the sanitizer both marks are nothing. Memory goes back to its allocator
 * unpoisoned.
 */
#ifndef BASE_POISON_H
#define BASE_POISON_H

#if defined(__SANITIZE_ADDRESS__)
#define BASE_HAS_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BASE_HAS_POISON 1
#endif
#endif

#ifdef BASE_HAS_POISON
#include <sanitizer/asan_interface.h>
#define POISON(address, size) __asan_poison_memory_region((address), (size))
#define UNPOISON(address, size) __asan_unpoison_memory_region((address), (size))
#else
#define POISON(address, size) ((void)(address), (void)(size))
#define UNPOISON(address, size) ((void)(address), (void)(size))
#endif

#endif
