/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * See missing.h. Only what nobody provides becomes shorter: an import of another type needs all of its words. An
 * interface of which one thing is missing has that thing's own line.
 */
#include "cli/missing.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/vec.h"

struct of_interface {
  struct str name; /* lives as long as the component; no data: the import stands by itself */
  uint32_t functions, resources, others;
  struct text first; /* the line of what is missing first */
};

struct list_of_missing {
  VEC(struct of_interface) interfaces;
  struct text differing;
  bool failed;
};

static struct of_interface *find(struct list_of_missing *l, const char *interface_name) {
  struct str name = interface_name ? str_from(interface_name) : (struct str){0};
  for (uint32_t i = 0; interface_name && i < l->interfaces.count; i++)
    if (str_eq(l->interfaces.data[i].name, name))
      return &l->interfaces.data[i];
  struct of_interface one = {.name = name};
  l->failed = !VEC_PUSH(&mem_system, &l->interfaces, one) || l->failed;
  return l->failed ? NULL : &l->interfaces.data[l->interfaces.count - 1];
}

static void add_name(struct text *out, const weir_mismatch *m) {
  text_printf(out, "\n  %s%s%s: ", m->interface_name ? m->interface_name : "", m->interface_name ? "#" : "", m->name);
}

static void add_missing(struct list_of_missing *l, const weir_mismatch *m) {
  struct of_interface *i = find(l, m->interface_name);
  if (!i)
    return;
  if (i->functions + i->resources + i->others == 0) {
    add_name(&i->first, m);
    text_printf(&i->first, "%s%s%s%s", m->wanted, m->note ? " (" : "", m->note ? m->note : "", m->note ? ")" : "");
  }
  i->functions += m->kind == WEIR_EXTERN_FUNC;
  i->resources += m->kind == WEIR_EXTERN_RESOURCE;
  i->others += m->kind != WEIR_EXTERN_FUNC && m->kind != WEIR_EXTERN_RESOURCE;
}

static bool add(void *data, const weir_mismatch *m) {
  struct list_of_missing *l = data;
  if (!m->found) {
    add_missing(l, m);
  } else {
    add_name(&l->differing, m);
    text_printf(&l->differing, "expected %s, found %s", m->wanted, m->found);
    if (m->note)
      text_printf(&l->differing, "; %s", m->note);
  }
  return !l->failed;
}

static void add_count(struct text *out, uint32_t count, const char *what) {
  bool first = out->size > 0 && out->data[out->size - 1] == ' ';
  if (count > 0)
    text_printf(out, "%s%u %s%s", first ? "" : ", ", count, what, count == 1 ? "" : "s");
}

static void add_interface(struct text *out, const struct of_interface *i) {
  if (i->functions + i->resources + i->others == 1) {
    text_add(out, (struct str){i->first.data, i->first.size});
    return;
  }
  text_printf(out, "\n  " STR_FMT ": ", STR_ARG(i->name));
  add_count(out, i->functions, "function");
  add_count(out, i->resources, "resource");
  add_count(out, i->others, "other thing");
}

static void write_list(struct list_of_missing *l, struct text *out) {
  if (l->interfaces.count > 0)
    text_add(out, STR("imports that nobody provides:"));
  for (uint32_t i = 0; i < l->interfaces.count; i++)
    add_interface(out, &l->interfaces.data[i]);
  if (l->interfaces.count > 0 && l->differing.size > 0)
    text_char(out, '\n');
  if (l->differing.size > 0)
    text_add(out, STR("imports that have another type here:"));
  text_add(out, (struct str){l->differing.data, l->differing.size});
  out->failed = out->failed || l->failed || l->differing.failed;
}

static void list_done(struct list_of_missing *l) {
  for (uint32_t i = 0; i < l->interfaces.count; i++)
    text_done(&l->interfaces.data[i].first);
  VEC_DONE(&mem_system, &l->interfaces);
  text_done(&l->differing);
}

weir_status missing_list(const weir_linker *linker, const weir_component *component, char **ret_text,
                         weir_error **ret_error) {
  struct list_of_missing l = {0};
  struct text out;
  text_init(&out);
  text_init(&l.differing);
  *ret_text = NULL;
  weir_status status = weir_linker_check_each(linker, component, add, &l, ret_error);
  if (status == WEIR_ERR_LINK) {
    write_list(&l, &out);
    *ret_text = text_take(&out, NULL);
  }
  list_done(&l);
  text_done(&out);
  return status;
}
