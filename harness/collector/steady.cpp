#include "harness/collector/steady.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "harness/collector/impl_subject.hpp"
#include "trace/normal_form.hpp"

namespace cyclecheck {
namespace {

// What would make one repetition differ from the next, or hold something for ever.
bool is_left_out(const Operation& operation) {
  switch (operation.code) {
    case OpCode::shutdown:
    case OpCode::enable:
    case OpCode::set_threshold:
    case OpCode::freeze:
    case OpCode::hold:
    case OpCode::unhold:
    case OpCode::fail:
    case OpCode::string:
    case OpCode::integer:
      return true;
    default:
      return false;
  }
}

Operation bare(OpCode code, std::int32_t number = 0) {
  Operation operation;
  operation.code = code;
  operation.number[0] = number;
  return operation;
}

// Finalizers may bring objects back, which die the next time: their scripts run once.
std::vector<Operation> giving_up(const Trace& trace) {
  constexpr int kRounds = 4;
  constexpr std::int32_t kFull = 2;
  std::vector<Operation> operations;
  const auto calls = std::count_if(trace.operations.begin(), trace.operations.end(),
                                   [](const Operation& operation) { return operation.code == OpCode::call; });
  operations.insert(operations.end(), static_cast<std::size_t>(calls), bare(OpCode::ret));
  operations.push_back(bare(OpCode::set_debug));
  operations.push_back(bare(OpCode::callbacks));
  for (int round = 0; round < kRounds; ++round) {
    for (std::uint32_t name = 0; name < name_count(trace); ++name) {
      operations.push_back(bare(OpCode::drop));
      operations.back().target = Name{static_cast<std::uint16_t>(name)};
    }
    operations.push_back(bare(OpCode::clear_garbage));
    operations.push_back(bare(OpCode::collect, kFull));
  }
  return operations;
}

struct Numbers {
  std::size_t objects = 0;
  std::array<std::pair<const char*, std::size_t>, 4> room;
};

Numbers numbers_of(const cyclegc::Heap& heap) {
  const cyclegc::Statistics statistics = heap.statistics();
  return {statistics.objects,
          {{{"room for objects", statistics.room},
            {"slots", statistics.slots},
            {"places of callbacks", statistics.callback_places},
            {"bytes", statistics.bytes}}}};
}

}  // namespace

Trace repeated(const Trace& trace, std::size_t times) {
  Trace once = trace;
  std::erase_if(once.operations, is_left_out);
  for (Script& script : once.scripts) std::erase_if(script, is_left_out);
  once.settings.enabled = false;
  const std::vector<Operation> end = giving_up(once);
  once.operations.insert(once.operations.end(), end.begin(), end.end());
  Trace result = once;
  for (std::size_t i = 1; i < times; ++i) {
    result.operations.insert(result.operations.end(), once.operations.begin(), once.operations.end());
  }
  return with_ordered_scripts(result);
}

std::optional<Growth> find_growth(const Trace& trace, std::size_t times, bool& is_steady) {
  const Trace all = repeated(trace, times);
  const std::size_t length = all.operations.size() / times;
  std::optional<Numbers> second;
  Numbers last;
  ImplSubject subject(ImplSubject::Checks::graded);
  subject.look_after_operations([&](std::size_t operation) {
    if ((operation + 1) % length != 0) return;
    last = numbers_of(subject.heap());
    if (operation + 1 == 2 * length) second = last;
  });
  Log log;
  subject.run(all, Observe::digest, log);
  is_steady = second && second->objects == last.objects;
  if (!is_steady) return std::nullopt;
  for (std::size_t i = 0; i < last.room.size(); ++i) {
    if (last.room[i].second > second->room[i].second) {
      return Growth{last.room[i].first, second->room[i].second, last.room[i].second};
    }
  }
  return std::nullopt;
}

}  // namespace cyclecheck
