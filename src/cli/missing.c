/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * See missing.h. Lines are counted by their interface first, and each interface is written where its first line was.
 * Only what nobody provides becomes shorter: an import of another type needs all of its words.
 */
#include "cli/missing.h"

#include "base/mem.h"
#include "base/text.h"
#include "base/vec.h"

struct of_interface {
  struct str name;
  uint32_t lines, resources;
};

typedef VEC(struct of_interface) interfaces;

/* Up to the end of the line, which `*at` then is behind. */
static struct str next_line(const char **at) {
  const char *end = strchr(*at, '\n');
  struct str line = {*at, end ? (size_t)(end - *at) : strlen(*at)};
  *at += line.size + (end ? 1 : 0);
  return line;
}

/* The interface of a line, without the indent; no data: it has none. */
static struct str interface_of(struct str line) {
  const char *sharp = line.size > 2 ? memchr(line.data, '#', line.size) : NULL;
  bool indented = line.size > 2 && line.data[0] == ' ' && line.data[1] == ' ';
  return sharp && indented ? (struct str){line.data + 2, (size_t)(sharp - line.data) - 2} : (struct str){0};
}

static bool is_resource(struct str line) {
  const char *colon = memchr(line.data, ':', line.size), *sharp = memchr(line.data, '#', line.size);
  while (colon && colon < sharp) /* of the interface's own name */
    colon = memchr(colon + 1, ':', line.size - (size_t)(colon + 1 - line.data));
  struct str kind = colon ? (struct str){colon + 1, line.size - (size_t)(colon + 1 - line.data)} : (struct str){0};
  return str_starts_with(kind, STR(" resource"));
}

static struct of_interface *find(interfaces *all, struct str name) {
  for (uint32_t i = 0; i < all->count; i++)
    if (str_eq(all->data[i].name, name))
      return &all->data[i];
  return NULL;
}

static bool count_line(interfaces *all, struct str line) {
  struct str name = interface_of(line);
  if (!name.data)
    return true;
  struct of_interface *found = find(all, name);
  if (!found) {
    struct of_interface one = {.name = name};
    if (!VEC_PUSH(&mem_system, all, one))
      return false;
    found = &all->data[all->count - 1];
  }
  found->lines++;
  found->resources += is_resource(line);
  return true;
}

static void add_count(struct text *out, const char *before, uint32_t count, const char *what) {
  if (count > 0)
    text_printf(out, "%s%u %s%s", before, count, what, count == 1 ? "" : "s");
}

/* A line as it is, the summary in place of an interface's first line, or nothing. */
static void add_line(struct text *out, interfaces *all, struct str line) {
  struct str name = interface_of(line);
  struct of_interface *found = name.data ? find(all, name) : NULL;
  if (!found || found->lines == 1) {
    text_add(out, line);
    text_char(out, '\n');
  } else if (found->lines > 1) {
    uint32_t functions = found->lines - found->resources;
    text_printf(out, "  " STR_FMT ": ", STR_ARG(name));
    add_count(out, "", functions, "function");
    add_count(out, functions > 0 ? ", " : "", found->resources, "resource");
    text_char(out, '\n');
    found->lines = 0;
  }
}

char *missing_shorten(const char *message) {
  interfaces all = {0};
  struct text out;
  bool good = true;
  const char *at = message;
  const char *rest = strstr(message, "imports that have another type here:");
  const char *end = rest ? rest : message + strlen(message);
  text_init(&out);
  while (at < end)
    good = count_line(&all, next_line(&at)) && good;
  for (at = message; at < end;)
    add_line(&out, &all, next_line(&at));
  text_add(&out, str_from(end));
  if (out.size > 0 && out.data[out.size - 1] == '\n')
    out.size--;
  VEC_DONE(&mem_system, &all);
  char *shorter = good ? text_take(&out, NULL) : NULL;
  text_done(&out);
  return shorter;
}
