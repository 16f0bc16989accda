/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See linker.h: every import of a component against the definitions, all that is wrong in one message. */
#include <stdlib.h>

#include "embed/linker.h"
#include "load/component.h"
#include "wit/wit.h"

struct check {
  const weir_linker *linker;
  struct text missing, differing;
};

static bool same_resource(void *data, const struct resource_decl *want, const struct resource_decl *offer) {
  (void)data;
  return str_eq(want->name, offer->name);
}

static bool same_func(const struct func_type *want, const struct func_type *offer) {
  if (want->async != offer->async || (want->result == NULL) != (offer->result == NULL))
    return false;
  if (want->params->field_count != offer->params->field_count)
    return false;
  for (uint32_t i = 0; i < want->params->field_count; i++)
    if (!type_matches(want->params->fields[i].type, offer->params->fields[i].type, same_resource, NULL))
      return false;
  return !want->result || type_matches(want->result, offer->result, same_resource, NULL);
}

static void add_name(struct text *out, struct str interface, struct str name) {
  if (interface.size)
    text_printf(out, "\n  " STR_FMT "#" STR_FMT ": ", STR_ARG(interface), STR_ARG(name));
  else
    text_printf(out, "\n  " STR_FMT ": ", STR_ARG(name));
}

static void check_func(struct check *c, struct str interface, const struct graph_item *item) {
  struct linker_def *def = linker_find(c->linker, interface, item->name.name, false);
  if (!def) {
    add_name(&c->missing, interface, item->name.name);
    wit_func(&c->missing, item->func);
  } else if (def->type && !same_func(item->func, def->type)) {
    add_name(&c->differing, interface, item->name.name);
    text_add(&c->differing, STR("expected "));
    wit_func(&c->differing, item->func);
    text_add(&c->differing, STR(", found "));
    wit_func(&c->differing, def->type);
  }
}

static void check_item(struct check *c, struct str interface, const struct graph_item *item) {
  switch (item->kind) {
    case ITEM_FUNC:
      check_func(c, interface, item);
      return;
    case ITEM_RESOURCE:
      if (!linker_find(c->linker, interface, item->name.name, true)) {
        add_name(&c->missing, interface, item->name.name);
        text_add(&c->missing, STR("resource"));
      }
      return;
    case ITEM_INSTANCE:
      for (uint32_t i = 0; i < item->item_count; i++)
        check_item(c, item->name.name, &item->items[i]);
      return;
    case ITEM_TYPE:
      return;
    case ITEM_COMPONENT:
    case ITEM_MODULE:
    case ITEM_VALUE:
      add_name(&c->missing, interface, item->name.name);
      text_add(&c->missing, item->kind == ITEM_COMPONENT ? STR("component")
                            : item->kind == ITEM_MODULE  ? STR("core module")
                                                         : STR("value"));
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

weir_status linker_check(const weir_linker *l, const struct graph *g, struct diag *d) {
  struct check c = {.linker = l};
  text_init(&c.missing);
  text_init(&c.differing);
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
    status = linker_check(linker, component->graph, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}
