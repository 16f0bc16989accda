/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What weir's Python package has in C: values are written in one crossing each, where cffi would need one for every
 * member. Whatever is given here is lent (WEIR_VALUE_LENT): the memory is Python's, and weir copies it.
 *
 * native/build.py declares the functions that begin with PY_API to cffi; it reads them here.
 */
#include <string.h>

#include <weir/unstable.h>
#include <weir/weir.h>

#define PY_API static

PY_API void py_set_bool(weir_value *v, bool x) {
  *v = (weir_value){.kind = WEIR_VALUE_BOOL, .of.boolean = x};
}

/* An integer of any kind: the caller has checked that the kind holds it. */
PY_API void py_set_int(weir_value *v, uint32_t kind, int64_t x) {
  *v = (weir_value){.kind = kind, .of.s64 = x};
}

PY_API void py_set_u64(weir_value *v, uint64_t x) {
  *v = (weir_value){.kind = WEIR_VALUE_U64, .of.u64 = x};
}

PY_API void py_set_f32(weir_value *v, float x) {
  *v = (weir_value){.kind = WEIR_VALUE_F32, .of.f32 = x};
}

PY_API void py_set_f64(weir_value *v, double x) {
  *v = (weir_value){.kind = WEIR_VALUE_F64, .of.f64 = x};
}

/* Text or bytes: `kind` says which. */
PY_API void py_set_text(weir_value *v, uint32_t kind, const char *data, size_t size) {
  *v = (weir_value){.kind = kind, .tag = WEIR_VALUE_LENT, .of.string = {(char *)data, size}};
}

PY_API void py_set_packed(weir_value *v, uint32_t element, const char *data, size_t count) {
  *v = (weir_value){.kind = WEIR_VALUE_PACKED, .tag = element | WEIR_VALUE_LENT, .of.packed = {(void *)data, count}};
}

/* A list or a record, as `kind` says. */
PY_API void py_set_items(weir_value *v, uint32_t kind, weir_value *items, size_t count) {
  *v = (weir_value){.kind = kind, .tag = WEIR_VALUE_LENT, .of.list = {items, count}};
}

PY_API void py_set_variant(weir_value *v, uint32_t tag, weir_value *payload) {
  *v = (weir_value){.kind = WEIR_VALUE_VARIANT, .tag = payload ? tag | WEIR_VALUE_LENT : tag, .of.payload = payload};
}

PY_API void py_set_flags(weir_value *v, uint32_t bits) {
  *v = (weir_value){.kind = WEIR_VALUE_FLAGS, .of.flags = bits};
}

/* Moves a value, and leaves nothing behind: for handles, which Python keeps in a value of their own. */
PY_API void py_move(weir_value *to, weir_value *from) {
  *to = *from;
  memset(from, 0, sizeof(*from));
}

/* A handle that is lent on: the value is copied, and stays valid. */
PY_API void py_copy_handle(weir_value *to, const weir_value *from) {
  *to = *from;
}

/* The integer in a value of an integer kind up to 32 bits, or s64. */
PY_API int64_t py_get_int(const weir_value *v) {
  switch (v->kind) {
    case WEIR_VALUE_S8:
      return v->of.s8;
    case WEIR_VALUE_U8:
      return v->of.u8;
    case WEIR_VALUE_S16:
      return v->of.s16;
    case WEIR_VALUE_U16:
      return v->of.u16;
    case WEIR_VALUE_S32:
      return v->of.s32;
    case WEIR_VALUE_U32:
      return v->of.u32;
    default:
      return v->of.s64;
  }
}
