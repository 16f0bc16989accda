/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Core modules out of the input of a fuzzer, as text, for tests/support/merge_run.h. All modules export the same
 * things, of types that fit every import of them, so that any instance can be wired to any earlier one: `f` a function,
 * `m` a memory, `t` a table of functions, `g` a mutable global, `k` a constant, `r` a reference to a function, `b` a
 * box, `e` a tag. What a module exports is its own, or what it imports from `a`, `b` or the host. Every function logs
 * first, which bounds how much is called.
 */
#ifndef FUZZ_MERGE_MAKER_H
#define FUZZ_MERGE_MAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct input {
  const uint8_t *data;
  size_t size;
};

static uint8_t take(struct input *in) {
  if (in->size == 0)
    return 0;
  in->size--;
  return *in->data++;
}

static uint32_t below(struct input *in, uint32_t n) {
  return take(in) % n;
}

enum thing { FUNC, MEMORY, TABLE, VARIABLE, CONSTANT, REFERENCE, BOX, TAG, THINGS };
static const char thing_letter[] = "fmtgkrbe";

static const char *const thing_type[THINGS] = {"(func $%s (type $ci))",
                                               "(memory $%s 1)",
                                               "(table $%s 4 funcref)",
                                               "(global $%s (mut i32))",
                                               "(global $%s i32)",
                                               "(global $%s funcref)",
                                               "(global $%s (mut (ref null $box)))",
                                               "(tag $%s (param i32))"};

enum { NAMES = 8, SEGMENTS = 6 };

/* What a module has, by the names of its items. */
struct module_maker {
  struct input *in;
  struct text *out;
  char names[THINGS][NAMES][4];
  uint32_t count[THINGS];
  uint32_t datas, elems;
  uint32_t number;
};

static const char *pick(struct module_maker *m, enum thing thing) {
  return m->names[thing][below(m->in, m->count[thing])];
}

static const char *add_name(struct module_maker *m, enum thing thing, char from) {
  char *name = m->names[thing][m->count[thing]++];
  name[0] = thing_letter[thing];
  name[1] = from;
  name[2] = '\0';
  return name;
}

static void print_format(struct text *out, const char *format, const char *name) {
  const char *at = strstr(format, "%s");
  text_add(out, (struct str){format, (size_t)(at - format)});
  text_add(out, str_from(name));
  text_add(out, str_from(at + 2));
}

/* ---- imports and definitions ----------------------------------------------------------------------------------- */

static void make_import(struct module_maker *m, const char *module, char from, enum thing thing) {
  static const char *const host_names[THINGS] = {NULL, "m", "t", "var", "base", NULL, NULL, "e"};
  char letter[2] = {thing_letter[thing], '\0'};
  const char *name = from == 'h' ? host_names[thing] : letter;
  if (!name)
    return;
  text_printf(m->out, " (import \"%s\" \"%s\" ", module, name);
  print_format(m->out, thing_type[thing], add_name(m, thing, from));
  text_add(m->out, STR(")\n"));
}

static void make_imports(struct module_maker *m, const char *module, char from) {
  uint8_t wanted = take(m->in);
  for (uint32_t i = 0; i < THINGS; i++)
    if ((wanted >> i & 1) != 0)
      make_import(m, module, from, (enum thing)i);
}

static void print_const(struct module_maker *m) {
  uint32_t n = m->count[CONSTANT];
  uint8_t choice = take(m->in);
  if (n != 0 && choice % 3 == 0)
    text_printf(m->out, "(global.get $%s)", pick(m, CONSTANT));
  else if (n != 0 && choice % 3 == 1)
    text_printf(m->out, "(i32.add (i32.const %u) (global.get $%s))", below(m->in, 2), pick(m, CONSTANT));
  else
    text_printf(m->out, "(i32.const %u)", below(m->in, 3));
}

static void make_memory(struct module_maker *m) {
  uint32_t least = 1 + below(m->in, 2);
  text_printf(m->out, " (memory $%s %u %u)\n", add_name(m, MEMORY, (char)('0' + m->count[MEMORY])), (unsigned)least,
              (unsigned)(least + below(m->in, 3)));
}

static void make_table(struct module_maker *m) {
  const char *name = add_name(m, TABLE, (char)('0' + m->count[TABLE]));
  text_printf(m->out, " (table $%s %u funcref", name, 4 + below(m->in, 4));
  uint8_t init = take(m->in);
  if (init % 4 == 1)
    text_add(m->out, STR(" (ref.func $f0)"));
  else if (init % 4 == 2 && m->count[REFERENCE] != 0) /* the module's own come later */
    text_printf(m->out, " (global.get $%s)", pick(m, REFERENCE));
  text_add(m->out, STR(")\n"));
}

static void make_constant(struct module_maker *m) {
  char name[4];
  text_printf(m->out, " (global $k%u i32 ", (unsigned)m->count[CONSTANT]);
  print_const(m);
  text_add(m->out, STR(")\n"));
  name[0] = (char)('0' + m->count[CONSTANT]);
  add_name(m, CONSTANT, name[0]);
}

static void make_others(struct module_maker *m) {
  make_constant(m);
  text_printf(m->out, " (global $r0 funcref (ref.func $f0)) (global $g0 (mut i32) ");
  print_const(m);
  text_printf(m->out, ")\n (global $b0 (mut (ref null $box)) (%s)) (tag $e0 (param i32)) (memory $wide i64 1)\n",
              take(m->in) % 2 ? "struct.new_default $box" : "ref.null $box");
  add_name(m, REFERENCE, '0');
  add_name(m, VARIABLE, '0');
  add_name(m, BOX, '0');
  add_name(m, TAG, '0');
}

static void make_data(struct module_maker *m, uint32_t i) {
  text_printf(m->out, " (data $d%u ", (unsigned)i);
  uint8_t kind = take(m->in);
  if (kind % 4 != 0) {
    text_printf(m->out, "(memory $%s) (offset ", pick(m, MEMORY));
    if (kind % 16 == 1)
      text_printf(m->out, "(i32.const %u)", 65536 * below(m->in, 3) + 65530);
    else
      print_const(m);
    text_add(m->out, STR(") "));
  }
  text_printf(m->out, "\"%.*s\")\n", (int)below(m->in, 9), "abcdefghi");
}

static void make_elem(struct module_maker *m, uint32_t i) {
  text_printf(m->out, " (elem $l%u ", (unsigned)i);
  uint8_t kind = take(m->in);
  if (kind % 4 != 0) {
    text_printf(m->out, "(table $%s) (offset ", pick(m, TABLE));
    if (kind % 16 == 1)
      text_printf(m->out, "(i32.const %u)", 2 + below(m->in, 8));
    else if (kind % 16 == 2)
      print_const(m);
    else
      text_printf(m->out, "(i32.const %u)", below(m->in, 2));
    text_add(m->out, STR(") "));
  }
  if (kind & 0x40) {
    text_add(m->out, STR("funcref"));
    for (uint32_t n = below(m->in, 4); n != 0; n--)
      text_printf(m->out, " (global.get $%s)", pick(m, REFERENCE));
  } else {
    text_add(m->out, STR("func"));
    for (uint32_t n = below(m->in, 4); n != 0; n--)
      text_printf(m->out, " $%s", pick(m, FUNC));
  }
  text_add(m->out, STR(")\n"));
}

/* ---- code ------------------------------------------------------------------------------------------------------ */

static void print_value(struct module_maker *m, int depth);

/* Often the index of an element that is there. */
static void print_small(struct module_maker *m) {
  uint8_t kind = take(m->in);
  if (kind % 4 != 0) {
    text_printf(m->out, "(i32.const %u)", (unsigned)(kind / 4 % 3));
    return;
  }
  text_add(m->out, STR("(i32.and (i32.const 3) "));
  print_value(m, 1);
  text_char(m->out, ')');
}

static void print_value(struct module_maker *m, int depth) {
  struct text *t = m->out;
  uint8_t kind = depth == 0 ? take(m->in) % 3 : take(m->in) % 11;
  switch (kind) {
    case 0:
      text_add(t, STR("(local.get 0)"));
      return;
    case 1:
      text_printf(t, "(i32.const %u)", take(m->in));
      return;
    case 2:
      text_printf(t, "(global.get $%s)", pick(m, take(m->in) % 2 ? VARIABLE : CONSTANT));
      return;
    case 3:
      text_printf(t, "(memory.size $%s)", pick(m, MEMORY));
      return;
    case 4:
      text_printf(t, "(table.size $%s)", pick(m, TABLE));
      return;
    case 5:
      text_printf(t, "(struct.get $box 0 (global.get $%s))", pick(m, BOX));
      return;
    case 6:
      text_printf(t, "(i32.load8_u $%s offset=%u ", pick(m, MEMORY), take(m->in));
      break;
    case 7:
      text_printf(t, "(call $%s ", pick(m, FUNC));
      break;
    case 8:
      text_printf(t, "(call_indirect $%s (type $ci) (local.get 0) ", pick(m, TABLE));
      print_small(m);
      text_char(t, ')');
      return;
    case 9:
      text_add(t, STR("(i32.wrap_i64 (i64.load32_u $wide (i64.const 4)))"));
      return;
    default:
      text_add(t, STR("(i32.add (local.get 0) "));
  }
  print_value(m, depth - 1);
  text_char(t, ')');
}

static void print_catch(struct module_maker *m) {
  text_printf(
      m->out,
      "(block $done (block $caught (result i32) (try_table (catch $%s $caught) (call $log (call $%s (local.get 0)))"
      " (br $done)) (i32.const 3)) (call $log))",
      pick(m, TAG), pick(m, FUNC));
}

static void print_segment_use(struct module_maker *m, uint8_t kind) {
  struct text *t = m->out;
  if (kind % 2 == 0 && m->datas != 0) {
    uint32_t i = below(m->in, m->datas);
    text_printf(t, "(memory.init $%s $d%u (i32.const %u) (i32.const 0) (i32.const %u))", pick(m, MEMORY), (unsigned)i,
                take(m->in), below(m->in, 4));
    if (kind & 4)
      text_printf(t, "(data.drop $d%u)", (unsigned)i);
  } else if (m->elems != 0) {
    uint32_t i = below(m->in, m->elems);
    text_printf(t, "(table.init $%s $l%u (i32.const %u) (i32.const 0) (i32.const %u))", pick(m, TABLE), (unsigned)i,
                below(m->in, 4), below(m->in, 3));
    if (kind & 4)
      text_printf(t, "(elem.drop $l%u)", (unsigned)i);
  }
}

static void print_copy(struct module_maker *m) {
  const char *to = pick(m, MEMORY), *from = pick(m, MEMORY);
  if (take(m->in) % 2)
    text_printf(m->out, "(memory.copy $%s $%s (i32.const %u) (i32.const %u) (i32.const %u))", to, from, take(m->in),
                take(m->in), take(m->in));
  else
    text_printf(m->out, "(table.copy $%s $%s (i32.const %u) (i32.const %u) (i32.const %u))", pick(m, TABLE),
                pick(m, TABLE), below(m->in, 4), below(m->in, 4), below(m->in, 4));
}

static void print_statement(struct module_maker *m) {
  struct text *t = m->out;
  uint8_t kind = take(m->in);
  switch (kind % 13) {
    case 0:
      text_add(t, STR("(call $log "));
      break;
    case 1:
      text_printf(t, "(global.set $%s ", pick(m, VARIABLE));
      break;
    case 2:
      text_printf(t, "(i32.store8 $%s offset=%u (local.get 0) ", pick(m, MEMORY), take(m->in));
      break;
    case 3:
      text_printf(t, "(i64.store $wide offset=%u (i64.const 1) (i64.extend_i32_u ", below(m->in, 8));
      print_value(m, 2);
      text_add(t, STR("))"));
      return;
    case 4:
      text_printf(t, "(drop (memory.grow $%s (i32.const 1)))", pick(m, MEMORY));
      return;
    case 5:
      text_printf(t, "(table.set $%s ", pick(m, TABLE));
      print_small(m);
      text_printf(t, "(ref.func $%s))", pick(m, FUNC));
      return;
    case 6:
      print_segment_use(m, kind >> 4);
      return;
    case 7:
      print_copy(m);
      return;
    case 8:
      print_catch(m);
      return;
    case 9:
      text_printf(t, "(global.set $%s (struct.new $box ", pick(m, BOX));
      print_value(m, 1);
      text_add(t, STR("))"));
      return;
    case 10:
      text_add(t, STR("(if (i32.eq (local.get 0) "));
      print_small(m);
      text_printf(t, ") (then (throw $%s (local.get 0))))", pick(m, TAG));
      return;
    case 11:
      text_add(t, STR("(if (i32.eq (local.get 0) "));
      print_small(m);
      text_add(t, STR(") (then unreachable))"));
      return;
    default:
      text_printf(t, "(struct.set $box 0 (global.get $%s) ", pick(m, BOX));
  }
  print_value(m, 2);
  text_char(t, ')');
}

static void make_func(struct module_maker *m, const char *name, const char *export) {
  text_printf(m->out, " (func $%s %s (param i32) (result i32) (call $log (i32.const %u))\n", name, export,
              1000 + 10 * m->number + take(m->in) % 4);
  for (uint32_t i = below(m->in, 5); i != 0; i--) {
    print_statement(m);
    text_char(m->out, '\n');
  }
  print_value(m, 2);
  text_add(m->out, STR(")\n"));
}

/* ---- whole ----------------------------------------------------------------------------------------------------- */

static void make_types(struct module_maker *m) {
  static const char *const extra[] = {"", "(type (func (param f64)))", "(type (func)) (type (struct (field i64)))",
                                      "(rec (type (func)) (type (array i8)))"};
  text_printf(m->out, " %s (type $ci (func (param i32) (result i32))) %s", extra[below(m->in, 4)],
              extra[below(m->in, 4)]);
  text_add(m->out,
           STR(" (rec (type $box (struct (field (mut i32)))) (type $pair (struct (field (ref null $box)))))\n"));
}

/* Imports from "a" and "b" only with `deps`. */
static void make_module(struct input *in, uint32_t number, bool deps, struct text *out) {
  struct module_maker m = {.in = in, .out = out, .number = number};
  text_add(out, STR("(module\n"));
  make_types(&m);
  text_add(out, STR(" (import \"host\" \"log\" (func $log (param i32)))\n"));
  if (deps) {
    make_imports(&m, "a", 'a');
    make_imports(&m, "b", 'b');
  }
  make_imports(&m, "host", 'h');
  for (uint32_t i = 1 + below(in, 2); i != 0; i--)
    make_table(&m);
  for (uint32_t i = 1 + below(in, 2); i != 0; i--)
    make_memory(&m);
  add_name(&m, FUNC, '0');
  make_others(&m);
  for (uint32_t i = 0; i < THINGS; i++)
    text_printf(out, " (export \"%c\" (%s $%s))", thing_letter[i],
                i == FUNC     ? "func"
                : i == MEMORY ? "memory"
                : i == TABLE  ? "table"
                : i == TAG    ? "tag"
                              : "global",
                pick(&m, (enum thing)i));
  text_char(out, '\n');
  m.datas = below(in, SEGMENTS);
  for (uint32_t i = 0; i < m.datas; i++)
    make_data(&m, i);
  m.elems = below(in, SEGMENTS);
  for (uint32_t i = 0; i < m.elems; i++)
    make_elem(&m, i);
  text_add(out, STR(" (elem declare func"));
  for (uint32_t i = 0; i < m.count[FUNC]; i++)
    text_printf(out, " $%s", m.names[FUNC][i]);
  text_add(out, STR(")\n"));
  make_func(&m, "f0", "");
  make_func(&m, "c0", "(export \"c\")");
  make_func(&m, "c1", "(export \"c1\")");
  if (take(in) % 2)
    text_add(out, STR(" (func $start (drop (call $c0 (i32.const 2)))) (start $start)\n"));
  text_add(out, STR(")\n"));
}

#endif
