/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Every import of a component against the definitions of a linker, and all that is wrong in one message. See linker.h.
 *
 * What holds: a resource in a type means one definition on both sides, not any of that name. In order: types are
 * compared; the words for what is missing and what differs; imports, one kind after another; the whole.
 */
#include <stdlib.h>

#include "component/version.h"
#include "embed/linker.h"
#include "load/code.h"
#include "load/component.h"
#include "wit/wit.h"

struct check {
  const weir_linker *linker;
  struct serving serving; /* the set for the import that is looked at */
  struct text missing, differing;
  const struct linker_def *def;          /* that is compared, */
  const struct weir_resource_type *want; /* and the first resource in it that another definition is meant by */
};

/* ---- types ------------------------------------------------------------------------------------------------------- */

/* Two resources are the same where both lead to one definition: a name may stand for several. */
static bool same_resource(void *data, const struct weir_resource_type *want, const struct weir_resource_type *offer) {
  struct check *c = data;
  const struct linker_def *bound =
      linker_set_find(linker_serving(c->linker, want->interface_name), want->name, LINKER_RESOURCE);
  if (!str_eq(want->name, offer->name))
    return false;
  if (!bound || bound == linker_resource_meant(c->linker, c->def, offer->name))
    return true; /* (a resource that nobody provides is told as that) */
  c->want = want;
  return false;
}

static bool same_type(struct check *c, const struct weir_type *want, const struct weir_type *offer) {
  return want && offer ? type_matches(want, offer, same_resource, c) : want == offer;
}

static bool same_func(struct check *c, const struct func_type *want, const struct linker_def *def) {
  const struct func_type *offer = def->type;
  c->def = def;
  c->want = NULL;
  if (want->async != offer->async || want->params->field_count != offer->params->field_count)
    return false;
  for (uint32_t i = 0; i < want->params->field_count; i++)
    if (!same_type(c, want->params->fields[i].type, offer->params->fields[i].type))
      return false;
  return same_type(c, want->result, offer->result);
}

/* ---- what is told ------------------------------------------------------------------------------------------------ */

static void add_name(struct text *out, struct str interface_name, struct str name) {
  if (interface_name.size)
    text_printf(out, "\n  " STR_FMT "#" STR_FMT ": ", STR_ARG(interface_name), STR_ARG(name));
  else
    text_printf(out, "\n  " STR_FMT ": ", STR_ARG(name));
}

static void add_place(struct text *out, struct str interface_name) {
  text_add(out, interface_name.size ? interface_name : STR("no interface"));
}

/* Why something is missing where the same interface is defined: in another version. */
static void add_reason(struct check *c, struct str interface_name) {
  if (c->serving.set && !str_eq(c->serving.set->interface_name, interface_name))
    text_printf(&c->missing, " (not in " STR_FMT ", which serves this import)",
                STR_ARG(c->serving.set->interface_name));
  if (c->serving.set)
    return;
  struct str base = version_split(interface_name).base;
  for (uint32_t i = 0; c->linker && interface_name.size && i < c->linker->sets.count; i++) {
    struct str other = c->linker->sets.data[i].interface_name;
    if (str_eq(version_split(other).base, base))
      text_printf(&c->missing, " (" STR_FMT " is another version)", STR_ARG(other));
  }
}

static void add_difference(struct check *c, const struct weir_func *want, const struct linker_def *def) {
  struct text *out = &c->differing;
  add_name(out, want->interface_name, want->name);
  text_add(out, STR("expected "));
  wit_func(out, want->type);
  text_add(out, STR(", found "));
  wit_func(out, def->type);
  if (!str_eq(def->interface_name, want->interface_name))
    text_printf(out, " in " STR_FMT ", which serves this import", STR_ARG(def->interface_name));
  if (!c->want)
    return;
  const struct linker_def *meant = linker_resource_meant(c->linker, def, c->want->name);
  const struct linker_set *bound = linker_serving(c->linker, c->want->interface_name); /* not NULL: same_resource() */
  text_printf(out, "; the import's `" STR_FMT "` is of ", STR_ARG(c->want->name));
  add_place(out, bound->interface_name);
  text_add(out, STR(", the definition's of "));
  if (meant)
    add_place(out, meant->interface_name);
  else
    text_add(out, STR("one of several"));
}

/* ---- imports ----------------------------------------------------------------------------------------------------- */

static void check_func(struct check *c, const struct weir_func *want) {
  const struct linker_def *def =
      linker_set_find(linker_set_serving(&c->serving, want->interface_name), want->name, LINKER_FUNC);
  if (!def) {
    add_name(&c->missing, want->interface_name, want->name);
    wit_func(&c->missing, want->type);
    add_reason(c, want->interface_name);
  } else if (def->type && !same_func(c, want->type, def)) {
    add_difference(c, want, def);
  }
}

static void check_resource(struct check *c, const struct weir_resource_type *want) {
  if (!want->imported ||
      linker_set_find(linker_set_serving(&c->serving, want->interface_name), want->name, LINKER_RESOURCE))
    return;
  add_name(&c->missing, want->interface_name, want->name);
  text_add(&c->missing, STR("resource"));
  add_reason(c, want->interface_name);
}

/* The validator compares, and has the words. */
static void check_module(struct check *c, const weir_component *component, uint32_t index) {
  const struct graph_module *want = &component->graph->modules[index];
  if (!want->imported)
    return;
  const struct linker_def *def =
      linker_set_find(linker_set_serving(&c->serving, want->interface_name), want->import_name, LINKER_MODULE);
  if (!def) {
    add_name(&c->missing, want->interface_name, want->import_name);
    text_add(&c->missing, STR("core module"));
    add_reason(c, want->interface_name);
    return;
  }
  struct diag words;
  diag_init(&words);
  weir_status status = code_check_module(component->code, index, def->skeleton, &words);
  if (status != WEIR_OK) {
    add_name(&c->differing, want->interface_name, want->import_name);
    text_printf(&c->differing, "core module: %s", diag_message(&words));
  }
  c->differing.failed |= status == WEIR_ERR_NOMEM;
  diag_done(&words);
}

/* What no linker can give yet. */
static void check_item(struct check *c, struct str interface_name, const struct weir_extern *item) {
  switch (item->kind) {
    case WEIR_EXTERN_FUNC:
    case WEIR_EXTERN_RESOURCE:
    case WEIR_EXTERN_TYPE:
    case WEIR_EXTERN_MODULE:
      return; /* of the graph's lists */
    case WEIR_EXTERN_INSTANCE:
      for (uint32_t i = 0; i < item->item_count; i++)
        check_item(c, item->name.name, &item->items[i]);
      return;
    default:
      add_name(&c->missing, interface_name, item->name.name);
      text_add(&c->missing, STR("component"));
      return;
  }
}

static weir_status report(struct check *c, struct diag *d) {
  if (c->missing.failed || c->differing.failed)
    return diag_nomem(d);
  if (c->missing.size == 0 && c->differing.size == 0)
    return WEIR_OK;
  char *missing = text_take(&c->missing, NULL);
  char *differing = text_take(&c->differing, NULL);
  bool has_missing = missing && missing[0], has_differing = differing && differing[0];
  weir_status status =
      diag_set(d, WEIR_ERR_LINK, "%s%s%s%s%s", has_missing ? "imports that nobody provides:" : "",
               has_missing ? missing : "", has_missing && has_differing ? "\n" : "",
               has_differing ? "imports that have another type here:" : "", has_differing ? differing : "");
  free(missing);
  free(differing);
  return status;
}

weir_status linker_check(const weir_linker *l, const weir_component *component, struct diag *d) {
  const struct graph *g = component->graph;
  struct check c = {.linker = l, .serving = {.linker = l}};
  text_init(&c.missing);
  text_init(&c.differing);
  for (uint32_t i = 0; i < g->resource_count; i++)
    check_resource(&c, &g->resources[i].decl);
  for (uint32_t i = 0; i < g->host_func_count; i++)
    check_func(&c, &g->host_funcs[i]);
  for (uint32_t i = 0; i < g->module_count; i++)
    check_module(&c, component, i);
  for (uint32_t i = 0; i < g->import_count; i++)
    check_item(&c, STR(""), &g->imports[i]);
  weir_status status = report(&c, d);
  text_done(&c.missing);
  text_done(&c.differing);
  return status;
}

weir_status weir_linker_check(const weir_linker *linker, const weir_component *component, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = WEIR_OK;
  if (linker->engine != component->engine)
    status = diag_set(&d, WEIR_ERR_MISUSE, "linker and component must be of the same engine");
  else
    status = linker_check(linker, component, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}
