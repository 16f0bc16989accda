/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What the C libraries of Linux (GNU's, and musl from 1.2.5 on) have under different names.
 */
#ifndef WEIR_BASE_LIBC_H
#define WEIR_BASE_LIBC_H

#include <dirent.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* What an errno means, in English, for ever; NULL: not known. Any thread. */
static inline const char *libc_error_words(int error) {
#ifdef __GLIBC__
  return strerrordesc_np(error);
#else
  return strerror(error); /* musl's texts are constant */
#endif
}

#ifndef __GLIBC__
#define dirent64 dirent /* musl has one, as the kernel */
#endif

/* Entries of a directory, in the kernel's form: `entries` are struct dirent64. */
static inline ssize_t libc_read_directory(int fd, void *entries, size_t size) {
  return syscall(SYS_getdents64, fd, entries, size);
}

#endif
