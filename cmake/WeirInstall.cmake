# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# `cmake --install`: the command and its manual page, the libraries, the public headers, pkg-config files (weir: shared,
# weir-static: the archives) and a CMake package (weir::weir, weir::static). All of it may be moved as a whole.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
install(FILES "${engine_lib}" DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(TARGETS libweir ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(TARGETS libweir-shared LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/weir" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.h")
install(FILES "${PROJECT_SOURCE_DIR}/man/weir.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
if(TARGET weir)
  install(TARGETS weir RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()

# Relative, so that `cmake --install --prefix` and moving the tree need no new file.
file(RELATIVE_PATH WEIR_PC_PREFIX "/p/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/p")
foreach(name IN ITEMS weir weir-static)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in" "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${name}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()

set(WEIR_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/weir")
file(RELATIVE_PATH WEIR_CMAKE_PREFIX "/p/${WEIR_CMAKE_DIR}" "/p")
configure_file("${PROJECT_SOURCE_DIR}/cmake/weir-config.cmake.in" "${PROJECT_BINARY_DIR}/weir-config.cmake" @ONLY)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/weir-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/weir-config.cmake" "${PROJECT_BINARY_DIR}/weir-config-version.cmake"
  DESTINATION "${WEIR_CMAKE_DIR}")
