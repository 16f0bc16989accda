/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Inside fuse/: glue modules that use the emitter of adapters (adapter/emit.h) for values: what calls (glue_edge.c),
 * exports (glue_root.c) and copies (glue_copy.c) have in common.
 */
#ifndef FUSE_GLUE_EMIT_H
#define FUSE_GLUE_EMIT_H

#include "adapter/emit.h"
#include "fuse/glue_module.h"

/* Places in the table from the first of a call or export on. */
enum { PLACE_START, PLACE_FINISH, PLACE_CALLBACK };

/* How a function is lifted (enum lift of rt/rt.h). */
enum glue_lift { LIFT_SYNC, LIFT_CALLBACK, LIFT_STACKFUL };
enum glue_lift glue_lift_of(const struct graph_lift *l);

extern const struct core_signature glue_callback_signature;

/* One side of a call or copy: its memory and realloc are imported. */
void glue_import_side(struct making_glue *n, const struct graph_opts *opts, uint32_t instance,
                      struct adapter_side *ret);
/* A side without either. */
struct adapter_side glue_bare_side(const struct glue *k, uint32_t instance);

/*
 * Functions of the module from here on are emitted ones: `count` of them, then those for strings. The runtime's memory
 * and RT_HANDLE are imported. The sides' reallocs are changed for functions that give each call new context slots.
 * WEIR_ERR_NOMEM.
 */
weir_status glue_open_emitter(struct making_glue *n, struct adapter_side *sides, uint32_t trampoline, uint32_t count,
                              struct adapter_module **ret);
/* Takes a function's code out of the emitter; its number. */
uint32_t glue_close_func(struct making_glue *n, struct emit *e, const struct core_signature *sig);
/* The functions for strings that were asked for. WEIR_ERR_UNSUPPORTED: one changes its encoding. */
weir_status glue_close_emitter(struct making_glue *n, struct adapter_module *m);

/* Takes the parts that a type unfolds to off `*left`; false: too many, or one that cannot be copied. */
enum { GLUE_PARTS_MAX = 300 };
bool glue_spend(const struct weir_type *t, uint32_t *left);

/* The four words by which the runtime knows a call or export: `caller` NULL: an export of the root. */
void glue_push_call(const struct glue *k, struct text *code, const struct graph_trampoline *caller, uint32_t lift,
                    uint32_t place);

/* Gives the module where the status is WEIR_OK, and releases everything. */
weir_status glue_finish(struct making_glue *n, weir_status status, struct glue_module *ret);

#endif
