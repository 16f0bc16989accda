/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Properties of records. First byte even: the rest is a file, which is read without harm, and never further than to a
 * good beginning that reads the same when it stands alone. Odd: the rest is a value of an event; one that reads is
 * written as the same bytes again, and printing and taking apart an event do no harm.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record/log_reader.h"
#include "record/log_value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition) {
  if (!condition)
    abort();
}

static weir_log_report read_file(const uint8_t *data, size_t size) {
  struct log_reader r;
  struct log_event e;
  struct text t;
  const uint8_t *bytes;
  size_t event_size;
  must(log_reader_memory(&r, data, size) == WEIR_OK);
  while (log_reader_next(&r, &e, &bytes, &event_size)) {
    text_init(&t);
    log_event_print(&e, &t);
    log_event_print_json(&e, r.hash.count, &t);
    text_done(&t);
  }
  weir_log_report report = r.report;
  log_reader_close(&r);
  return report;
}

static void check_file(const uint8_t *data, size_t size) {
  weir_log_report whole = read_file(data, size);
  must(whole.bytes <= size);
  must((whole.state == WEIR_LOG_WHOLE) == (whole.message[0] == '\0'));
  weir_log_report beginning = read_file(data, (size_t)whole.bytes);
  must(beginning.events == whole.events);
  must(memcmp(beginning.head, whole.head, sizeof(whole.head)) == 0);
}

static void check_value(const uint8_t *data, size_t size) {
  struct log_view v = log_view(data, size), again = v;
  struct text b = {0};
  struct log_event e;
  struct text t;
  weir_value value;
  if (log_value_get(&v, NULL, &value) == WEIR_OK) {
    must(log_value_put(&b, &value));
    must(b.size == (size_t)(v.at - data) && memcmp(b.data, data, b.size) == 0);
    weir_value_clear(&value);
  }
  text_done(&b);
  text_init(&t);
  log_value_print(&again, &t);
  if (log_event_read(data, size, &e)) {
    log_event_print(&e, &t);
    log_event_print_json(&e, 1, &t);
  }
  text_done(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  if (data[0] % 2 == 0)
    check_file(data + 1, size - 1);
  else
    check_value(data + 1, size - 1);
  return 0;
}
