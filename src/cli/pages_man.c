/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The manual page, in mdoc: the texts of the commands with their markup turned into that of roff. */
#include <ctype.h>
#include <string.h>

#include "cli/options.h"
#include "cli/pages.h"

/* One character of text, escaped where roff would take it for its own. */
static void put(FILE *out, char c) {
  if (c == '\\')
    fputs("\\e", out);
  else if (c == '-')
    fputs("\\-", out);
  else if (c == '\'')
    fputs("\\(aq", out);
  else if (c == '^')
    fputs("\\(ha", out);
  else
    fputc(c, out);
}

/* Text as one line for each paragraph; `literal` in bold. A line may not begin with a dot. */
static void put_text(FILE *out, const char *text, size_t size) {
  bool literal = false, line_begins = true;
  for (size_t i = 0; i < size; i++) {
    if (text[i] == '`') {
      literal = !literal;
      fputs(literal ? "\\fB" : "\\fP", out);
    } else {
      if (line_begins && (text[i] == '.' || text[i] == '\''))
        fputs("\\&", out);
      put(out, text[i] == '\n' ? ' ' : text[i]);
    }
    line_begins = false;
  }
  fputc('\n', out);
}

/* Lines that are printed unchanged. */
static void put_display(FILE *out, const char *text, size_t size) {
  fputs(".Bd -literal -offset indent\n", out);
  while (size > 0) {
    const char *end = memchr(text, '\n', size);
    size_t line = end ? (size_t)(end - text) : size;
    size_t skip = line >= 2 && memcmp(text, "  ", 2) == 0 ? 2 : 0;
    put_text(out, text + skip, line - skip);
    line += end ? 1 : 0;
    text += line;
    size -= line;
  }
  fputs(".Ed\n", out);
}

static void put_paragraphs(FILE *out, const char *text) {
  while (text && *text != '\0') {
    const char *end = strstr(text, "\n\n");
    size_t size = !end ? strlen(text) : (size_t)(end - text);
    if (text[0] == ' ') {
      put_display(out, text, size);
    } else {
      fputs(".Pp\n", out);
      put_text(out, text, size);
    }
    text = !end ? NULL : end + 2;
  }
}

static void put_option(FILE *out, const struct option *option) {
  fputs(".It ", out);
  if (option->letter != 0)
    fprintf(out, "Fl %c , ", option->letter);
  fprintf(out, "Fl \\-%s", option->name);
  if (option->value)
    fprintf(out, option_value_may_miss(option) ? " Ns Ar %s" : " Ar %s", option->value);
  fputc('\n', out);
  put_text(out, option->help, strlen(option->help));
}

static void put_command(FILE *out, const struct cli_command *command) {
  fprintf(out, ".Ss weir %s\n", command->name);
  put_paragraphs(out, command->description);
  if (command->option_count > 0) {
    fputs(".Bl -tag -width Ds\n", out);
    for (size_t i = 0; i < command->option_count; i++)
      put_option(out, &command->options[i]);
    fputs(".El\n", out);
  }
  put_paragraphs(out, command->notes);
}

/* A usage is words: FILE is an argument, the rest stands as it is. */
static void put_usage(FILE *out, const char *name, const char *usage) {
  while (usage) {
    const char *end = strchr(usage, '\n');
    size_t size = !end ? strlen(usage) : (size_t)(end - usage);
    fprintf(out, ".Nm\n.Cm %s\n", name);
    put_text(out, usage, size);
    usage = !end ? NULL : end + 1;
  }
}

static void put_examples(FILE *out, const char *examples) {
  while (*examples != '\0') {
    size_t size = strcspn(examples, "\n");
    fputs(".Dl $ ", out);
    put_text(out, examples, size);
    examples += size + (examples[size] == '\n');
  }
}

static void put_exit_codes(FILE *out) {
  fputs(".Sh EXIT STATUS\n.Bl -tag -width others -compact\n", out);
  for (size_t i = 0; i < cli_exit_code_count; i++) {
    fprintf(out, ".It %s\n", cli_exit_codes[i].code);
    put_text(out, cli_exit_codes[i].meaning, strlen(cli_exit_codes[i].meaning));
  }
  fputs(".El\n", out);
}

void pages_man(FILE *out, const struct cli_command *const *commands, size_t count) {
  fputs(
      ".\\\" SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception\n"
      ".\\\" Printed by `weir help --man` from the tables of the commands (src/cli): do not edit.\n"
      ".Dd November 2026\n.Dt WEIR 1\n.Os\n.Sh NAME\n.Nm weir\n"
      ".Nd run asynchronous WebAssembly components\n.Sh SYNOPSIS\n",
      out);
  for (size_t i = 0; i < count; i++)
    put_usage(out, commands[i]->name, commands[i]->usage);
  fputs(".Nm\n.Cm help\n.Op Ar COMMAND\n.Nm\n.Fl \\-help | \\-version\n.Sh DESCRIPTION\n", out);
  put_paragraphs(out, cli_description);
  for (size_t i = 0; i < count; i++)
    put_command(out, commands[i]);
  put_exit_codes(out);
  fputs(".Sh EXAMPLES\n", out);
  for (size_t i = 0; i < count; i++)
    put_examples(out, commands[i]->examples);
  fputs(".Sh DIAGNOSTICS\n", out);
  put_paragraphs(out, cli_diagnostics);
}
