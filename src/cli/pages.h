/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The pages that are printed from the tables of the commands: `weir help`, the manual page (man/weir.1) and the parts
 * of docs/cli.md between its marks. tools/check_pages.py compares the last two with the output of these functions.
 */
#ifndef CLI_PAGES_H
#define CLI_PAGES_H

#include <stdio.h>

#include "cli/cli.h"

/* `weir help COMMAND`. */
void pages_help(FILE *out, const struct cli_command *command);
/*
 * Text in lines of at most 100 columns, each but the first behind `indent` spaces; `column` of them are filled already.
 */
void pages_wrap(FILE *out, const char *text, size_t indent, size_t column);

/* The manual page, in mdoc. */
void pages_man(FILE *out, const struct cli_command *const *commands, size_t count);

/* The options of a command as a table of Markdown; with NULL, the exit codes. */
void pages_markdown(FILE *out, const struct cli_command *command);

#endif
