/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Inside fuse/: a glue module in the making (glue.h). All that is imported comes before the first function. */
#ifndef FUSE_GLUE_MODULE_H
#define FUSE_GLUE_MODULE_H

#include "base/vec.h"
#include "fuse/glue.h"
#include "fuse/small.h"

/* Functions of the runtime that glue calls (rt/rt.h), with their core types. */
enum glue_rt {
  RT_BEGIN,
  RT_RETURNED,
  RT_BACKWARD,
  RT_POST_RETURN,
  RT_INVOKE,
  RT_END,
  RT_SCRATCH,
  RT_TASK_RETURN,
  RT_TASK_CANCEL,
  RT_CONTEXT_GET,
  RT_CONTEXT_SET,
  RT_FRESH,
  RT_BACKPRESSURE_INC,
  RT_BACKPRESSURE_DEC,
  RT_THREAD_YIELD,
  RT_SUBTASK_CANCEL,
  RT_SUBTASK_DROP,
  RT_SET_NEW,
  RT_SET_DROP,
  RT_SET_WAIT,
  RT_SET_POLL,
  RT_JOIN,
  RT_TOLD,
  RT_RESOURCE_NEW,
  RT_RESOURCE_REP,
  RT_RESOURCE_DROP,
  RT_HANDLE,
  RT_NEW_ENDS,
  RT_DROP_END,
  RT_COPY,
  RT_CANCEL_COPY,
  RT_CHECK_LEAVE,
  RT_ROOT,
  RT_ROOT_END,
  RT_ROOT_DRIVE,
  RT_ROOT_EVENT,
  RT_HOST_CALL,
  RT_HOST_BEGIN,
  RT_HOST_END,
  RT_INSTANCE,
  RT_TEXT_IN,
  RT_TEXT_OUT,
  RT_TEXT_BEGIN,
  RT_TEXT_MEASURE,
  RT_TEXT_PLAN,
  RT_TEXT_PASS,
  RT_TEXT_ENCODE,
  RT_FUNCTIONS
};

struct making_glue {
  struct glue *k;
  struct small m;
  VEC(struct glue_import) imports;
  uint32_t rt[RT_FUNCTIONS]; /* where they are imported: the index, plus 1 */
  uint32_t memory;           /* the runtime's: the same */
  struct text body;          /* scratch: the function in the making */
  bool failed;
};

void glue_begin(struct making_glue *n, struct glue *k);
/* Gives the module, and releases everything. */
weir_status glue_end(struct making_glue *n, struct glue_module *ret);

/* What the module imports; each of the runtime's functions once. */
void glue_import_rt(struct making_glue *n, enum glue_rt function);
void glue_import_memory(struct making_glue *n);
void glue_import_table(struct making_glue *n);
uint32_t glue_import_ref(struct making_glue *n, const struct core_ref *ref, const struct core_signature *sig);
uint32_t glue_import_ref_memory(struct making_glue *n, const struct core_ref *ref);
uint32_t glue_import_outside(struct making_glue *n, uint32_t trampoline, const struct core_signature *sig);

void glue_call(struct making_glue *n, struct text *code, enum glue_rt function);
/* Core values as 64 bits. */
void glue_widen(struct text *code, enum core_type type);
void glue_narrow(struct text *code, enum core_type type);

/* Of a task.return, or a lift that it may serve: instance, type, memory, encoding. data == NULL: memory is out. */
struct str glue_return_key(struct glue *k, uint32_t instance, const struct weir_type *result, uint32_t options);

extern const struct core_signature glue_realloc_signature;
struct core_signature glue_post_return_signature(const struct graph_lift *l);

#endif
