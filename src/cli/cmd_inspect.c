/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * `weir inspect`: the imports, exports and contents of a component, without compiling or running it. The file owns the
 * words of the text form; the public interface owns the types and the JSON form. Parts: the options, the text form, the
 * JSON form, and one file of the command line after the other.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/cli.h"
#include "cli/load.h"
#include "cli/options.h"
#include "weir/component.h"
#include "weir/fuse.h"

struct inspect_options {
  bool json;
  uint32_t features;
};

static const struct option option_table[] = {
    {"json", 0, NULL, NULL, "Print JSON: an object for each file, one a line.", OPTION_FLAG,
     offsetof(struct inspect_options, json), NULL},
    OPTION_OF_FEATURES(struct inspect_options, features),
};

static const char *plural(size_t count) {
  return count == 1 ? "" : "s";
}

/* `, 3 functions lifted` */
static void add_count(struct text *out, const char *before, size_t count, const char *noun, const char *after) {
  text_printf(out, "%s%zu %s%s%s", before, count, noun, plural(count), after);
}

static void add_modules(struct text *out, const weir_component *c) {
  for (size_t i = 0; i < weir_component_part_count(c, WEIR_PART_CORE_MODULES); i++) {
    const char *name = weir_component_module_name(c, i);
    size_t size = weir_component_module_size(c, i);
    text_printf(out, "// core module %zu: %s%s", i, name ? name : "", name ? ", " : "");
    if (size > 0)
      text_printf(out, "%zu bytes", size);
    else
      text_add(out, STR("imported"));
    add_count(out, ", ", weir_component_module_import_count(c, i), "import", "\n");
  }
}

static void add_parts(struct text *out, const weir_component *c) {
  add_modules(out, c);
  add_count(out, "// ", weir_component_part_count(c, WEIR_PART_COMPONENT_INSTANCES), "component instance", "");
  add_count(out, ", ", weir_component_part_count(c, WEIR_PART_CORE_INSTANCES), "core instance", "");
  add_count(out, ", ", weir_component_part_count(c, WEIR_PART_LIFTED_FUNCTIONS), "function", " lifted");
  add_count(out, ", ", weir_component_part_count(c, WEIR_PART_BUILTINS), "canonical built-in", "\n");
}

/* The lines of the text, two spaces further in. */
static void add_indented(struct text *out, const char *text) {
  while (*text != '\0') {
    size_t size = strcspn(text, "\n");
    text_printf(out, "  %.*s\n", (int)size, text);
    text += size + (text[size] == '\n' ? 1 : 0);
  }
}

static void add_digest(struct text *out, const weir_fuse_origin *origin) {
  for (size_t i = 0; i < sizeof(origin->sha256); i++)
    text_printf(out, "%02x", origin->sha256[i]);
}

/* The report of a fused module about its making; nothing for another module. */
static bool read_origin(const weir_component *c, weir_fuse_origin *ret) {
  weir_error *error = NULL;
  *ret = (weir_fuse_origin)WEIR_FUSE_ORIGIN_INIT;
  weir_status status = weir_fuse_get_origin(c, ret, &error);
  weir_error_free(error);
  return status == WEIR_OK;
}

static void add_origin(struct text *out, const weir_component *c) {
  weir_fuse_origin origin;
  if (!read_origin(c, &origin))
    return;
  text_printf(out, "// fused by weir %.*s%s, of a component of %llu bytes, SHA-256 ", (int)origin.version_size,
              origin.version, origin.no_adapters ? " without adapters" : "", (unsigned long long)origin.component_size);
  add_digest(out, &origin);
  text_char(out, '\n');
}

static void add_origin_json(struct json *j, const weir_component *c) {
  weir_fuse_origin origin;
  struct text digest = {0};
  if (!read_origin(c, &origin))
    return;
  json_key(j, "fused");
  json_object(j);
  json_member(j, "weir", (struct str){origin.version, origin.version_size});
  json_member_bool(j, "adapters", !origin.no_adapters);
  json_member_number(j, "component_size", origin.component_size);
  add_digest(&digest, &origin);
  json_member(j, "component_sha256", (struct str){digest.data, digest.size});
  json_object_end(j);
  j->out->failed |= digest.failed;
  text_done(&digest);
}

static weir_status add_text(struct text *out, const char *path, const struct load *load, const weir_component *c) {
  const char *name = weir_component_name(c);
  char *world = NULL;
  weir_status status = weir_component_print(c, &world, NULL);
  if (status != WEIR_OK)
    return status;
  text_printf(out, "// %s: component%s%s, %zu bytes\n", path, name ? " " : "", name ? name : "", load->size);
  add_origin(out, c);
  add_parts(out, c);
  text_add(out, STR("world {\n"));
  add_indented(out, world);
  text_char(out, '}');
  weir_text_free(world);
  return WEIR_OK;
}

/* The file and its size stand in front of the library's members. */
static weir_status add_json(struct text *out, const char *path, const struct load *load, const weir_component *c,
                            weir_error **ret_error) {
  struct json j = json_begin(out);
  char *component = NULL;
  weir_status status = weir_component_json(c, &component, NULL, ret_error);
  if (status != WEIR_OK)
    return status;
  json_object(&j);
  json_member(&j, "file", str_from(path));
  json_member_number(&j, "size", load->size);
  add_origin_json(&j, c);
  text_add(out, STR(", "));
  text_add(out, str_from(component + 1)); /* behind the opening brace */
  weir_text_free(component);
  return WEIR_OK;
}

static int show(const char *path, const struct load *load, const weir_component *c, bool json) {
  struct text out;
  weir_error *error = NULL;
  text_init(&out);
  weir_status status = json ? add_json(&out, path, load, c, &error) : add_text(&out, path, load, c);
  if (status == WEIR_OK)
    return cli_print(&out);
  text_done(&out);
  return cli_fail(path, status, error);
}

static int inspect_loaded(const char *path, const struct load *load, const struct inspect_options *options) {
  weir_engine_config config = WEIR_ENGINE_CONFIG_INIT;
  config.features = options->features;
  weir_engine *engine = NULL;
  weir_component *component = NULL;
  weir_error *error = NULL;
  weir_status status = weir_engine_new(&config, &engine, &error);
  if (status == WEIR_OK)
    status = weir_component_inspect(engine, load->bytes, load->size, &component, &error);
  int code = status == WEIR_OK ? show(path, load, component, options->json) : cli_fail(path, status, error);
  weir_component_free(component);
  weir_engine_free(engine);
  return code;
}

static int inspect_file(const char *path, const struct inspect_options *options) {
  struct load load;
  int code = load_component(path, &load);
  if (code != CLI_OK)
    return code;
  code = inspect_loaded(path, &load, options);
  load_done(&load);
  return code;
}

/* Options may stand between files; each file sees those before it. */
static int run(int argc, char **argv) {
  struct inspect_options options = {false, WEIR_FEATURES_RELEASED};
  struct option_scan scan = {&cli_inspect, &options, argc, argv, 1, false};
  const char *file;
  enum option_found found;
  int files = 0, worst = CLI_OK;
  while ((found = option_next(&scan, &file)) == OPTIONS_OPERAND) {
    files++;
    int code = inspect_file(file, &options);
    worst = worst == CLI_OK ? code : worst;
  }
  if (found == OPTIONS_ERROR)
    return CLI_USAGE;
  if (files > 0)
    return worst;
  cli_error("weir inspect: there is no file to inspect");
  cli_hint("weir inspect app.wasm");
  return CLI_USAGE;
}

const struct cli_command cli_inspect = {
    .name = "inspect",
    .summary = "show what components import, export and contain",
    .usage = "[options] FILE...",
    .description =
        "Shows the imports and exports of components in WIT syntax, and what they are made of. They are "
        "validated, but neither compiled nor run.",
    .options = option_table,
    .option_count = sizeof(option_table) / sizeof(option_table[0]),
    .examples =
        "weir inspect app.wasm\n"
        "weir inspect --json app.wasm | jq '.exports[].name'\n",
    .run = run,
};
