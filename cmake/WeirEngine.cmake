# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The engine library (engine/, Rust) as the target weir-engine-lib: its archive, its C headers, what it links with.
#
# cargo builds it once for all presets in build/engine at the top of the checkout, and again only when engine/ changed.
# WEIR_ENGINE_TARGET, which toolchain files set, is the machine that it is built for, as Rust names it.
# WEIR_ENGINE_LIB (variable or environment) names an archive built elsewhere; cargo is not run then. Its headers are in
# WEIR_ENGINE_INCLUDE, or in ../include beside the archive. A build folder remembers both.

set(WEIR_ENGINE_LIB "$ENV{WEIR_ENGINE_LIB}" CACHE FILEPATH "libweir_engine.a built elsewhere; empty: cargo builds it")
set(WEIR_ENGINE_INCLUDE "$ENV{WEIR_ENGINE_INCLUDE}" CACHE PATH "Wasmtime's C headers for WEIR_ENGINE_LIB")

add_library(weir-engine-lib INTERFACE)
set(WEIR_ENGINE_TARGET_DIR "${PROJECT_SOURCE_DIR}/build/engine")

if(WEIR_ENGINE_LIB)
  set(engine_lib "${WEIR_ENGINE_LIB}")
  set(engine_include "${WEIR_ENGINE_INCLUDE}")
  if(NOT engine_include)
    cmake_path(GET engine_lib PARENT_PATH engine_include)
    cmake_path(SET engine_include NORMALIZE "${engine_include}/../include")
  endif()
  if(NOT EXISTS "${engine_lib}")
    message(FATAL_ERROR "WEIR_ENGINE_LIB: there is no file ${engine_lib}")
  endif()
  if(NOT EXISTS "${engine_include}/wasmtime.h" OR NOT EXISTS "${engine_include}/wasmtime/conf.h")
    message(FATAL_ERROR "WEIR_ENGINE_INCLUDE: ${engine_include} does not hold wasmtime.h and wasmtime/conf.h")
  endif()
  add_custom_target(engine-build)
else()
  set(engine_target "")
  if(WEIR_ENGINE_TARGET)
    set(engine_target --target "${WEIR_ENGINE_TARGET}")
  endif()
  cmake_path(APPEND WEIR_ENGINE_TARGET_DIR "${WEIR_ENGINE_TARGET}" release libweir_engine.a OUTPUT_VARIABLE engine_lib)
  set(engine_include "${WEIR_ENGINE_TARGET_DIR}/include")
  file(GLOB_RECURSE engine_sources CONFIGURE_DEPENDS
    "${PROJECT_SOURCE_DIR}/engine/src/*.rs" "${PROJECT_SOURCE_DIR}/engine/Cargo.*"
    "${PROJECT_SOURCE_DIR}/engine/rust-toolchain*" "${PROJECT_SOURCE_DIR}/engine/.cargo/*")
  add_custom_command(
    OUTPUT "${PROJECT_BINARY_DIR}/engine.stamp"
    BYPRODUCTS "${engine_lib}"
    COMMAND "${Python3_EXECUTABLE}" "${PROJECT_SOURCE_DIR}/tools/build_engine.py"
      --crate "${PROJECT_SOURCE_DIR}/engine" --target-dir "${WEIR_ENGINE_TARGET_DIR}" ${engine_target}
    COMMAND "${CMAKE_COMMAND}" -E touch "${PROJECT_BINARY_DIR}/engine.stamp"
    DEPENDS ${engine_sources} "${PROJECT_SOURCE_DIR}/tools/build_engine.py"
    COMMENT "Engine library (cargo; minutes the first time, then reused)"
    USES_TERMINAL VERBATIM)
  add_custom_target(engine-build DEPENDS "${PROJECT_BINARY_DIR}/engine.stamp")
endif()

# The include folder need not exist at configure time, so it is no property of an imported target.
target_include_directories(weir-engine-lib SYSTEM INTERFACE "${engine_include}")
add_library(weir-engine-archive INTERFACE)
target_link_libraries(weir-engine-archive INTERFACE "${engine_lib}" Threads::Threads m dl)
target_link_libraries(weir-engine-lib INTERFACE weir-engine-archive)
add_dependencies(weir-engine-lib engine-build)
add_dependencies(weir-engine-archive engine-build)
