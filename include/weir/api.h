/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * What all declarations of weir have in common.
 *
 * The headers are C99 and C++11 and later. An enumeration numbers each of its enumerators, and a later version may add
 * some: a switch needs a default. Each ends with an enumerator ..._WIDTH, which is no value: it makes the type 32 bits
 * wide under every compiler and option.
 *
 * Stable ring.
 */
#ifndef WEIR_API_H
#define WEIR_API_H

/**
 * Marks the functions that the shared library exports. On Windows a program that links the static library defines
 * WEIR_STATIC, and only the library's own build defines WEIR_BUILD.
 */
#ifndef WEIR_API
#if defined(_WIN32) && defined(WEIR_STATIC)
#define WEIR_API
#elif defined(_WIN32) && defined(WEIR_BUILD)
#define WEIR_API __declspec(dllexport)
#elif defined(_WIN32)
#define WEIR_API __declspec(dllimport)
#elif defined(__GNUC__)
#define WEIR_API __attribute__((visibility("default")))
#else
#define WEIR_API
#endif
#endif

#endif
