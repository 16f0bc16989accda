# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# WEIR_BUNDLE: what `make dist` packs. The libraries that weir is made of (libuv, nghttp2, OpenSSL, libseccomp) are
# linked as archives, so that the command needs the C library and nothing else. The compiler's own library too. So is the
# shared library, but for libuv and nghttp2: Debian's archives of these two are not made for shared libraries. Packages
# put libuv.so.1 and libnghttp2.so.14 beside libweir.so, which looks there first (packaging/elf.py has their list).

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

# weir_bundle_beside(<imported target> <what else it links> <shared library> <archive names>): the shared library links
# the shared one, all else the archive.
function(weir_bundle_beside target libraries shared archives)
  if(NOT TARGET ${target})
    return()
  endif()
  weir_bundle(${target} "${libraries}" "${archives}")
  find_library(WEIR_BUNDLE_${shared} NAMES ${shared} REQUIRED)
  string(REGEX REPLACE "\\|.*" "" archive "${archives}")
  set(for_shared "$<STREQUAL:$<TARGET_PROPERTY:TYPE>,SHARED_LIBRARY>")
  set_target_properties(${target} PROPERTIES INTERFACE_LINK_LIBRARIES
    "$<IF:${for_shared},${WEIR_BUNDLE_${shared}},${WEIR_BUNDLE_${archive}}>;${libraries}")
  set(WEIR_BUNDLED "${WEIR_BUNDLED}" PARENT_SCOPE)
endfunction()

if(WEIR_BUNDLE)
  weir_bundle_beside(PkgConfig::UV "Threads::Threads;dl" libuv.so "libuv_a.a|libuv.a")
  set(CMAKE_INSTALL_RPATH "$ORIGIN")
  weir_bundle_beside(PkgConfig::NGHTTP2 "" libnghttp2.so "libnghttp2.a")
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
