/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The forms of a merged module, and the names that a shell finds in it. */
#ifndef FUSE_FORM_H
#define FUSE_FORM_H

#include <stdint.h>

#include "base/arena.h"

/*
 * What is around the merged module: a runtime that knows this format (core), or a component (component.h); and in the
 * module itself, a runtime of its own (glue.h).
 */
enum fuse_form { FUSE_CORE, FUSE_SHELL, FUSE_INSIDE };

/* With a runtime inside: the function that is lifted in the place of a lift's callee. data == NULL: memory is out. */
struct str fuse_root_name(struct arena *arena, uint32_t lift);

/* The same of its callback. */
struct str fuse_callback_name(struct arena *arena, uint32_t lift);

/* How adapters are planned for a form. */
uint32_t fuse_adapters(enum fuse_form form);

/* In a shell the start functions of core instances are one, which is called once and first. */
#define FUSE_SHELL_START "start"

#endif
