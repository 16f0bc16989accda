# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# weir for aarch64 Linux, built on another machine:
#
#   cmake -B build/aarch64 --toolchain cmake/aarch64-linux-gnu.cmake -DWEIR_SYSROOT=FOLDER ...
#
# WEIR_SYSROOT has the arm64 packages of the libraries, unpacked; without it they are the system's own (Debian's
# multiarch). The C library is that of gcc-aarch64-linux-gnu. Where there is qemu-user, `ctest` runs the tests with it.
# tools/cross_check.py does all of this.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
find_program(WEIR_CROSS_CXX aarch64-linux-gnu-g++)
set(CMAKE_CXX_COMPILER "${WEIR_CROSS_CXX}") # not the one of this machine, which CMake would find
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(WEIR_ENGINE_TARGET aarch64-unknown-linux-gnu) # as Rust names it

list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES WEIR_SYSROOT)
set(cross_libraries "${WEIR_SYSROOT}/usr/lib/aarch64-linux-gnu")
set(ENV{PKG_CONFIG_LIBDIR} "${cross_libraries}/pkgconfig")
set(ENV{PKG_CONFIG_SYSROOT_DIR} "${WEIR_SYSROOT}")
if(WEIR_SYSROOT)
  # Debian's headers for one machine are in a folder of their own. What the libraries need of each other is beside them.
  set(CMAKE_C_FLAGS_INIT "-isystem ${WEIR_SYSROOT}/usr/include/aarch64-linux-gnu")
  set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,-rpath-link,${cross_libraries}")
  set(CMAKE_SHARED_LINKER_FLAGS_INIT "-Wl,-rpath-link,${cross_libraries}")
endif()

find_program(WEIR_QEMU NAMES qemu-aarch64-static qemu-aarch64)
if(WEIR_QEMU)
  set(CMAKE_CROSSCOMPILING_EMULATOR "${WEIR_QEMU};-L;/usr/aarch64-linux-gnu;-E;LD_LIBRARY_PATH=${cross_libraries}")
endif()
