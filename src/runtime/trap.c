/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See trap.h. The words are those of the specification's tests where it has any. */
#include "runtime/trap.h"

#include <stdarg.h>
#include <string.h>

#include "runtime/standin_find.h"

/* Whose code was running: the function that the current task is a call of, and its component instance. */
static void tell_where(struct rt_store *s) {
  const struct rt_lift *lift = s->current ? standin_running(s->current) : NULL;
  if (!lift || s->failure.status != WEIR_ERR_TRAP)
    return;
  struct str path = lift->inst->decl->path;
  if (lift->name.size && path.size)
    diag_suffix(&s->failure, " (in function `" STR_FMT "` of component instance `" STR_FMT "`)", STR_ARG(lift->name),
                STR_ARG(path));
  else if (lift->name.size)
    diag_suffix(&s->failure, " (in function `" STR_FMT "`)", STR_ARG(lift->name));
  else if (path.size)
    diag_suffix(&s->failure, " (in component instance `" STR_FMT "`)", STR_ARG(path));
}

static weir_status poison(struct rt_store *s) {
  if (!s->failed) {
    s->failed = true;
    tell_where(s);
  }
  return s->failure.status;
}

weir_status rt_trap(struct rt_store *s, const char *format, ...) {
  va_list args;
  va_start(args, format);
  diag_vset(&s->failure, WEIR_ERR_TRAP, format, args);
  va_end(args);
  return poison(s);
}

weir_status rt_poison(struct rt_store *s, weir_status status) {
  if (s->failure.status == WEIR_OK)
    diag_set(&s->failure, status, "%s", weir_status_name(status));
  return poison(s);
}

weir_status rt_limit(struct rt_store *s, uint64_t value, const char *what, const char *member) {
  return rt_fail(s, diag_set(&s->failure, WEIR_ERR_LIMIT, "no more than %llu %s (weir_store_config.%s sets it)",
                             (unsigned long long)value, what, member));
}

weir_status rt_limit_tasks(struct rt_store *s) {
  return rt_limit(s, s->limits.tasks, "live tasks and threads", "max_tasks");
}

weir_status rt_limit_waitables(struct rt_store *s) {
  return rt_limit(s, s->limits.waitables, "subtasks, ends of streams and futures, and waitable sets", "max_waitables");
}

weir_status rt_trap_cannot_enter(struct rt_store *s) {
  return rt_trap(s, "wasm trap: cannot enter component instance");
}

struct wasm_trap_t *rt_raise(struct rt_store *s) {
  const char *words = diag_message(&s->failure);
  return eng_trap(words, strlen(words));
}
