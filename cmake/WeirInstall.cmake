# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# `cmake --install`: the command, the two archives, the public headers, and a pkg-config file (static linking).

include(GNUInstallDirs)
install(FILES "${engine_lib}" DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(TARGETS libweir ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/weir" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.h")
if(TARGET weir)
  install(TARGETS weir RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
# Relative, so that `cmake --install --prefix` and moving the tree need no new file.
file(RELATIVE_PATH WEIR_PC_PREFIX "/p/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/p")
configure_file("${PROJECT_SOURCE_DIR}/cmake/weir.pc.in" "${PROJECT_BINARY_DIR}/weir.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/weir.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
