/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Whole texts of WAVE: the arguments of a call, and one value. See wave.h, weir/func.h and weir/value.h. */
#include "component/graph.h"
#include "wit/wave.h"

/* The value of a missing argument. */
static weir_status default_argument(struct wave_scan *s, const struct weir_type *params, uint32_t i, weir_value *ret) {
  if (params->fields[i].type->kind != TYPE_OPTION)
    return diag_at(s->diag, WEIR_ERR_PARSE, s->pos - 1, "argument %u is missing; the function takes %u", i + 1,
                   params->field_count);
  *ret = (weir_value){.kind = WEIR_VALUE_VARIANT};
  return WEIR_OK;
}

static weir_status read_arguments(struct wave_scan *s, const struct weir_type *params, weir_value *values) {
  uint32_t given = 0;
  WEIR_TRY(wave_expect(s, '(', "`(` and the arguments"));
  while (!wave_accept(s, ')')) {
    if (given == params->field_count)
      return diag_at(s->diag, WEIR_ERR_PARSE, s->pos, "there are too many arguments; the function takes %u", given);
    WEIR_TRY(wave_value(s, params->fields[given].type, &values[given]));
    given++;
    if (wave_accept(s, ','))
      continue;
    WEIR_TRY(wave_expect(s, ')', "`,` or `)` in the arguments"));
    break;
  }
  for (uint32_t i = given; i < params->field_count; i++)
    WEIR_TRY(default_argument(s, params, i, &values[i]));
  return WEIR_OK;
}

/* Nothing but white space may be left. */
static weir_status expect_end(struct wave_scan *s) {
  wave_space(s);
  return s->pos == s->text.size ? WEIR_OK : wave_expected(s, "the end of the text");
}

weir_status wave_arguments(struct wave_scan *s, const struct weir_type *params, weir_value *values) {
  for (uint32_t i = 0; i < params->field_count; i++)
    values[i] = (weir_value){0};
  weir_status status = read_arguments(s, params, values);
  if (status == WEIR_OK)
    status = expect_end(s);
  for (uint32_t i = 0; i < params->field_count && status != WEIR_OK; i++)
    weir_value_clear(&values[i]);
  return status;
}

weir_status weir_func_parse_args(const weir_func *func, const char *text, size_t size, weir_value *ret_args,
                                 weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  struct wave_scan s = {{text, size}, 0, &d};
  weir_status status = wave_arguments(&s, func->type->params, ret_args);
  return status == WEIR_OK ? status : diag_raise(&d, ret_error);
}

weir_status weir_value_parse(const weir_type *type, const char *text, size_t size, weir_value *ret,
                             weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  struct wave_scan s = {{text, size}, 0, &d};
  weir_status status = wave_value(&s, type, ret);
  if (status == WEIR_OK)
    status = expect_end(&s);
  if (status == WEIR_OK)
    return WEIR_OK;
  weir_value_clear(ret);
  return diag_raise(&d, ret_error);
}
