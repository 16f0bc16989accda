# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# WEIR_BUNDLE: what `make dist` packs. The libraries that weir is made of (libuv, nghttp2, OpenSSL, libseccomp) are
# linked as archives, so that the command needs the C library and nothing else. The compiler's own library too. So is the
# shared library, but for libuv: Debian's archive of libuv is not made for shared libraries. Packages put libuv.so.1
# beside libweir.so, which looks there first.

option(WEIR_BUNDLE "Link libraries as archives: for packages" OFF)
set(WEIR_BUNDLED "") # archives, for packaging/sbom.py

# weir_bundle(<imported target> <what else it links> <archive names>...)
function(weir_bundle target libraries)
  if(NOT TARGET ${target})
    return()
  endif()
  set(archives "")
  foreach(names IN LISTS ARGN)
    string(REPLACE "|" ";" names "${names}")
    list(GET names 0 name)
    find_library(WEIR_BUNDLE_${name} NAMES ${names} REQUIRED)
    list(APPEND archives "${WEIR_BUNDLE_${name}}")
  endforeach()
  set_target_properties(${target} PROPERTIES INTERFACE_LINK_LIBRARIES "${archives};${libraries}")
  set(WEIR_BUNDLED "${WEIR_BUNDLED};${archives}" PARENT_SCOPE)
endfunction()

if(WEIR_BUNDLE)
  find_library(WEIR_BUNDLE_UV_SHARED NAMES libuv.so REQUIRED)
  weir_bundle(PkgConfig::UV "Threads::Threads;dl" "libuv_a.a|libuv.a")
  set(shared "$<STREQUAL:$<TARGET_PROPERTY:TYPE>,SHARED_LIBRARY>")
  set_target_properties(PkgConfig::UV PROPERTIES INTERFACE_LINK_LIBRARIES
    "$<IF:${shared},${WEIR_BUNDLE_UV_SHARED},${WEIR_BUNDLE_libuv_a.a}>;Threads::Threads;dl")
  set(CMAKE_INSTALL_RPATH "$ORIGIN")
  weir_bundle(PkgConfig::NGHTTP2 "" "libnghttp2.a")
  weir_bundle(PkgConfig::OPENSSL "Threads::Threads;dl" "libssl.a" "libcrypto.a")
  weir_bundle(PkgConfig::LLHTTP "" "libllhttp.a")
  weir_bundle(PkgConfig::SECCOMP "" "libseccomp.a")
  if(TARGET weir-llhttp)
    list(APPEND WEIR_BUNDLED "${WEIR_LLHTTP_SOURCES}/llhttp.c")
  endif()
  add_link_options(-static-libgcc)
  list(REMOVE_ITEM WEIR_BUNDLED "")
  list(JOIN WEIR_BUNDLED "\n" bundled)
  file(WRITE "${PROJECT_BINARY_DIR}/bundled.txt" "${bundled}\n")
endif()
