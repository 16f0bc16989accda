// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// weir from C++17, by the small binding beside this file: exports are awaited, a timer thread answers the guest's async
// import, a stream is read, tickets are resources of C++, and another thread cancels a call.
//
//     binder examples/guests/wat/binder.wat
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <thread>

#include "weir.hpp"

namespace {

// Finishes host calls when their time has come, on a thread of its own.
class timer {
  using clock = std::chrono::steady_clock;

 public:
  timer() : thread_([this] { run(); }) {}
  ~timer() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ended_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  void after(uint32_t milliseconds, weir::completion call) {
    std::lock_guard<std::mutex> lock(mutex_);
    waiting_.emplace(clock::now() + std::chrono::milliseconds(milliseconds), std::move(call));
    changed_.notify_one();
  }

 private:
  void run() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!ended_) {
      if (waiting_.empty()) {
        changed_.wait(lock);
      } else if (waiting_.begin()->first > clock::now()) {
        changed_.wait_until(lock, waiting_.begin()->first);
      } else { // a call that was cancelled meanwhile refuses, and nothing happens
        weir_completion_return(waiting_.begin()->second.get(), nullptr, nullptr);
        waiting_.erase(waiting_.begin());
      }
    }
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<clock::time_point, weir::completion> waiting_;
  bool ended_ = false;
  std::thread thread_;
};

struct ticket {
  uint32_t number;
  explicit ticket(uint32_t n) : number(n) {}
  ~ticket() { std::printf("ticket %u is gone\n", number); }
};

void drop_ticket(void *, weir_store *, uint64_t rep) noexcept { delete reinterpret_cast<ticket *>(rep); }

const ticket &ticket_of(const weir_value &v) {
  uint64_t rep = 0;
  weir::must(weir_resource_rep(&v, &rep));
  return *reinterpret_cast<ticket *>(rep);
}

class program {
 public:
  explicit program(const std::string &bytes)
      : engine_(weir::make<weir::engine>(weir_engine_new, nullptr)),
        component_(weir::make<weir::component>(weir_component_new, engine_.get(), bytes.data(), bytes.size())),
        linker_(weir::make<weir::linker>(weir_linker_new, engine_.get())) {
    weir::must(weir_linker_define_resource(linker_.get(), nullptr, "ticket", drop_ticket, nullptr, nullptr, nullptr));
    weir::define(linker_, "number", "func(t: borrow<ticket>) -> u32", [](weir_host_call *call, weir_value *args) {
      weir::value number(ticket_of(args[0]).number);
      weir::must(weir_host_call_return(call, &number.raw, nullptr));
    });
    weir::define(linker_, "sleep", "async func(ms: u32)", [this](weir_host_call *call, weir_value *args) {
      weir::must(weir_host_call_on_cancel(call, cancelled, nullptr, nullptr));
      timer_.after(args[0].of.u32, weir::detach(call));
    });
    store_ = weir::make<weir::store>(weir_store_new, engine_.get(), nullptr);
    weir_error *error = nullptr;
    weir_status status = weir_instance_new(store_.get(), linker_.get(), component_.get(), &instance_, &error);
    weir::must(status, error);
  }

  template <class... Args>
  std::unique_ptr<weir::call> start(const char *name, Args &&...args) {
    std::vector<weir::value> values;
    (values.emplace_back(std::forward<Args>(args)), ...);
    const weir_func *func = weir_component_find_func(component_.get(), nullptr, name);
    return std::make_unique<weir::call>(store_, instance_, func, std::move(values));
  }

  weir::value new_ticket(uint32_t number) {
    auto own = std::make_unique<ticket>(number);
    weir::value handle;
    weir_error *error = nullptr;
    weir_status status = weir_resource_new(instance_, nullptr, "ticket", reinterpret_cast<uint64_t>(own.get()),
                                           &handle.raw, &error);
    weir::must(status, error);
    (void)own.release(); // the store's now: drop_ticket() ends it
    return handle;
  }

  const weir::store &store() const { return store_; }

 private:
  static void cancelled(void *, weir_host_call *call) noexcept { weir_host_call_cancelled(call); }
  weir::engine engine_;
  weir::component component_;
  weir::linker linker_;
  timer timer_;
  weir::store store_; // ends before all that its host functions use
  weir_instance *instance_ = nullptr;
};

void naps(program &p) {
  auto one = p.start("nap", 30u, 1u), two = p.start("nap", 10u, 2u);
  std::printf("nap 1 gave %u\n", one->await().u32());
  std::printf("nap 2 gave %u\n", two->await().u32());
}

void words(program &p) {
  weir::value result = p.start("words")->await();
  weir::stream stream(weir_stream_from_value(&result.raw));
  for (std::string piece; !(piece = weir::read(p.store(), stream, 16)).empty();)
    std::printf("%s", piece.c_str());
}

void tickets(program &p) {
  std::printf("look gave %u\n", p.start("look", p.new_ticket(7))->await().u32());
  std::printf("spend gave %u\n", p.start("spend", p.new_ticket(8))->await().u32());
}

void cancelled_from_another_thread(program &p) {
  auto hour = p.start("nap", 3600000u, 3u);
  std::thread other([&] { hour->cancel(); });
  try {
    hour->await();
  } catch (const weir::failure &e) {
    std::printf("the long nap: %s\n", weir_status_name(e.status));
  }
  other.join();
}

} // namespace

int main(int argc, char **argv) {
  try {
    std::ifstream file(argc > 1 ? argv[1] : "examples/guests/wat/binder.wat", std::ios::binary);
    program p(std::string(std::istreambuf_iterator<char>(file), {}));
    naps(p);
    words(p);
    tickets(p);
    cancelled_from_another_thread(p);
  } catch (const std::exception &e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
