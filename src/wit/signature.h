/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Function types from text: WIT syntax with structure in place of names, as weir_linker_define_func() takes it.
 *
 *   func      = ["async"] "func" "(" [label ":" type {"," label ":" type}] ")" ["->" type]
 *   type      = bool s8 u8 ... f64 char string error-context
 *             | list<T> | list<T, N> | map<K, V> | tuple<...> | option<T>
 *             | result | result<T> | result<_, E> | result<T, E> | stream | stream<T> | future | future<T>
 *             | record { a: T, ... } | variant { a(T), b, ... } | enum { a, ... } | flags { a, ... }
 *             | own<name> | borrow<name> | name            (a bare name is own<name>)
 */
#ifndef WIT_SIGNATURE_H
#define WIT_SIGNATURE_H

#include "base/diag.h"
#include "base/str.h"
#include "component/types.h"

/*
 * Finds the resource of that name, or makes one; NULL: there is none (the reader reports an error then). `bare`: the
 * name stands by itself, and may be a mistake for any type.
 */
typedef const struct weir_resource_type *(*signature_resource)(void *data, struct str name, bool bare);

/* WEIR_ERR_PARSE with the byte offset in `text` and the token that was expected there; WEIR_ERR_NOMEM. */
weir_status signature_parse(struct type_table *types, struct str text, signature_resource find, void *data,
                            const struct func_type **ret, struct diag *d);

/* A type alone, all of the text, without resources. As above. */
weir_status signature_parse_type(struct type_table *types, struct str text, const struct weir_type **ret,
                                 struct diag *d);

#endif
