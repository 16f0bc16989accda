# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What src/http is made of, as the target weir-http-libs: nghttp2, OpenSSL and llhttp, all of the system.
#
# llhttp is a shared library where a system has one (libllhttp.pc). Elsewhere it is compiled from the C files that
# Debian's node-llhttp installs, in strict mode, which refuses what requests are smuggled with; its objects are part of
# libweir.a then. Without one of the libraries weir has neither a server nor a client of HTTP, and says so when asked.

pkg_check_modules(NGHTTP2 QUIET IMPORTED_TARGET libnghttp2>=1.52)
pkg_check_modules(OPENSSL QUIET IMPORTED_TARGET openssl>=3.0)
pkg_check_modules(LLHTTP QUIET IMPORTED_TARGET libllhttp)
find_path(WEIR_LLHTTP_SOURCES llhttp.c PATHS /usr/share/llhttp NO_DEFAULT_PATH)
find_path(WEIR_LLHTTP_INCLUDE llhttp.h PATHS /usr/share/include/llhttp NO_DEFAULT_PATH)

set(http_missing "")
if(NOT NGHTTP2_FOUND)
  list(APPEND http_missing "libnghttp2-dev")
endif()
if(NOT OPENSSL_FOUND)
  list(APPEND http_missing "libssl-dev")
endif()
if(NOT LLHTTP_FOUND AND NOT (WEIR_LLHTTP_SOURCES AND WEIR_LLHTTP_INCLUDE))
  list(APPEND http_missing "node-llhttp (or libllhttp-dev)")
endif()

if(http_missing)
  list(JOIN http_missing ", " http_missing)
  set(http_usual OFF)
else()
  set(http_usual ON)
endif()
option(WEIR_HTTP "HTTP: the server and the client (nghttp2, llhttp, OpenSSL)" ${http_usual})
if(WEIR_HTTP AND http_missing)
  message(FATAL_ERROR "WEIR_HTTP: this machine lacks ${http_missing}. tools/setup.sh installs them; -DWEIR_HTTP=OFF does without.")
elseif(NOT WEIR_HTTP)
  message(STATUS "without HTTP (WEIR_HTTP is off; missing: ${http_missing})")
endif()

set(WEIR_HTTP_OBJECTS "")  # llhttp's, for libweir.a
set(WEIR_HTTP_REQUIRES "") # for weir-static.pc
set(WEIR_HTTP_LIBRARIES "") # for weir-config.cmake
if(WEIR_HTTP)
  add_library(weir-http-libs INTERFACE)
  target_link_libraries(weir-http-libs INTERFACE PkgConfig::NGHTTP2 PkgConfig::OPENSSL)
  set(WEIR_HTTP_REQUIRES ", libnghttp2, openssl")
  set(WEIR_HTTP_LIBRARIES "nghttp2 ssl crypto")
  if(LLHTTP_FOUND)
    target_link_libraries(weir-http-libs INTERFACE PkgConfig::LLHTTP)
    string(APPEND WEIR_HTTP_REQUIRES ", libllhttp")
    string(APPEND WEIR_HTTP_LIBRARIES " llhttp")
  else()
    add_library(weir-llhttp OBJECT "${WEIR_LLHTTP_SOURCES}/llhttp.c" "${WEIR_LLHTTP_SOURCES}/api.c"
      "${WEIR_LLHTTP_SOURCES}/http.c")
    target_compile_definitions(weir-llhttp PRIVATE LLHTTP_STRICT_MODE=1)
    target_compile_options(weir-llhttp PRIVATE -w)
    target_include_directories(weir-llhttp PUBLIC SYSTEM "${WEIR_LLHTTP_INCLUDE}")
    target_include_directories(weir-http-libs SYSTEM INTERFACE "${WEIR_LLHTTP_INCLUDE}")
    set(WEIR_HTTP_OBJECTS $<TARGET_OBJECTS:weir-llhttp>)
  endif()
endif()
