/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * How long types live (weir/type.h): those of a component as long as the component, its code or an instance, all others
 * as long as the engine. A stream that a host makes has a type of one of the two, and no third one's.
 */
#include "behaviour/streams.h"

static const char guest[] =
    "(component (type $s (stream string)) (core module $m (func (export \"f\") (result i32) (unreachable)))"
    " (core instance $i (instantiate $m)) (func (export \"words\") (result $s) (canon lift (core func $i \"f\"))))";

static struct world *open_words(void) {
  struct world *w = world_open("scalars");
  weir_component_free(w->component);
  w->component = component_from(w->engine, guest, strlen(guest));
  return w;
}

static weir_stream *stream_of(weir_store *store, const weir_type *type) {
  weir_value readable;
  weir_stream *writable = NULL;
  weir_error *error = NULL;
  must(weir_stream_new_typed(store, type, &readable, &writable, &error), &error);
  weir_value_clear(&readable);
  return writable;
}

static const weir_type *parsed(struct world *w, const char *text) {
  const weir_type *type = NULL;
  weir_error *error = NULL;
  must(weir_type_parse(w->engine, text, strlen(text), &type, &error), &error);
  return type;
}

static const weir_type *element_for(weir_store *store, const weir_type *type) {
  weir_stream *stream = stream_of(store, type);
  const weir_type *element = weir_stream_element(stream);
  weir_stream_drop(stream);
  return element;
}

static void expect_text(const weir_type *type, const char *want) {
  char *text;
  must(weir_type_print(type, &text, NULL), NULL);
  assert_string_equal(text, want);
  weir_text_free(text);
}

static void the_element_of_a_stream_is_the_one_that_it_was_made_of(void **state) {
  (void)state;
  struct world *w = open_words();
  const weir_type *here, *text = parsed(w, "stream<list<string>>");
  world_start(w);
  here = weir_func_result_type(world_export(w, "words"));
  assert_ptr_equal(element_for(w->store, text), weir_type_element(text));
  assert_ptr_equal(element_for(w->store, here), weir_type_element(here));
  world_close(w);
}

/* Of a component that is nowhere in the store: the engine has a type like that, and not more than one. */
static void the_type_of_a_stream_outlives_component_and_store(void **state) {
  (void)state;
  struct world *w = open_words();
  const weir_type *foreign = weir_func_result_type(weir_component_find_func(w->component, NULL, "words"));
  const weir_type *element = element_for(w->store, foreign);
  assert_ptr_equal(element, element_for(w->store, foreign));
  assert_ptr_equal(element, weir_type_element(parsed(w, "stream<string>")));
  weir_component_free(w->component);
  w->component = NULL;
  world_end_store(w);
  expect_text(element, "string");
  world_close(w);
}

static void an_instance_keeps_the_types_of_its_component(void **state) {
  (void)state;
  struct world *w = open_words();
  world_start(w);
  const weir_type *type = weir_func_result_type(world_export(w, "words"));
  weir_component_free(w->component);
  w->component = NULL;
  weir_stream *stream = stream_of(w->store, type);
  expect_text(weir_stream_element(stream), "string");
  weir_stream_drop(stream);
  world_close(w);
}

enum { DEPTH = 15, TEXT = 8192 };

/* A type that two fields have, of a type that two fields have, and so on. */
static void a_type_that_is_a_graph_stays_one(void **state) {
  (void)state;
  struct world *w = open_words();
  char text[TEXT];
  int at = snprintf(text, TEXT, "(component (type $t0 string)");
  for (int i = 1; i <= DEPTH; i++)
    at +=
        snprintf(text + at, TEXT - at, "(type $u%d (tuple $t%d $t%d)) (type $t%d (list $u%d))", i, i - 1, i - 1, i, i);
  snprintf(text + at, TEXT - at, "(type $s (stream $t%d)) (import \"f\" (func (result $s))))", DEPTH);
  weir_component *wide = component_from(w->engine, text, strlen(text));
  const weir_func *f = weir_extern_func(weir_component_import(wide, 0));
  const weir_type *element = element_for(w->store, weir_func_result_type(f));
  weir_component_free(wide);
  for (int i = 0; i < DEPTH; i++) {
    const weir_type *pair = weir_type_element(element);
    assert_ptr_equal(weir_type_part_type(pair, 0), weir_type_part_type(pair, 1));
    element = weir_type_part_type(pair, 1);
  }
  expect_text(element, "string");
  world_close(w);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_element_of_a_stream_is_the_one_that_it_was_made_of),
    cmocka_unit_test(the_type_of_a_stream_outlives_component_and_store),
    cmocka_unit_test(an_instance_keeps_the_types_of_its_component),
    cmocka_unit_test(a_type_that_is_a_graph_stays_one),
};

BEHAVIOUR_MAIN(tests)
