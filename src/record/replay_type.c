/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See replay_type.h. */
#include "record/replay_type.h"

#include "wit/wit.h"

enum { TYPE_DEPTH = 8 }; /* of a stream in a result */

/* Whether a stream or future has elements whose type reads so. */
static bool has_elements(const weir_type *type, bool future, struct str words) {
  struct text text;
  const weir_type *elem = weir_type_element(type);
  if (weir_type_kind_of(type) != (future ? WEIR_TYPE_FUTURE : WEIR_TYPE_STREAM) || !elem)
    return false;
  text_init(&text);
  wit_type(&text, elem, true);
  bool same = !text.failed && str_eq((struct str){text.data, text.size}, words);
  text_done(&text);
  return same;
}

/* The first such stream or future in another type; NULL: there is none. */
static const weir_type *type_within(const weir_type *type, bool future, struct str words, unsigned depth) {
  if (!type || depth == 0 || has_elements(type, future, words))
    return depth == 0 ? NULL : type;
  const weir_type *found = NULL;
  for (size_t i = 0; !found && i < weir_type_part_count(type); i++)
    found = type_within(weir_type_part_type(type, i), future, words, depth - 1);
  return found;
}

const weir_type *replay_type(const weir_host_call *call, bool future, struct str elem) {
  return type_within(weir_func_result_type(weir_host_call_func(call)), future, elem, TYPE_DEPTH);
}
