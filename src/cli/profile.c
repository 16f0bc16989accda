/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * From looks at the stack to a file that browsers read: stacks are put together to one tree of calls, whose nodes are
 * told with the number of looks that found them innermost; then each look in its order, by the number of its node.
 *
 * In order: the option; the tree; the file; a run.
 */
#include "cli/profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/profile_dump.h"

/* ---- the option -------------------------------------------------------------------------------------------------- */

bool profile_options_read(struct profile_options *o, const char *value) {
  size_t size = strlen(value);
  if (strcmp(value, "perfmap") == 0) {
    o->engine = WEIR_PROFILE_PERFMAP;
  } else if (strcmp(value, "jitdump") == 0) {
    o->engine = WEIR_PROFILE_PERFMAP; /* its map says where code lies: no build lacks the map */
    o->dump = true;
  } else if (size > 5 && strcmp(value + size - 5, ".json") == 0) {
    o->engine = WEIR_PROFILE_PERFMAP;
    o->path = value;
  } else {
    cli_error("--profile: `%s` is none of its values", value);
    cli_hint("--profile perfmap, --profile jitdump, or a file whose name ends in .json");
    return false;
  }
  return true;
}

/* ---- the tree ---------------------------------------------------------------------------------------------------- */

/* Children are a list, newest first: a function calls few others. Node 0 is the root. */
struct node {
  const struct profile_symbol *symbol; /* NULL: the host */
  uint64_t hits;
  uint32_t first_child, next; /* 0: none */
};

struct tree {
  VEC(struct node) nodes;
  VEC(uint32_t) looks; /* their nodes */
  bool failed;         /* out of memory */
};

static uint32_t child_of(struct tree *t, uint32_t parent, const struct profile_symbol *symbol) {
  for (uint32_t i = t->nodes.data[parent].first_child; i != 0; i = t->nodes.data[i].next)
    if (t->nodes.data[i].symbol == symbol)
      return i;
  struct node node = {.symbol = symbol, .next = t->nodes.data[parent].first_child};
  if (!VEC_PUSH(&mem_system, &t->nodes, node)) {
    t->failed = true;
    return parent;
  }
  t->nodes.data[parent].first_child = t->nodes.count - 1;
  return t->nodes.count - 1;
}

static void add_look(struct tree *t, const struct profile_map *map, const uint64_t *addresses, uint64_t depth) {
  uint32_t at = 0;
  for (uint64_t i = depth; i > 0; i--)
    at = child_of(t, at, profile_map_find(map, addresses[i - 1]));
  if (depth == 0)
    at = child_of(t, at, NULL);
  t->nodes.data[at].hits++;
  if (!VEC_PUSH(&mem_system, &t->looks, at))
    t->failed = true;
}

static void make_tree(struct tree *t, const struct profile *p) {
  struct node root = {0};
  t->failed = !VEC_PUSH(&mem_system, &t->nodes, root);
  for (size_t at = 0; !t->failed && at < p->samples.count; at += p->samples.words[at] + 1)
    add_look(t, &p->map, &p->samples.words[at + 1], p->samples.words[at]);
}

static void tree_done(struct tree *t) {
  VEC_DONE(&mem_system, &t->nodes);
  VEC_DONE(&mem_system, &t->looks);
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static void write_frame(struct json *j, const char *name) {
  json_key(j, "callFrame");
  json_object(j);
  json_member(j, "functionName", str_from(name));
  json_member(j, "scriptId", STR("0"));
  json_member(j, "url", STR(""));
  json_member_number(j, "lineNumber", 0);
  json_member_number(j, "columnNumber", 0);
  json_object_end(j);
}

/* Numbers of nodes begin with 1. */
static void write_node(struct json *j, const struct tree *t, uint32_t i) {
  const struct node *node = &t->nodes.data[i];
  json_object(j);
  json_member_number(j, "id", i + 1);
  write_frame(j, i == 0 ? "(root)" : node->symbol ? node->symbol->name : "(host)");
  json_member_number(j, "hitCount", node->hits);
  json_key(j, "children");
  json_array(j);
  for (uint32_t child = node->first_child; child != 0; child = t->nodes.data[child].next)
    json_number(j, child + 1);
  json_array_end(j);
  json_object_end(j);
}

static void write_tree(struct text *out, const struct tree *t) {
  struct json j = json_begin(out);
  json_object(&j);
  json_key(&j, "nodes");
  json_array(&j);
  for (uint32_t i = 0; i < t->nodes.count; i++)
    write_node(&j, t, i);
  json_array_end(&j);
  json_member_number(&j, "startTime", 0);
  json_member_number(&j, "endTime", (uint64_t)t->looks.count * PROFILE_MICROSECONDS);
  json_key(&j, "samples");
  json_array(&j);
  for (uint32_t i = 0; i < t->looks.count; i++)
    json_number(&j, t->looks.data[i] + 1);
  json_array_end(&j);
  json_key(&j, "timeDeltas");
  json_array(&j);
  for (uint32_t i = 0; i < t->looks.count; i++)
    json_number(&j, PROFILE_MICROSECONDS);
  json_array_end(&j);
  json_object_end(&j);
}

static int write_profile(struct profile *p) {
  struct tree tree = {0};
  struct text text = {0};
  make_tree(&tree, p);
  write_tree(&text, &tree);
  bool whole = !tree.failed && !text.failed;
  tree_done(&tree);
  errno = ENOMEM;
  whole = whole && fwrite(text.data, 1, text.size, p->out) == text.size;
  whole = fclose(p->out) == 0 && whole;
  p->out = NULL;
  text_done(&text);
  if (p->samples.lost > 0)
    cli_warning("--profile: the end of the program is missing, since there was no more room");
  if (!whole)
    cli_error("%s cannot be written: %s", p->path, strerror(errno));
  return whole ? CLI_OK : CLI_INTERNAL;
}

/* ---- a run ------------------------------------------------------------------------------------------------------- */

static int no_map(void) {
  cli_error("--profile: the engine's map of the program, /tmp/perf-%ld.map, cannot be read", (long)getpid());
  return CLI_INTERNAL;
}

int profile_start(struct profile *p, const struct profile_options *o) {
  if (o->dump)
    return profile_map_read(&p->map) ? profile_dump_write(&p->map) : no_map();
  if (!o->path)
    return CLI_OK;
  p->path = o->path;
  p->out = fopen(o->path, "we");
  if (!p->out) {
    cli_error("%s cannot be written: %s", o->path, strerror(errno));
    return CLI_INTERNAL;
  }
  if (!profile_map_read(&p->map))
    return no_map();
  if (profile_samples_start(&p->samples, &p->map))
    return CLI_OK;
  cli_error("--profile: the system does not let weir look at the program");
  return CLI_INTERNAL;
}

int profile_end(struct profile *p, int code) {
  profile_samples_stop(&p->samples);
  int written = p->out ? write_profile(p) : CLI_OK;
  profile_samples_done(&p->samples);
  profile_map_done(&p->map);
  return code == CLI_OK ? written : code;
}
