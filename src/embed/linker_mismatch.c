/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Every import of a component against the definitions of a linker; what does not fit is told, one by one. See linker.h.
 *
 * What holds: a resource in a type means one definition on both sides, not any of that name. In order: types are
 * compared; the words for what is missing and what differs; imports, one kind after another; the whole.
 */
#include "component/version.h"
#include "embed/linker.h"
#include "load/code.h"
#include "load/component.h"
#include "wit/wit.h"

struct walk {
  const weir_linker *linker;
  const weir_component *component;
  struct serving serving;                /* the set for the import that is looked at */
  const struct linker_def *def;          /* that is compared, */
  const struct weir_resource_type *want; /* and the first resource in it that another definition is meant by */
  struct text wanted, found, note;       /* of the mismatch that is told next */
  weir_mismatch_fn tell;
  void *data;
  bool any, enough, failed;
};

/* ---- types ------------------------------------------------------------------------------------------------------- */

/* Two resources are the same where both lead to one definition: a name may stand for several. */
static bool same_resource(void *data, const struct weir_resource_type *want, const struct weir_resource_type *offer) {
  struct walk *w = data;
  const struct linker_def *bound =
      linker_set_find(linker_serving(w->linker, want->interface_name), want->name, LINKER_RESOURCE);
  if (!str_eq(want->name, offer->name))
    return false;
  if (!bound || bound == linker_resource_meant(w->linker, w->def, offer->name))
    return true; /* (a resource that nobody provides is told as that) */
  w->want = want;
  return false;
}

static bool same_type(struct walk *w, const struct weir_type *want, const struct weir_type *offer) {
  return want && offer ? type_matches(want, offer, same_resource, w) : want == offer;
}

static bool same_func(struct walk *w, const struct func_type *want, const struct linker_def *def) {
  const struct func_type *offer = def->type;
  w->def = def;
  w->want = NULL;
  if (want->async != offer->async || want->params->field_count != offer->params->field_count)
    return false;
  for (uint32_t i = 0; i < want->params->field_count; i++)
    if (!same_type(w, want->params->fields[i].type, offer->params->fields[i].type))
      return false;
  return same_type(w, want->result, offer->result);
}

/* ---- what is told ------------------------------------------------------------------------------------------------ */

/* The text with a terminator; NULL: empty. */
static const char *words_of(struct walk *w, struct text *t) {
  if (t->size == 0 && !t->failed)
    return NULL;
  text_char(t, '\0');
  w->failed = w->failed || t->failed;
  return t->data;
}

static void tell(struct walk *w, weir_extern_kind kind, struct str interface_name, struct str name) {
  weir_mismatch m = {.interface_name = interface_name.size ? interface_name.data : NULL,
                     .name = name.data,
                     .kind = kind,
                     .wanted = words_of(w, &w->wanted),
                     .found = words_of(w, &w->found),
                     .note = words_of(w, &w->note)};
  w->any = true;
  if (!w->failed && !w->enough)
    w->enough = !w->tell(w->data, &m);
  w->wanted.size = w->found.size = w->note.size = 0;
}

static void add_place(struct text *out, struct str interface_name) {
  text_add(out, interface_name.size ? interface_name : STR("no interface"));
}

static void begin_note(struct walk *w) {
  if (w->note.size > 0)
    text_add(&w->note, STR("; "));
}

/* Why something is missing where the same interface is defined: in another version. */
static void tell_missing(struct walk *w, weir_extern_kind kind, struct str interface_name, struct str name) {
  const struct linker_set *set = w->serving.set;
  struct str base = version_split(interface_name).base;
  if (set && !str_eq(set->interface_name, interface_name))
    text_printf(&w->note, "not in " STR_FMT ", which serves this import", STR_ARG(set->interface_name));
  for (uint32_t i = 0; !set && w->linker && interface_name.size && i < w->linker->sets.count; i++) {
    struct str other = w->linker->sets.data[i].interface_name;
    if (!str_eq(version_split(other).base, base))
      continue;
    begin_note(w);
    text_printf(&w->note, STR_FMT " is another version", STR_ARG(other));
  }
  tell(w, kind, interface_name, name);
}

static void add_resource_note(struct walk *w, const struct linker_def *def) {
  const struct linker_def *meant = linker_resource_meant(w->linker, def, w->want->name);
  const struct linker_set *bound = linker_serving(w->linker, w->want->interface_name); /* not NULL: same_resource() */
  begin_note(w);
  text_printf(&w->note, "the import's `" STR_FMT "` is of ", STR_ARG(w->want->name));
  add_place(&w->note, bound->interface_name);
  text_add(&w->note, STR(", the definition's of "));
  if (meant)
    add_place(&w->note, meant->interface_name);
  else
    text_add(&w->note, STR("one of several"));
}

static void tell_difference(struct walk *w, const struct weir_func *want, const struct linker_def *def) {
  wit_func(&w->wanted, want->type);
  wit_func(&w->found, def->type);
  if (!str_eq(def->interface_name, want->interface_name))
    text_printf(&w->note, "found in " STR_FMT ", which serves this import", STR_ARG(def->interface_name));
  if (w->want)
    add_resource_note(w, def);
  tell(w, WEIR_EXTERN_FUNC, want->interface_name, want->name);
}

/* ---- imports ----------------------------------------------------------------------------------------------------- */

static void check_func(struct walk *w, const struct weir_func *want) {
  const struct linker_def *def =
      linker_set_find(linker_set_serving(&w->serving, want->interface_name), want->name, LINKER_FUNC);
  if (!def) {
    wit_func(&w->wanted, want->type);
    tell_missing(w, WEIR_EXTERN_FUNC, want->interface_name, want->name);
  } else if (def->type && !same_func(w, want->type, def)) {
    tell_difference(w, want, def);
  }
}

static void check_resource(struct walk *w, const struct weir_resource_type *want) {
  if (!want->imported ||
      linker_set_find(linker_set_serving(&w->serving, want->interface_name), want->name, LINKER_RESOURCE))
    return;
  text_add(&w->wanted, STR("resource"));
  tell_missing(w, WEIR_EXTERN_RESOURCE, want->interface_name, want->name);
}

/* The validator compares, and has the words. */
static void check_module(struct walk *w, uint32_t index) {
  const struct graph_module *want = &w->component->graph->modules[index];
  if (!want->imported)
    return;
  const struct linker_def *def =
      linker_set_find(linker_set_serving(&w->serving, want->interface_name), want->import_name, LINKER_MODULE);
  text_add(&w->wanted, STR("core module"));
  if (!def) {
    tell_missing(w, WEIR_EXTERN_MODULE, want->interface_name, want->import_name);
    return;
  }
  struct diag words;
  diag_init(&words);
  weir_status status = code_check_module(w->component->code, index, def->skeleton, &words);
  w->failed = w->failed || status == WEIR_ERR_NOMEM;
  text_add(&w->found, STR("core module"));
  text_add(&w->note, str_from(diag_message(&words)));
  if (status != WEIR_OK)
    tell(w, WEIR_EXTERN_MODULE, want->interface_name, want->import_name);
  w->wanted.size = w->found.size = w->note.size = 0;
  diag_done(&words);
}

/* What no linker can give yet. */
static void check_item(struct walk *w, struct str interface_name, const struct weir_extern *item) {
  switch (item->kind) {
    case WEIR_EXTERN_FUNC:
    case WEIR_EXTERN_RESOURCE:
    case WEIR_EXTERN_TYPE:
    case WEIR_EXTERN_MODULE:
      return; /* of the graph's lists */
    case WEIR_EXTERN_INSTANCE:
      for (uint32_t i = 0; i < item->item_count; i++)
        check_item(w, item->name.name, &item->items[i]);
      return;
    default:
      text_add(&w->wanted, STR("component"));
      w->serving.set = NULL;
      tell(w, WEIR_EXTERN_COMPONENT, interface_name, item->name.name);
      return;
  }
}

weir_status linker_check_each(const weir_linker *l, const weir_component *component, weir_mismatch_fn mismatch,
                              void *data, struct diag *d) {
  const struct graph *g = component->graph;
  struct walk w = {.linker = l, .component = component, .serving = {.linker = l}, .tell = mismatch, .data = data};
  for (uint32_t i = 0; i < g->resource_count; i++)
    check_resource(&w, &g->resources[i].decl);
  for (uint32_t i = 0; i < g->host_func_count; i++)
    check_func(&w, &g->host_funcs[i]);
  for (uint32_t i = 0; i < g->module_count; i++)
    check_module(&w, i);
  for (uint32_t i = 0; i < g->import_count; i++)
    check_item(&w, STR(""), &g->imports[i]);
  text_done(&w.wanted);
  text_done(&w.found);
  text_done(&w.note);
  if (w.failed)
    return diag_nomem(d);
  return w.any ? diag_set(d, WEIR_ERR_LINK, "the linker does not serve all imports") : WEIR_OK;
}
