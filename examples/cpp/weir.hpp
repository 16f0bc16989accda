// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A small binding of weir for C++17. What C owns is freed by destructors, a failure is an exception, an export is
// awaited, and a host function is any callable. One thread drives a store; completions and cancellations come from any.
#pragma once

#include <poll.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weir/weir.h"

namespace weir {

struct failure : std::runtime_error {
  weir_status status;
  failure(weir_status s, const std::string &words) : std::runtime_error(words), status(s) {}
};

inline void must(weir_status status, weir_error *error = nullptr) {
  std::unique_ptr<weir_error, decltype(&weir_error_free)> owned(error, weir_error_free);
  if (status != WEIR_OK)
    throw failure(status, error ? weir_error_message(error) : weir_status_name(status));
}

template <class T, void (*Free)(T *)>
struct freed {
  void operator()(T *p) const noexcept { Free(p); }
};
using engine = std::unique_ptr<weir_engine, freed<weir_engine, weir_engine_free>>;
using component = std::unique_ptr<weir_component, freed<weir_component, weir_component_free>>;
using linker = std::unique_ptr<weir_linker, freed<weir_linker, weir_linker_free>>;
using store = std::unique_ptr<weir_store, freed<weir_store, weir_store_free>>;
using completion = std::unique_ptr<weir_completion, freed<weir_completion, weir_completion_free>>;
using stream = std::unique_ptr<weir_stream, freed<weir_stream, weir_stream_drop>>;

// make<engine>(weir_engine_new, nullptr): every function of weir that makes something ends with `ret, ret_error`.
template <class Owner, class Function, class... Args>
Owner make(Function function, Args... args) {
  typename Owner::pointer made = nullptr;
  weir_error *error = nullptr;
  weir_status status = function(args..., &made, &error);
  must(status, error);
  return Owner(made);
}

// ---- values -----------------------------------------------------------------------------------------------------------

class value {
 public:
  weir_value raw{};
  value() = default;
  explicit value(uint32_t number) { raw.kind = WEIR_VALUE_U32, raw.of.u32 = number; }
  explicit value(const weir_value &taken) : raw(taken) {}
  value(value &&other) noexcept : raw(std::exchange(other.raw, weir_value{})) {}
  value &operator=(value &&other) noexcept {
    std::swap(raw, other.raw);
    return *this;
  }
  ~value() { weir_value_clear(&raw); }
  uint32_t u32() const { return raw.kind == WEIR_VALUE_U32 ? raw.of.u32 : throw failure(WEIR_ERR_TYPE, "no u32"); }
};

// ---- host functions ---------------------------------------------------------------------------------------------------

using host_function = std::function<void(weir_host_call *call, weir_value *args)>;

// No exception may pass through weir: the words of one become the failure of the call.
inline void call_host(void *data, weir_host_call *call, weir_value *args, size_t) noexcept {
  try {
    (*static_cast<host_function *>(data))(call, args);
  } catch (const std::exception &e) {
    weir_host_call_fail(call, e.what());
  }
}

inline void define(const linker &l, const char *name, const char *signature, host_function function) {
  auto own = std::make_unique<host_function>(std::move(function));
  weir_error *error = nullptr;
  weir_status status = weir_linker_define_func(l.get(), nullptr, name, signature, call_host, own.get(),
                                               [](void *data) { delete static_cast<host_function *>(data); }, &error);
  must(status, error);
  (void)own.release(); // the linker's now
}

inline completion detach(weir_host_call *call) {
  weir_completion *made;
  must(weir_host_call_detach(call, &made));
  return completion(made);
}

// ---- driving ----------------------------------------------------------------------------------------------------------

// Steps the store until `done` says so. A program with a loop of its own waits there for weir_store_fd() instead.
template <class Done>
void run_until(weir_store *s, Done done) {
  pollfd ready{weir_store_fd(s), POLLIN, 0};
  while (!done()) {
    switch (weir_store_step(s)) {
      case WEIR_STEP_READY:
        break;
      case WEIR_STEP_WAITING:
        if (!done())
          poll(&ready, 1, -1);
        break;
      default:
        if (!done())
          throw failure(WEIR_ERR_DEADLOCK, "nothing will happen any more");
    }
  }
}

// One call of an export. Its owner may await it, and any thread may cancel it as long as it lives.
class call {
 public:
  call(const store &s, weir_instance *instance, const weir_func *func, std::vector<value> args) : store_(s.get()) {
    std::vector<weir_value> raw;
    weir_error *error = nullptr;
    for (value &v : args)
      raw.push_back(std::exchange(v.raw, weir_value{}));
    weir_status status = weir_call_start(instance, func, raw.data(), raw.size(), ended, this, &call_, &error);
    for (weir_value &v : raw)
      args.emplace_back(v); // what was lent is still the caller's
    must(status, error);
  }
  call(const call &) = delete;
  ~call() { weir_call_free(call_); }

  value await() {
    run_until(store_, [this] { return ended_; });
    value result;
    weir_error *error = nullptr;
    weir_status status = weir_call_result(call_, &result.raw, &error);
    must(status, error);
    return result;
  }
  void cancel() { weir_call_cancel(call_); }

 private:
  static void ended(void *data, weir_call *) noexcept { static_cast<call *>(data)->ended_ = true; }
  weir_store *store_;
  weir_call *call_ = nullptr;
  bool ended_ = false;
};

// Reads the next piece of a stream<u8>; empty at its end. The store has the buffer until the operation ends, which may be
// later than this function where an exception leaves it: so the buffer belongs to both.
inline std::string read(const store &s, const stream &from, size_t most) {
  struct operation {
    std::string buffer;
    size_t count = 0;
    bool done = false;
  };
  auto own = std::make_shared<operation>();
  own->buffer.resize(most);
  auto lent = std::make_unique<std::shared_ptr<operation>>(own);
  weir_copy_fn copied = [](void *data, weir_stream *, weir_copy_result, size_t count) {
    std::unique_ptr<std::shared_ptr<operation>> held(static_cast<std::shared_ptr<operation> *>(data));
    (*held)->count = count;
    (*held)->done = true;
  };
  weir_error *error = nullptr;
  weir_status status = weir_stream_read(from.get(), own->buffer.data(), most, copied, lent.get(), &error);
  must(status, error);
  (void)lent.release(); // the store's now
  run_until(s.get(), [&] { return own->done; });
  own->buffer.resize(own->count);
  return own->buffer;
}

} // namespace weir
