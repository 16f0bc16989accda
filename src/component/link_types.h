/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Shared by types.c, layout.c, flatten.c and the linker: completing a type before it is interned, and the one change
 * after that (resources move into their final array). Not for other folders.
 */
#ifndef COMPONENT_LINK_TYPES_H
#define COMPONENT_LINK_TYPES_H

#include <stdint.h>

struct weir_resource_type;
struct type_field;
struct type_table;
struct weir_type;

/* CanonicalABI.md#element-size: no value type is this large, measured with 64-bit pointers. */
enum { TYPE_SIZE_LIMIT = 1 << 28, TYPE_DEPTH_LIMIT = 100 };

/*
 * Fills layout, disc_size and the offsets of `fields` (which are type->fields, writable). Returns the size with 64-bit
 * pointers. The size is only stored where it is below 2^32; the caller compares it with its limit first.
 */
uint64_t layout_fill(struct weir_type *type, struct type_field *fields);

/* Fills flat_count and flat. */
void flatten_fill(struct weir_type *type);

/* Replaces the resource of every handle type by the one from `move`. */
typedef const struct weir_resource_type *(*type_resource_move)(void *data, const struct weir_resource_type *resource);
void type_table_move_resources(struct type_table *t, type_resource_move move, void *data);

#endif
