/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * What all declarations of weir have in common.
 *
 * The headers are C99 and later, and C++11 and later. Text is UTF-8. A `bool` is one byte that holds 0 or 1. A callback
 * returns to weir: no exception and no long jump may leave a callback.
 *
 * Enumerations. Each enumerator has a number, which never changes. A later version may add enumerators, so a program
 * expects numbers that it does not know: a `switch` has a default. The last enumerator, ..._WIDTH, is no value: the
 * enumerator makes the type 32 bits wide under every compiler and option.
 *
 * Structures. A structure that a program fills in, or has filled in, begins with `size`, the size that the program was
 * compiled with. The macro WEIR_..._INIT sets the size and makes the rest zero:
 *
 *     weir_store_config config = WEIR_STORE_CONFIG_INIT;
 *
 * A later version only adds members at the end, and a zero in a new member means what held before the member was there.
 * The library reads and writes no more than `size` bytes. A program may be newer than the library: then members that
 * the library does not know must be zero, and the library writes zero into them. A language
 * that cannot use the macro writes the size itself: zeroed memory is no valid structure, since its size does not tell
 * which members the program knows. WEIR_ERR_MISUSE: a size that no version has, 0 too, or a member that the library
 * does not know and that is not zero.
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

/** The beginning of a structure with a size. Each such structure has a macro of its own: WEIR_..._INIT. */
#ifdef __cplusplus
extern "C++" {
template <class Type>
inline Type weir_init() {
  Type begun = Type();
  begun.size = sizeof(Type);
  return begun;
}
}
#define WEIR_INIT(type) weir_init<type>()
#else
#define WEIR_INIT(type) \
  { .size = sizeof(type) }
#endif

#endif
