/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Import and export trees in WIT syntax. Inside an interface the functions named `[method]r.f`, `[static]r.f` and
 * `[constructor]r` are gathered under `resource r`. Origin: WIT.md#wit-interfaces, Explainer.md#import-and-export-names.
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

/* ---- resources ----------------------------------------------------------------------------------------------------- */

/* What follows the prefix, if the name has it. */
static bool name_after(struct str name, struct str prefix, struct str *ret) {
  if (!str_starts_with(name, prefix))
    return false;
  *ret = (struct str){name.data + prefix.size, name.size - prefix.size};
  return true;
}

enum member_kind { MEMBER_NONE, MEMBER_CONSTRUCTOR, MEMBER_METHOD, MEMBER_STATIC };

/* Takes `[method]r.f` apart. */
static enum member_kind member_split(struct str name, struct str *ret_resource, struct str *ret_member) {
  enum member_kind kind;
  struct str rest;
  if (name_after(name, STR("[constructor]"), ret_resource))
    return MEMBER_CONSTRUCTOR;
  if (name_after(name, STR("[method]"), &rest))
    kind = MEMBER_METHOD;
  else if (name_after(name, STR("[static]"), &rest))
    kind = MEMBER_STATIC;
  else
    return MEMBER_NONE;
  const char *dot = rest.size ? memchr(rest.data, '.', rest.size) : NULL;
  if (!dot)
    return MEMBER_NONE;
  *ret_resource = (struct str){rest.data, (size_t)(dot - rest.data)};
  *ret_member = (struct str){dot + 1, rest.size - ret_resource->size - 1};
  return kind;
}

static void member_text(struct text *out, const struct weir_extern *item, enum member_kind kind, struct str member) {
  const struct func_type *f = item->func;
  if (kind == MEMBER_CONSTRUCTOR) {
    add(out, "constructor");
    wit_signature(out, f, 0, f->result && f->result->kind != TYPE_OWN);
  } else {
    wit_label(out, member);
    add(out, kind == MEMBER_STATIC ? ": static " : ": ");
    add(out, f->async ? "async func" : "func");
    wit_signature(out, f, kind == MEMBER_METHOD, true);
  }
  add(out, ";\n");
}

/* A resource that got its name elsewhere. */
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
    struct str resource, member;
    enum member_kind kind = MEMBER_NONE;
    if (siblings[i].kind == WEIR_EXTERN_FUNC)
      kind = member_split(siblings[i].name.name, &resource, &member);
    if (kind == MEMBER_NONE || !str_eq(resource, item->name.name))
      continue;
    if (!open)
      add(out, " {\n");
    open = true;
    indented(out, indent + 1);
    member_text(out, &siblings[i], kind, member);
  }
  if (open)
    indented(out, indent);
  add(out, open ? "}\n" : ";\n");
}

/* ---- types --------------------------------------------------------------------------------------------------------- */

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

/* ---- items --------------------------------------------------------------------------------------------------------- */

static void item_text(struct text *out, const struct weir_extern *item, const struct weir_extern *siblings,
                      uint32_t count, int indent);

/* Gathering looks at all pairs, so it is not done where there are very many. */
static bool is_resource(const struct weir_extern *items, uint32_t count, struct str name) {
  const struct weir_extern *found = count <= GATHER_LIMIT ? graph_find(items, count, name) : NULL;
  return found && found->kind == WEIR_EXTERN_RESOURCE;
}

static void instance_text(struct text *out, const struct weir_extern *item, int indent) {
  add(out, ": interface {\n");
  for (uint32_t i = 0; i < item->item_count && out->size < WIT_TEXT_LIMIT; i++) {
    const struct weir_extern *inner = &item->items[i];
    struct str resource, member;
    if (inner->kind == WEIR_EXTERN_FUNC && member_split(inner->name.name, &resource, &member) != MEMBER_NONE &&
        is_resource(item->items, item->item_count, resource))
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
      wit_func(out, item->func);
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
