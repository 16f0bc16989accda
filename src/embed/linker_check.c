/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* All that is wrong between the imports of a component and a linker, in one message or one by one. See linker.h. */
#include <stdlib.h>

#include "embed/linker.h"
#include "load/component.h"

struct message {
  struct text missing, differing;
};

static void add_name(struct text *out, const weir_mismatch *m) {
  if (m->interface_name)
    text_printf(out, "\n  %s#%s: ", m->interface_name, m->name);
  else
    text_printf(out, "\n  %s: ", m->name);
}

static bool add_line(void *data, const weir_mismatch *m) {
  struct message *message = data;
  struct text *out = m->found ? &message->differing : &message->missing;
  const char *note = m->note ? m->note : "";
  add_name(out, m);
  if (!m->found)
    text_printf(out, "%s%s%s%s", m->wanted, m->note ? " (" : "", note, m->note ? ")" : "");
  else if (m->kind == WEIR_EXTERN_MODULE)
    text_printf(out, "core module: %s", note);
  else
    text_printf(out, "expected %s, found %s%s%s", m->wanted, m->found, m->note ? "; " : "", note);
  return true;
}

static weir_status report(struct message *m, struct diag *d) {
  char *missing = text_take(&m->missing, NULL);
  char *differing = text_take(&m->differing, NULL);
  bool has_missing = missing && missing[0], has_differing = differing && differing[0];
  weir_status status = WEIR_ERR_NOMEM;
  if (missing && differing)
    status = diag_set(d, WEIR_ERR_LINK, "%s%s%s%s%s", has_missing ? "imports that nobody provides:" : "",
                      has_missing ? missing : "", has_missing && has_differing ? "\n" : "",
                      has_differing ? "imports that have another type here:" : "", has_differing ? differing : "");
  else
    diag_nomem(d);
  free(missing);
  free(differing);
  return status;
}

weir_status linker_check(const weir_linker *l, const weir_component *component, struct diag *d) {
  struct message m;
  struct diag words;
  text_init(&m.missing);
  text_init(&m.differing);
  diag_init(&words);
  weir_status status = linker_check_each(l, component, add_line, &m, &words);
  diag_done(&words);
  if (status == WEIR_ERR_NOMEM)
    diag_nomem(d);
  else if (status != WEIR_OK)
    status = report(&m, d);
  text_done(&m.missing);
  text_done(&m.differing);
  return status;
}

weir_status linker_check_once(const weir_linker *l, const weir_component *component, struct diag *d) {
  weir_linker *linker = (weir_linker *)(uintptr_t)l; /* what it remembers is no part of what it is */
  if (linker && atomic_load_explicit(&linker->served, memory_order_relaxed) == component->id)
    return WEIR_OK;
  WEIR_TRY(linker_check(l, component, d));
  if (linker)
    atomic_store_explicit(&linker->served, component->id, memory_order_relaxed);
  return WEIR_OK;
}

static weir_status same_engine(const weir_linker *linker, const weir_component *component, struct diag *d) {
  return linker->engine == component->engine
             ? WEIR_OK
             : diag_set(d, WEIR_ERR_MISUSE, "linker and component must be of the same engine");
}

weir_status weir_linker_check(const weir_linker *linker, const weir_component *component, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = same_engine(linker, component, &d);
  if (status == WEIR_OK)
    status = linker_check(linker, component, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}

weir_status weir_linker_check_each(const weir_linker *linker, const weir_component *component,
                                   weir_mismatch_fn mismatch, void *data, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = same_engine(linker, component, &d);
  if (status == WEIR_OK)
    status = linker_check_each(linker, component, mismatch, data, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}
