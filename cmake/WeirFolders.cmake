# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The folders of src/, lowest layer first (tools/layers.txt). Each that has C files becomes the library weir-<folder>,
# linked with all the folders below it; a folder sees only what is lower, so a wrong call fails to link.
# tools/check_layers.py checks the includes.

set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tools/layers.txt")
file(STRINGS "${PROJECT_SOURCE_DIR}/tools/layers.txt" WEIR_LAYERS REGEX "^[a-z]") # "engine component" is one layer
set(WEIR_UV_FOLDERS http bridge wasi serve)
set(WEIR_FOLDERS "")        # those that exist, lowest first
set(WEIR_FOLDER_OBJECTS "") # their objects, for libweir.a

# weir_folders_below(<folder> <ret>): the libraries of the folders below it, highest first.
function(weir_folders_below folder ret)
  set(libraries "")
  foreach(layer IN LISTS WEIR_LAYERS)
    string(REPLACE " " ";" layer "${layer}")
    if(folder IN_LIST layer)
      break()
    endif()
    foreach(lower IN LISTS layer)
      if(TARGET weir-${lower})
        list(PREPEND libraries weir-${lower})
      endif()
    endforeach()
  endforeach()
  set(${ret} "${libraries}" PARENT_SCOPE)
endfunction()

function(weir_folder_library folder sources)
  add_library(weir-${folder} STATIC ${sources})
  weir_folders_below(${folder} below)
  target_link_libraries(weir-${folder} PUBLIC ${below} PRIVATE weir-flags)
  if(folder STREQUAL "engine")
    target_link_libraries(weir-${folder} PRIVATE weir-engine-lib)
    add_dependencies(weir-${folder} engine-build)
  endif()
  if(folder STREQUAL "wasi")
    target_sources(weir-wasi PRIVATE ${WEIR_WASI_GENERATED})
    target_include_directories(weir-wasi PUBLIC "${WEIR_GENERATED}")
    add_dependencies(weir-wasi weir-wasi-generated)
  endif()
  if(folder STREQUAL "http" AND WEIR_HTTP)
    target_sources(weir-http PRIVATE ${WEIR_HTTP_OBJECTS})
    target_link_libraries(weir-http PUBLIC weir-http-libs)
  endif()
  if(folder IN_LIST WEIR_UV_FOLDERS)
    target_link_libraries(weir-${folder} PUBLIC PkgConfig::UV)
  endif()
endfunction()

# What the interfaces of WASI are, in C: written from WIT when it changes. Nothing of it is committed, since nobody edits
# or reads it: the WIT says what there is, and the functions are defined in src/wasi.
set(WEIR_WASI_WIT random clocks cli filesystem sockets http p2/io p2/clocks p2/random p2/cli p2/filesystem p2/sockets
  p2/http)
list(TRANSFORM WEIR_WASI_WIT PREPEND "${PROJECT_SOURCE_DIR}/src/wasi/wit/")
list(TRANSFORM WEIR_WASI_WIT APPEND ".wit")
set(WEIR_GENERATED "${PROJECT_BINARY_DIR}/generated")
set(WEIR_WASI_GENERATED "${WEIR_GENERATED}/wasi/wit.c" "${WEIR_GENERATED}/wasi/wit.h")
add_custom_command(OUTPUT ${WEIR_WASI_GENERATED}
  COMMAND "${Python3_EXECUTABLE}" "${PROJECT_SOURCE_DIR}/tools/generate_wasi.py" --out "${WEIR_GENERATED}" ${WEIR_WASI_WIT}
  DEPENDS ${WEIR_WASI_WIT} "${PROJECT_SOURCE_DIR}/tools/generate_wasi.py" "${PROJECT_SOURCE_DIR}/tools/wit.py"
  COMMENT "WASI's interfaces in C" VERBATIM)
set(WEIR_PREVIEW1 "${PROJECT_SOURCE_DIR}/preview1/preview1.wasm")
add_custom_command(OUTPUT "${WEIR_GENERATED}/wasi/preview1_bytes.h"
  COMMAND "${Python3_EXECUTABLE}" "${PROJECT_SOURCE_DIR}/tools/generate_preview1.py" --out
    "${WEIR_GENERATED}/wasi/preview1_bytes.h" "${WEIR_PREVIEW1}"
  DEPENDS "${WEIR_PREVIEW1}" "${PROJECT_SOURCE_DIR}/tools/generate_preview1.py"
  COMMENT "The component around programs of WASI preview 1" VERBATIM)
add_custom_target(weir-wasi-generated DEPENDS ${WEIR_WASI_GENERATED} "${WEIR_GENERATED}/wasi/preview1_bytes.h")

string(REPLACE " " ";" all_folders "${WEIR_LAYERS}")
list(REMOVE_ITEM all_folders cli) # the command, below
foreach(folder IN LISTS all_folders)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${folder}/*.c")
  if(folder STREQUAL "http" AND WEIR_HTTP)
    list(FILTER sources EXCLUDE REGEX "/src/http/without\\.c$")
  elseif(folder STREQUAL "http")
    list(FILTER sources INCLUDE REGEX "/src/http/(failure|fields|without)\\.c$")
  endif()
  list(FILTER sources EXCLUDE REGEX "/src/fuse/rt/") # a guest: tools/build_fuse_rt.py compiles it
  if(sources)
    weir_folder_library(${folder} "${sources}")
    list(APPEND WEIR_FOLDERS ${folder})
    list(APPEND WEIR_FOLDER_OBJECTS $<TARGET_OBJECTS:weir-${folder}>)
  endif()
endforeach()

# What a user links: libweir.a, libweir_engine.a, libuv and the system's libraries.
add_library(libweir STATIC ${WEIR_FOLDER_OBJECTS} ${WEIR_HTTP_OBJECTS})
set_target_properties(libweir PROPERTIES OUTPUT_NAME weir LINKER_LANGUAGE C)
target_include_directories(libweir INTERFACE "${PROJECT_SOURCE_DIR}/include")
target_link_libraries(libweir INTERFACE weir-engine-archive PkgConfig::UV $<TARGET_NAME_IF_EXISTS:weir-http-libs>
  PRIVATE $<BUILD_INTERFACE:weir-flags>)

# The same as a shared library, engine included, for other languages: only what the public headers declare is visible,
# with a version node a ring.
file(GLOB public_headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/weir/*.h")
set(WEIR_MAP "${PROJECT_BINARY_DIR}/weir.map")
add_custom_command(OUTPUT "${WEIR_MAP}"
  COMMAND "${Python3_EXECUTABLE}" "${PROJECT_SOURCE_DIR}/tools/abi.py" --cc "${CMAKE_C_COMPILER}" map "${WEIR_MAP}"
  DEPENDS ${public_headers} "${PROJECT_SOURCE_DIR}/tools/abi.py" "${PROJECT_SOURCE_DIR}/tools/abi.txt"
  COMMENT "What the shared library exports" VERBATIM)
add_custom_target(weir-map DEPENDS "${WEIR_MAP}")
add_library(libweir-shared SHARED ${WEIR_FOLDER_OBJECTS} ${WEIR_HTTP_OBJECTS})
set_target_properties(libweir-shared PROPERTIES OUTPUT_NAME weir LINKER_LANGUAGE C
  VERSION "${PROJECT_VERSION}" SOVERSION "${PROJECT_VERSION_MAJOR}" LINK_DEPENDS "${WEIR_MAP}")
add_dependencies(libweir-shared weir-map)
target_include_directories(libweir-shared INTERFACE "${PROJECT_SOURCE_DIR}/include")
target_link_libraries(libweir-shared PRIVATE weir-engine-archive PkgConfig::UV
  $<TARGET_NAME_IF_EXISTS:weir-http-libs> $<BUILD_INTERFACE:weir-flags>)
target_link_options(libweir-shared PRIVATE "-Wl,--version-script=${WEIR_MAP}" -Wl,--gc-sections)

# The command. main.c stands apart, so that tests can link the rest.
file(GLOB_RECURSE cli_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/cli/*.c")
set(cli_main ${cli_sources})
list(FILTER cli_main INCLUDE REGEX "/main\\.c$")
list(FILTER cli_sources EXCLUDE REGEX "/main\\.c$")
if(cli_sources)
  add_library(weir-cli STATIC ${cli_sources})
  target_link_libraries(weir-cli PUBLIC libweir PRIVATE weir-flags)
  if(SECCOMP_FOUND)
    target_compile_definitions(weir-cli PRIVATE WEIR_SECCOMP)
    target_link_libraries(weir-cli PUBLIC PkgConfig::SECCOMP)
  endif()
endif()
if(cli_main)
  add_executable(weir ${cli_main})
  target_link_libraries(weir PRIVATE $<TARGET_NAME_IF_EXISTS:weir-cli> libweir weir-flags)
endif()

# Examples of embedding: each examples/*.c is a program linked as a user would.
file(GLOB example_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/examples/*.c")
foreach(source IN LISTS example_sources)
  cmake_path(GET source STEM name)
  add_executable(example-${name} "${source}")
  target_link_libraries(example-${name} PRIVATE libweir weir-flags)
endforeach()

# The binding for C++, with the same sanitizers and C++'s own warnings.
if(CMAKE_CXX_COMPILER)
  add_executable(example-binder "${PROJECT_SOURCE_DIR}/examples/cpp/binder.cpp")
  target_compile_features(example-binder PRIVATE cxx_std_17)
  target_compile_options(example-binder PRIVATE -Wall -Wextra -Wpedantic -Wshadow $<$<BOOL:${WEIR_WERROR}>:-Werror>
    ${WEIR_SANITIZE_FLAGS})
  target_link_options(example-binder PRIVATE ${WEIR_SANITIZE_FLAGS})
  target_link_libraries(example-binder PRIVATE libweir Threads::Threads)
endif()

# Benchmarks in C: bench/run.py runs those that lie beside the command.
file(GLOB bench_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/bench/*.c")
foreach(source IN LISTS bench_sources)
  cmake_path(GET source STEM name)
  if(name STREQUAL "http" AND NOT WEIR_HTTP)
    continue()
  endif()
  add_executable(bench-${name} "${source}")
  target_link_libraries(bench-${name} PRIVATE libweir weir-flags)
endforeach()
