#include "harness/oom/failing_memory.hpp"

#include <cstdlib>

namespace cyclecheck {

// Room for one object at first: short traces make every table grow many times.
FailingMemory::FailingMemory() { cyclegc::set_memory(&FailingMemory::resize, this, 1); }

FailingMemory::~FailingMemory() { cyclegc::set_memory(nullptr, nullptr); }

void FailingMemory::fail(std::uint64_t n) {
  left_ = n;
  failed_.reset();
  requests_.clear();
}

void* FailingMemory::resize(void* context, cyclegc::Site site, void* old, std::size_t /*old_bytes*/,
                            std::size_t bytes) {
  auto& memory = *static_cast<FailingMemory*>(context);
  if (bytes == 0) {
    if (old != nullptr) --memory.blocks_;
    std::free(old);
    return nullptr;
  }
  memory.requests_.push_back(site);
  if (memory.left_ != 0 && --memory.left_ == 0) {
    memory.failed_ = site;
    return nullptr;
  }
  void* const given = std::realloc(old, bytes);
  if (given != nullptr && old == nullptr) ++memory.blocks_;
  return given;
}

}  // namespace cyclecheck
