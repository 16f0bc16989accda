/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Import and export trees in WIT syntax. Inside an interface the constructors, methods and statics of a resource
 * are gathered under it. Origin: WIT.md#wit-interfaces.
 */
#include "wit/wit.h"

#include "wit/wit_text.h"

enum { GATHER_LIMIT = 4096 };

static void add(struct text *out, const char *literal) {
  text_add(out, str_from(literal));
}

static void indented(struct text *out, int indent) {
  for (int i = 0; i < indent; i++)
    add(out, "  ");
}

/* ---- resources --------------------------------------------------------------------------------------------------- */

static void member_text(struct text *out, const struct weir_func *func) {
  const struct func_type *f = func->type;
  if (func->role == WEIR_FUNC_CONSTRUCTOR) {
    add(out, "constructor");
    wit_signature(out, f, 0, f->result && f->result->kind != TYPE_OWN);
  } else {
    wit_label(out, func->member);
    add(out, func->role == WEIR_FUNC_STATIC ? ": static " : ": ");
    add(out, f->async ? "async func" : "func");
    wit_signature(out, f, func->role == WEIR_FUNC_METHOD, true);
  }
  add(out, ";\n");
}

/* A resource whose name comes from elsewhere. */
static void alias_text(struct text *out, struct str name, struct str of) {
  add(out, "type ");
  wit_label(out, name);
  add(out, " = ");
  wit_label(out, of);
  add(out, ";\n");
}

/* Members of resource `name` among its siblings; the braces only where there are any. */
static void resource_text(struct text *out, const struct weir_extern *item, const struct weir_extern *siblings,
                          uint32_t count, int indent) {
  bool open = false;
  if (item->resource->name.size && !str_eq(item->resource->name, item->name.name)) {
    alias_text(out, item->name.name, item->resource->name);
    return;
  }
  add(out, "resource ");
  wit_label(out, item->name.name);
  for (uint32_t i = 0; i < count && count <= GATHER_LIMIT; i++) {
    if (!siblings[i].func || siblings[i].func->resource != item->resource)
      continue;
    if (!open)
      add(out, " {\n");
    open = true;
    indented(out, indent + 1);
    member_text(out, siblings[i].func);
  }
  if (open)
    indented(out, indent);
  add(out, open ? "}\n" : ";\n");
}

/* ---- types ------------------------------------------------------------------------------------------------------- */

static const char *declaration_keyword(const struct weir_type *t) {
  switch (t->kind) {
    case TYPE_RECORD:
      return "record";
    case TYPE_VARIANT:
      return "variant";
    case TYPE_ENUM:
      return "enum";
    case TYPE_FLAGS:
      return "flags";
    default:
      return NULL;
  }
}

static void declaration_text(struct text *out, const struct weir_type *t, struct str name, int indent) {
  add(out, declaration_keyword(t));
  text_char(out, ' ');
  wit_label(out, name);
  add(out, " {\n");
  for (uint32_t i = 0; i < t->field_count && out->size < WIT_TEXT_LIMIT; i++) {
    indented(out, indent + 1);
    wit_label(out, t->fields[i].label);
    if (t->fields[i].type) {
      add(out, t->kind == TYPE_VARIANT ? "(" : ": ");
      wit_type(out, t->fields[i].type, false);
      add(out, t->kind == TYPE_VARIANT ? ")" : "");
    }
    add(out, ",\n");
  }
  indented(out, indent);
  add(out, "}\n");
}

static void type_text(struct text *out, const struct weir_extern *item, int indent) {
  const struct weir_type *t = item->type;
  bool own_name = t && (t->name.size == 0 || str_eq(t->name, item->name.name));
  if (t && declaration_keyword(t) && own_name) {
    declaration_text(out, t, item->name.name, indent);
    return;
  }
  add(out, "type ");
  wit_label(out, item->name.name);
  if (t || item->func_type)
    add(out, " = ");
  if (t)
    wit_type(out, t, false);
  else if (item->func_type)
    wit_func(out, item->func_type);
  add(out, ";\n");
}

/* ---- items ------------------------------------------------------------------------------------------------------- */

static void item_text(struct text *out, const struct weir_extern *item, const struct weir_extern *siblings,
                      uint32_t count, int indent);

/* Members stand inside of their resource. Gathering looks at all pairs, so very many externs are not gathered. */
static bool is_gathered(const struct weir_extern *item, const struct weir_extern *items, uint32_t count) {
  const struct weir_resource_type *resource = item->func ? item->func->resource : NULL;
  if (!resource || count > GATHER_LIMIT)
    return false;
  const struct weir_extern *found = graph_find(items, count, resource->name);
  return found && found->resource == resource;
}

static void instance_text(struct text *out, const struct weir_extern *item, int indent) {
  add(out, ": interface {\n");
  for (uint32_t i = 0; i < item->item_count && out->size < WIT_TEXT_LIMIT; i++) {
    const struct weir_extern *inner = &item->items[i];
    if (is_gathered(inner, item->items, item->item_count))
      continue;
    indented(out, indent + 1);
    item_text(out, inner, item->items, item->item_count, indent + 1);
  }
  indented(out, indent);
  add(out, "}\n");
}

static void item_text(struct text *out, const struct weir_extern *item, const struct weir_extern *siblings,
                      uint32_t count, int indent) {
  switch (item->kind) {
    case WEIR_EXTERN_TYPE:
      type_text(out, item, indent);
      return;
    case WEIR_EXTERN_RESOURCE:
      resource_text(out, item, siblings, count, indent);
      return;
    default:
      wit_label(out, item->name.name);
      break;
  }
  switch (item->kind) {
    case WEIR_EXTERN_FUNC:
      add(out, ": ");
      wit_func(out, item->func->type);
      add(out, ";\n");
      return;
    case WEIR_EXTERN_INSTANCE:
      instance_text(out, item, indent);
      return;
    default:
      add(out, item->kind == WEIR_EXTERN_COMPONENT ? ": component;\n" : ": core module;\n");
      return;
  }
}

void wit_item(struct text *out, const char *keyword, const struct weir_extern *item, int indent) {
  indented(out, indent);
  if (*keyword) {
    add(out, keyword);
    text_char(out, ' ');
  }
  item_text(out, item, NULL, 0, indent);
}

weir_status weir_extern_print(const weir_extern *item, char **ret_text, size_t *ret_size) {
  struct text out;
  text_init(&out);
  wit_item(&out, "", item, 0);
  return wit_take(&out, ret_text, ret_size);
}
