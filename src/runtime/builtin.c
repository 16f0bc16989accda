/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The table of built-ins. See builtin.h. */
#include "runtime/builtin.h"

#include "runtime/entry.h"
#include "runtime/trap.h"

static const builtin_fn builtins[CANON_KIND_COUNT] = {
#define CANON(ident, function, ...) [CANON_##ident] = builtin_##function,
#include "component/canon.def"
#undef CANON
};

weir_status builtin_none(struct rt_trampoline *t, union eng_val *v) {
  (void)v;
  return rt_trap(t->inst->store, "the built-in `%s` is not supported", canon_info(t->decl->kind)->name);
}

weir_status builtin_bind(struct rt_trampoline *t, struct diag *d) {
  enum canon_kind kind = t->decl->kind;
  if (kind == CANON_LOWER) {
    bool at_once = t->host_callee && t->host_callee->call_at_once;
    t->host.fn = t->direct ? entry_direct : at_once ? entry_at_once : entry_lower;
    return WEIR_OK;
  }
  if (builtins[kind] == builtin_none)
    return diag_set(d, WEIR_ERR_UNSUPPORTED, "the built-in `%s` is not supported", canon_info(kind)->name);
  t->builtin = builtins[kind];
  t->host.fn = entry_builtin(kind);
  return WEIR_OK;
}
