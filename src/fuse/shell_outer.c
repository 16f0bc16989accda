/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Built-ins of the outer runtime for the runtime inside (outer.h), as canonical definitions of the shell. */
#include "fuse/outer.h"
#include "fuse/shell.h"
#include "wasm/put.h"

/* A stream without values. */
static uint32_t unit_stream(struct shell *s) {
  enum { FORM_STREAM = 0x66, NO_TYPE = 0 };
  struct text body = {0};
  if (s->unit_stream != GRAPH_NONE)
    return s->unit_stream;
  put_u32(&body, 1);
  put_byte(&body, FORM_STREAM);
  put_byte(&body, NO_TYPE);
  part_put(s->out, PART_TYPE, &body);
  text_done(&body);
  s->unit_stream = s->types++;
  return s->unit_stream;
}

static void put_operands(struct shell *s, enum canon_kind kind, struct text *body) {
  enum { OPT_ASYNC = 6, ASYNC = 1, NOT_CANCELLABLE = 0, SLOT = 0 };
  switch (kind) {
    case CANON_STREAM_NEW:
      put_u32(body, unit_stream(s));
      break;
    case CANON_STREAM_READ:
    case CANON_STREAM_WRITE:
      put_u32(body, unit_stream(s));
      put_u32(body, 1);
      put_byte(body, OPT_ASYNC);
      break;
    case CANON_SUBTASK_CANCEL:
      put_byte(body, ASYNC);
      break;
    case CANON_CONTEXT_GET:
    case CANON_CONTEXT_SET:
      put_valtype(body, CORE_I32);
      put_u32(body, SLOT);
      break;
    case CANON_WAITABLE_SET_WAIT:
      put_byte(body, NOT_CANCELLABLE);
      put_u32(body, shell_put_core_alias(s, s->instance, STR(OUTER_MEMORY), AST_SORT_CORE_MEMORY));
      break;
    default:
      break;
  }
}

weir_status shell_put_outer(struct shell *s, uint32_t outer, uint32_t *ret) {
  enum canon_kind kind = outer_builtins[outer].kind;
  struct text body = {0};
  put_u32(&body, 1);
  put_byte(&body, canon_info(kind)->opcode);
  put_operands(s, kind, &body);
  s->out->failed |= body.failed;
  part_put(s->out, PART_CANON, &body);
  text_done(&body);
  *ret = s->core_funcs++;
  return WEIR_OK;
}
