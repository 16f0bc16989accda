/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Whether a host's core module is of the type that a component imports it with. The validator has the rules, so this
 * asks the validator about a component that is made for the question:
 *
 *   the component up to the end of the section that the import is in, which is a component too;
 *   the host's module, without its code;
 *   (component $like (import NAME TYPE));
 *   an instance of $like, with the module, or with the imported instance where the module takes the place of its own:
 *   in it, or in an instance within it, and so on.
 *
 * Origin: Explainer.md#type-checking; Binary.md for what is written.
 */
#include "load/code.h"

#include <string.h>

#include "wasm/cursor.h"
#include "wasm/put.h"

enum part { PART_CORE_MODULE = 1, PART_COMPONENT = 4, PART_INSTANCE = 5, PART_ALIAS = 6, PART_IMPORT = 10 };
enum { ALIAS_EXPORT = 0, ALIAS_OUTER = 2, INSTANTIATE = 0, INLINE_EXPORTS = 1, PLAIN_NAME = 0, PREAMBLE = 8 };
enum { SORTS = AST_SORT_CORE_INSTANCE + 1, LEVELS = 16 };

struct question {
  const weir_code *code;
  const struct graph_module *module;
  const struct ast_def *import; /* of the module, or of the outermost instance that it is in */
  /* Instances that the module is in, the imported one first; and the first alias of each sort for what is in them. */
  const struct weir_extern *outer[LEVELS];
  uint32_t first[LEVELS][SORTS];
  uint32_t levels;
  size_t end;           /* of the section of the import */
  uint32_t instance;    /* index of the imported instance */
  uint32_t next[SORTS]; /* the next index of each sort behind the section */
  struct text out;
};

/* ---- the beginning ----------------------------------------------------------------------------------------------- */

static const struct ast_def *find_import(const weir_code *code, struct str name) {
  const struct ast_component *root = code->ast;
  for (uint32_t i = 0; i < root->def_count; i++)
    if (root->defs[i].kind == AST_DEF_IMPORT && str_eq(root->defs[i].of.import->name.name, name))
      return &root->defs[i];
  return NULL;
}

static weir_status find_end(struct question *q, struct diag *d) {
  struct cursor c = {.data = q->code->bytes, .size = q->code->size, .pos = PREAMBLE, .diag = d};
  while (c.pos <= q->import->offset) {
    uint8_t id;
    uint32_t size;
    struct cursor section;
    WEIR_TRY(cursor_u8(&c, &id));
    WEIR_TRY(cursor_u32_leb(&c, &size));
    WEIR_TRY(cursor_sub(&c, size, &section));
  }
  q->end = c.pos;
  return WEIR_OK;
}

static enum ast_sort sort_of(const struct ast_def *def) {
  switch (def->kind) {
    case AST_DEF_CORE_MODULE:
      return AST_SORT_CORE_MODULE;
    case AST_DEF_COMPONENT:
      return AST_SORT_COMPONENT;
    case AST_DEF_INSTANCE:
      return AST_SORT_INSTANCE;
    case AST_DEF_TYPE:
      return AST_SORT_TYPE;
    case AST_DEF_CANON:
      return def->of.canon->kind == CANON_LIFT ? AST_SORT_FUNC : AST_SORT_CORE_FUNC;
    case AST_DEF_ALIAS:
      return def->of.alias->sort;
    case AST_DEF_IMPORT:
      return def->of.import->type.sort;
    case AST_DEF_EXPORT:
      return def->of.export->what.sort;
    default:
      return AST_SORT_CORE_TYPE; /* or a sort without an index space here */
  }
}

/* The number of items of each sort before an offset, which is the next item's index. */
static void count_before(const struct question *q, size_t offset, uint32_t *ret) {
  const struct ast_component *root = q->code->ast;
  memset(ret, 0, SORTS * sizeof(*ret));
  for (uint32_t i = 0; i < root->def_count && root->defs[i].offset < offset; i++)
    ret[sort_of(&root->defs[i])]++;
}

/* ---- what is written behind it ----------------------------------------------------------------------------------- */

static void put_part(struct text *out, enum part part, struct text *body) {
  put_byte(out, (uint8_t)part);
  put_sized(out, body);
}

static void put_sort(struct text *out, enum ast_sort sort) {
  if (sort & AST_SORT_CORE)
    put_byte(out, 0);
  put_byte(out, (uint8_t)sort);
}

static void put_plain_name(struct text *out, struct str name) {
  put_byte(out, PLAIN_NAME);
  put_name(out, name);
}

/* $like: its only type is an alias of the import's type. */
static void put_like(struct question *q, struct text *body) {
  static const struct str preamble = {"\0asm\x0d\0\1\0", PREAMBLE};
  const struct ast_import *import = q->import->of.import;
  struct text inner = {0}, part = {0};
  text_add(&inner, preamble);
  put_u32(&part, 1);
  put_sort(&part, q->levels ? AST_SORT_TYPE : AST_SORT_CORE_TYPE);
  put_byte(&part, ALIAS_OUTER);
  put_u32(&part, 1);
  put_u32(&part, import->type.index);
  put_part(&inner, PART_ALIAS, &part);
  put_u32(&part, 1);
  put_plain_name(&part, import->name.name);
  put_sort(&part, import->type.sort);
  put_u32(&part, 0);
  put_part(&inner, PART_IMPORT, &part);
  text_add(body, (struct str){inner.data, inner.size});
  body->failed |= inner.failed;
  text_done(&part);
  text_done(&inner);
}

static enum ast_sort sort_of_extern(const struct weir_extern *item) {
  switch (item->kind) {
    case WEIR_EXTERN_FUNC:
      return AST_SORT_FUNC;
    case WEIR_EXTERN_INSTANCE:
      return AST_SORT_INSTANCE;
    case WEIR_EXTERN_COMPONENT:
      return AST_SORT_COMPONENT;
    case WEIR_EXTERN_MODULE:
      return AST_SORT_CORE_MODULE;
    default:
      return AST_SORT_TYPE;
  }
}

/* Whether an item of a level is the module, or leads to it. */
static bool is_on_path(const struct question *q, uint32_t level, const struct weir_extern *item) {
  if (level + 1 < q->levels)
    return item == q->outer[level + 1];
  return item->kind == WEIR_EXTERN_MODULE && str_eq(item->name.name, q->module->import_name);
}

/* Aliases of all exports of an instance but the module. Returns the index of the next level's instance. */
static uint32_t put_aliases(struct question *q, uint32_t level, uint32_t instance) {
  const struct weir_extern *outer = q->outer[level];
  struct text list = {0}, part = {0};
  uint32_t aliases = 0, next = 0;
  memcpy(q->first[level], q->next, sizeof(q->next));
  for (uint32_t i = 0; i < outer->item_count; i++) {
    const struct weir_extern *item = &outer->items[i];
    enum ast_sort sort = sort_of_extern(item);
    if (is_on_path(q, level, item)) {
      if (level + 1 == q->levels)
        continue;
      next = q->next[sort];
    }
    q->next[sort]++;
    put_sort(&list, sort);
    put_byte(&list, ALIAS_EXPORT);
    put_u32(&list, instance);
    put_name(&list, item->name.name);
    aliases++;
  }
  put_u32(&part, aliases);
  text_add(&part, (struct str){list.data, list.size});
  part.failed |= list.failed;
  put_part(&q->out, PART_ALIAS, &part);
  text_done(&list);
  text_done(&part);
  return next;
}

/* The bag of the aliases, with `given` in the place of the path to the module. Returns its index. */
static uint32_t put_bag(struct question *q, uint32_t level, uint32_t given) {
  const struct weir_extern *outer = q->outer[level];
  uint32_t *index = q->first[level];
  struct text part = {0};
  put_u32(&part, 1);
  put_byte(&part, INLINE_EXPORTS);
  put_u32(&part, outer->item_count);
  for (uint32_t i = 0; i < outer->item_count; i++) {
    const struct weir_extern *item = &outer->items[i];
    enum ast_sort sort = sort_of_extern(item);
    bool on_path = is_on_path(q, level, item), aliased = !on_path || level + 1 < q->levels;
    uint32_t own = aliased ? index[sort]++ : 0;
    put_plain_name(&part, item->name.name);
    put_sort(&part, sort);
    put_u32(&part, on_path ? given : own);
  }
  put_part(&q->out, PART_INSTANCE, &part);
  text_done(&part);
  return q->next[AST_SORT_INSTANCE]++;
}

/* The instances: the bags, where there are some, from the inside out, and that of $like. */
static void put_instances(struct question *q, uint32_t module, uint32_t like) {
  struct text part = {0};
  uint32_t given = module, instance = q->instance;
  for (uint32_t level = 0; level < q->levels; level++)
    instance = put_aliases(q, level, instance);
  for (uint32_t level = q->levels; level > 0; level--)
    given = put_bag(q, level - 1, given);
  put_u32(&part, 1);
  put_byte(&part, INSTANTIATE);
  put_u32(&part, like);
  put_u32(&part, 1);
  put_name(&part, q->import->of.import->name.name);
  put_sort(&part, q->levels ? AST_SORT_INSTANCE : AST_SORT_CORE_MODULE);
  put_u32(&part, given);
  put_part(&q->out, PART_INSTANCE, &part);
  text_done(&part);
}

static void put_all(struct question *q, struct str skeleton) {
  struct text part = {0};
  uint32_t module = q->next[AST_SORT_CORE_MODULE]++, like = q->next[AST_SORT_COMPONENT]++;
  text_add(&q->out, (struct str){(const char *)q->code->bytes, q->end});
  text_add(&part, skeleton);
  put_part(&q->out, PART_CORE_MODULE, &part);
  put_like(q, &part);
  put_part(&q->out, PART_COMPONENT, &part);
  put_instances(q, module, like);
  text_done(&part);
}

/* ---- the answer -------------------------------------------------------------------------------------------------- */

static weir_status ask(struct question *q, struct str skeleton, struct diag *d) {
  uint32_t before[SORTS];
  struct diag words;
  WEIR_TRY(find_end(q, d));
  count_before(q, q->import->offset, before);
  q->instance = before[AST_SORT_INSTANCE];
  count_before(q, q->end, q->next);
  put_all(q, skeleton);
  if (q->out.failed)
    return diag_nomem(d);
  diag_init(&words);
  weir_status status = eng_validate((const uint8_t *)q->out.data, q->out.size, q->code->engine->features, &words);
  if (status == WEIR_ERR_NOMEM)
    diag_nomem(d);
  else if (status != WEIR_OK)
    status = diag_set(d, WEIR_ERR_LINK, "%s", diag_message(&words));
  diag_done(&words);
  return status;
}

/* The way to the instance that has the name which its items go by. */
static bool find_path(struct question *q, const struct weir_extern *items, uint32_t count) {
  if (q->levels == LEVELS)
    return false;
  for (uint32_t i = 0; i < count; i++) {
    if (items[i].kind != WEIR_EXTERN_INSTANCE || items[i].item_count == 0)
      continue;
    q->outer[q->levels++] = &items[i];
    if (str_eq(items[i].items[0].interface_name, q->module->interface_name) ||
        find_path(q, items[i].items, items[i].item_count))
      return true;
    q->levels--;
  }
  return false;
}

weir_status code_check_module(const weir_code *code, uint32_t index, struct str skeleton, struct diag *d) {
  struct question q = {.code = code, .module = &code->graph->modules[index]};
  bool inside = q.module->interface_name.size > 0;
  if (inside && !find_path(&q, code->graph->imports, code->graph->import_count))
    return diag_set(d, WEIR_ERR_UNSUPPORTED, "core modules deeper than %d instances are not supported", LEVELS);
  q.import = find_import(code, inside ? q.outer[0]->name.name : q.module->import_name);
  if (!q.import)
    return diag_set(d, WEIR_ERR_INVALID, "unknown import");
  weir_status status = ask(&q, skeleton, d);
  text_done(&q.out);
  return status;
}
