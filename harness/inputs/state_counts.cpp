#include "harness/inputs/state_counts.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

namespace cyclecheck {
namespace {

using std::memory_order_relaxed;

constexpr std::uint64_t kMagic = 0x3153'4554'4154'5343U;  // "CSTATES1"

constexpr std::uint32_t kMost = UINT32_MAX / 2;

FileError error_at(const std::string& path, int error) { return {path + ": " + std::strerror(error)}; }

struct Slot {
  // 0: empty; otherwise a packed state plus one.
  std::atomic<std::uint32_t> state;
  std::atomic<std::uint32_t> executions;
};

}  // namespace

struct StateCounts::Table {
  std::uint64_t magic;
  std::uint64_t places;
  std::atomic<std::uint64_t> executions;
  std::atomic<std::uint64_t> states;
  std::atomic<std::uint64_t> once;
  std::atomic<std::uint64_t> twice;

  // Behind the header.
  [[nodiscard]] Slot* slot() { return reinterpret_cast<Slot*>(this + 1); }

  [[nodiscard]] static std::size_t bytes(std::size_t places) { return sizeof(Table) + places * sizeof(Slot); }

  // The place of a state, which is given one if it has none; null: three quarters are taken.
  [[nodiscard]] Slot* find(std::uint32_t packed) {
    constexpr std::uint64_t kOdd = 0x9E37'79B9'7F4A'7C15U;
    const std::uint32_t wanted = packed + 1;
    const std::size_t mask = places - 1;
    for (std::size_t at = (packed * kOdd) >> (64 - std::countr_zero(places));; at = (at + 1) & mask) {
      Slot& here = slot()[at];
      std::uint32_t found = here.state.load(memory_order_relaxed);
      if (found == wanted) return &here;
      if (found != 0) continue;
      if (states.load(memory_order_relaxed) > places / 4 * 3) return nullptr;
      if (here.state.compare_exchange_strong(found, wanted, memory_order_relaxed)) return &here;
      // Another process was quicker, perhaps with the same state.
      if (found == wanted) return &here;
    }
  }

  void raise(std::uint32_t packed, std::uint32_t by) {
    Slot* here = find(packed);
    // A count that is at its end stays there.
    if (here == nullptr || by == 0 || here->executions.load(memory_order_relaxed) > kMost) return;
    const std::uint32_t before = here->executions.fetch_add(std::min(by, kMost), memory_order_relaxed);
    const std::uint32_t after = before + std::min(by, kMost);
    if (before == 0) states.fetch_add(1, memory_order_relaxed);
    const auto move = [&](std::atomic<std::uint64_t>& group, std::uint32_t size) {
      if (before == size) group.fetch_sub(1, memory_order_relaxed);
      if (after == size) group.fetch_add(1, memory_order_relaxed);
    };
    move(once, 1);
    move(twice, 2);
  }
};

std::variant<StateCounts, FileError> StateCounts::create(const std::string& path, std::size_t places) {
  const std::size_t size = Table::bytes(places);
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return error_at(path, errno);
  // Space is reserved now: writing to a mapped page for which there is none would be a SIGBUS.
  int error = posix_fallocate(file, 0, static_cast<off_t>(size));
  void* memory = MAP_FAILED;
  if (error == 0) {
    memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED) error = errno;
  }
  close(file);
  if (error != 0) {
    unlink(path.c_str());
    return error_at(path, error);
  }
  auto* table = static_cast<Table*>(memory);
  table->magic = kMagic;
  table->places = places;
  return StateCounts(table, size);
}

std::variant<StateCounts, FileError> StateCounts::map(const std::string& path, bool writes) {
  const int file = ::open(path.c_str(), (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC);
  if (file < 0) return error_at(path, errno);
  struct stat about {};
  void* memory = MAP_FAILED;
  int error = fstat(file, &about) == 0 ? 0 : errno;
  const auto size = static_cast<std::size_t>(about.st_size);
  const bool is_long_enough = error == 0 && size >= sizeof(Table);
  if (is_long_enough) {
    memory = mmap(nullptr, size, writes ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED) error = errno;
  }
  close(file);
  if (error != 0) return error_at(path, error);
  auto* table = static_cast<Table*>(memory);
  const bool is_ours = is_long_enough && table->magic == kMagic && std::has_single_bit(table->places) &&
                       table->places <= size && Table::bytes(table->places) == size;
  if (is_ours) return StateCounts(table, size);
  if (is_long_enough) munmap(memory, size);
  return FileError{path + ": is no table of heap states, or damaged"};
}

StateCounts::StateCounts(StateCounts&& other) noexcept
    : table_(std::exchange(other.table_, nullptr)), size_(other.size_), met_(std::move(other.met_)) {}

StateCounts& StateCounts::operator=(StateCounts&& other) noexcept {
  std::swap(table_, other.table_);
  std::swap(size_, other.size_);
  return *this;
}

StateCounts::~StateCounts() {
  if (table_ != nullptr) munmap(table_, size_);
}

void StateCounts::count_execution(std::span<const HeapState> met) {
  table_->executions.fetch_add(1, memory_order_relaxed);
  met_.clear();
  for (const HeapState& state : met) met_.push_back(state.packed());
  std::sort(met_.begin(), met_.end());
  const auto end = std::unique(met_.begin(), met_.end());
  for (auto state = met_.begin(); state != end; ++state) table_->raise(*state, 1);
}

void StateCounts::add(std::uint32_t packed, std::uint32_t executions) { table_->raise(packed, executions); }

void StateCounts::add_executions(std::uint64_t executions) {
  table_->executions.fetch_add(executions, memory_order_relaxed);
}

StateTotals StateCounts::totals() const {
  return {table_->executions.load(memory_order_relaxed), table_->states.load(memory_order_relaxed),
          table_->once.load(memory_order_relaxed), table_->twice.load(memory_order_relaxed)};
}

bool StateCounts::is_half_full() const { return table_->states.load(memory_order_relaxed) > table_->places / 2; }

std::size_t StateCounts::places() const { return table_->places; }

void StateCounts::for_each(const std::function<void(std::uint32_t, std::uint32_t)>& see) const {
  for (std::size_t i = 0; i < table_->places; ++i) {
    const Slot& place = table_->slot()[i];
    const std::uint32_t executions = place.executions.load(memory_order_relaxed);
    if (executions != 0) see(place.state.load(memory_order_relaxed) - 1, executions);
  }
}

}  // namespace cyclecheck
