/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Pages for a terminal, and Markdown (pages.h). The manual page is in pages_man.c. */
#include "cli/pages.h"

#include <string.h>

#include "cli/options.h"

enum { WIDTH = 100, OPTION_WIDTH = 26 };

/* ---- text -------------------------------------------------------------------------------------------------------- */

static void new_line(FILE *out, size_t indent) {
  fprintf(out, "\n%*s", (int)indent, "");
}

void pages_wrap(FILE *out, const char *text, size_t indent, size_t column) {
  for (const char *word = text; *word != '\0';) {
    size_t size = strcspn(word, " \n");
    if (column > indent && column + 1 + size > WIDTH) {
      new_line(out, indent);
      column = indent;
    } else if (column > indent) {
      fputc(' ', out);
      column++;
    }
    fwrite(word, 1, size, out);
    column += size;
    word += size;
    word += strspn(word, " \n");
  }
  fputc('\n', out);
}

/* One paragraph, or lines that are printed unchanged. */
static void print_paragraph(FILE *out, const char *text, size_t size) {
  char copy[2048];
  if (text[0] == ' ' || size >= sizeof(copy)) {
    fprintf(out, "%.*s\n", (int)size, text);
    return;
  }
  memcpy(copy, text, size);
  copy[size] = '\0';
  pages_wrap(out, copy, 0, 0);
}

static void print_paragraphs(FILE *out, const char *text) {
  while (text && *text != '\0') {
    const char *end = strstr(text, "\n\n");
    size_t size = !end ? strlen(text) : (size_t)(end - text);
    fputc('\n', out);
    print_paragraph(out, text, size);
    text = !end ? NULL : end + 2;
  }
}

static void print_usage(FILE *out, const struct cli_command *command) {
  const char *lead = "usage:";
  for (const char *line = command->usage; line; lead = "      ") {
    const char *end = strchr(line, '\n');
    size_t size = !end ? strlen(line) : (size_t)(end - line);
    fprintf(out, "%s weir %s %.*s\n", lead, command->name, (int)size, line);
    line = !end ? NULL : end + 1;
  }
}

static void print_option(FILE *out, const struct option *option) {
  size_t column = 2 + strlen("--") + strlen(option->name);
  fputs("  ", out);
  if (option->letter != 0)
    column += (size_t)fprintf(out, "-%c, ", option->letter);
  fprintf(out, "--%s", option->name);
  if (option->value)
    column += (size_t)fprintf(out, "%s%s", option_value_may_miss(option) ? "" : " ", option->value);
  if (column + 1 < OPTION_WIDTH)
    fprintf(out, "%*s", (int)(OPTION_WIDTH - column), "");
  else
    new_line(out, OPTION_WIDTH);
  pages_wrap(out, option->help, OPTION_WIDTH, OPTION_WIDTH);
}

static void print_examples(FILE *out, const char *examples) {
  fputs("\nexamples:\n", out);
  while (*examples != '\0') {
    size_t size = strcspn(examples, "\n");
    fprintf(out, "  %.*s\n", (int)size, examples);
    examples += size + (examples[size] == '\n');
  }
}

void pages_help(FILE *out, const struct cli_command *command) {
  print_usage(out, command);
  print_paragraphs(out, command->description);
  fputs("\noptions:\n", out);
  for (size_t i = 0; i < command->option_count; i++)
    print_option(out, &command->options[i]);
  print_paragraphs(out, command->notes);
  print_examples(out, command->examples);
}

/* ---- Markdown ---------------------------------------------------------------------------------------------------- */

static void markdown_option(FILE *out, const struct option *option) {
  fprintf(out, "| `--%s%s%s`", option->name, option->value && !option_value_may_miss(option) ? " " : "",
          option->value ? option->value : "");
  if (option->letter != 0)
    fprintf(out, ", `-%c`", option->letter);
  fprintf(out, " | %s |\n", option->help);
}

void pages_markdown(FILE *out, const struct cli_command *command) {
  fprintf(out, !command ? "| code | meaning |\n| --- | --- |\n" : "| option | |\n| --- | --- |\n");
  for (size_t i = 0; command && i < command->option_count; i++)
    markdown_option(out, &command->options[i]);
  for (size_t i = 0; !command && i < cli_exit_code_count; i++)
    fprintf(out, "| %s | %s |\n", cli_exit_codes[i].code, cli_exit_codes[i].meaning);
}
