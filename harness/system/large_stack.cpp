#include "harness/system/large_stack.hpp"

#include <pthread.h>

#include <cstddef>
#include <exception>
#include <stdexcept>

namespace cyclecheck {
namespace {

constexpr std::size_t kStack = std::size_t{512} << 20;

}  // namespace

void on_large_stack(const std::function<void()>& function) {
  struct Call {
    const std::function<void()>& function;
    std::exception_ptr thrown;
  } call{function, nullptr};
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, kStack);
  pthread_t thread{};
  const auto body = [](void* argument) -> void* {
    auto& entered = *static_cast<Call*>(argument);
    try {
      entered.function();
    } catch (...) {
      entered.thrown = std::current_exception();
    }
    return nullptr;
  };
  const int problem = ::pthread_create(&thread, &attributes, body, &call);
  ::pthread_attr_destroy(&attributes);
  if (problem != 0) throw std::runtime_error("no thread with a large stack could be made");
  ::pthread_join(thread, nullptr);
  if (call.thrown) std::rethrow_exception(call.thrown);
}

}  // namespace cyclecheck
