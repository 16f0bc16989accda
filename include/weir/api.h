/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * What all declarations of weir have in common.
 *
 * The headers are C99 and C++11 and later. An enumeration numbers each of its enumerators, and a later version may add
 * some: a switch needs a default. Each ends with an enumerator ..._WIDTH, which is no value: it makes the type 32 bits
 * wide under every compiler and option.
 *
 * A structure that a program fills in, or has filled in, begins with its `size` as the program was compiled with it,
 * which the macro of its name sets, the rest being zero: `weir_store_config config = WEIR_STORE_CONFIG_INIT;`. A size
 * of 0 is the size that the structure has in version 0.1.0, so `{0}` is good too. Later versions only add members at
 * the end, and zero means to each of them what it meant when there was none. So a library reads no more than the size
 * says, and takes members that it does not know for harmless where they are zero; where one is not, or where no
 * structure can have that size, the function is misused (WEIR_ERR_MISUSE). It writes no more than the size says
 * either, and zero into members that it does not know.
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

/** How such a structure begins; each has a macro of its own name, WEIR_..._INIT, for it. */
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
