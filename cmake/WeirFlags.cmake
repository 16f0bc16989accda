# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The language, the warnings and the sanitizers of everything that is compiled here, as the target weir-flags.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_C_FLAGS_RELEASE "-O3 -DNDEBUG")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

add_library(weir-flags INTERFACE)
target_compile_definitions(weir-flags INTERFACE "_GNU_SOURCE=") # as a file that defines it itself would
target_compile_options(weir-flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes -Wmissing-prototypes -Wvla)
target_include_directories(weir-flags INTERFACE "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/src")

if(WEIR_WERROR)
  target_compile_options(weir-flags INTERFACE -Werror)
endif()

set(WEIR_SANITIZE_FLAGS "")
if(WEIR_SANITIZE)
  set(WEIR_SANITIZE_FLAGS "-fsanitize=${WEIR_SANITIZE}" -fno-sanitize-recover=all -fno-omit-frame-pointer)
endif()
target_compile_options(weir-flags INTERFACE ${WEIR_SANITIZE_FLAGS})
target_link_options(weir-flags INTERFACE ${WEIR_SANITIZE_FLAGS})

if(WEIR_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "WEIR_FUZZ needs clang: its libFuzzer drives tests/fuzz. Use `make fuzz`.")
  endif()
  target_compile_options(weir-flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Fat objects: libweir.a can then be linked with and without link-time optimisation. Inlined across files, WEIR_TRY()
# looks to GCC as if a failed call could still return WEIR_OK; the other presets keep the warning.
if(WEIR_LTO AND CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_C_COMPILER_AR)
  target_compile_options(weir-flags INTERFACE -flto=auto -ffat-lto-objects -Wno-maybe-uninitialized)
  target_link_options(weir-flags INTERFACE -flto=auto -O3 -Wno-maybe-uninitialized)
  set(CMAKE_AR "${CMAKE_C_COMPILER_AR}")
  set(CMAKE_RANLIB "${CMAKE_C_COMPILER_RANLIB}")
endif()
