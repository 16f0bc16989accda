/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What is missing, shorter: the library lists every import that nobody provides, a command a line an interface. */
#ifndef CLI_MISSING_H
#define CLI_MISSING_H

/*
 * The message of a WEIR_ERR_LINK with the lines "  INTERFACE#NAME: ..." of one interface, where there are several next
 * to each other or apart, as one: "  INTERFACE: 3 functions, 1 resource". For free(); NULL: out of memory.
 */
char *missing_shorten(const char *message);

#endif
