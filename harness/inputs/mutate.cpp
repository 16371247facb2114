#include "harness/inputs/mutate.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "harness/generate/generate.hpp"
#include "harness/inputs/input.hpp"
#include "harness/inputs/operations.hpp"
#include "harness/shrink/shrink.hpp"
#include "harness/system/system.hpp"
#include "trace/binary.hpp"

namespace cyclecheck {
namespace {

using Operations = std::vector<Operation>;

std::ptrdiff_t offset(std::size_t index) { return static_cast<std::ptrdiff_t>(index); }

std::uint32_t size_of(const Operations& operations) { return static_cast<std::uint32_t>(operations.size()); }

// A part of a list: short ones are more frequent.
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// REQUIRES: the list is not empty
Range draw_range(Random& random, const Operations& operations) {
  const std::uint32_t size = size_of(operations);
  const std::uint32_t begin = random.below(size);
  const std::uint32_t longest = random.chance(32) ? size : random.chance(128) ? 1 : 8;
  const std::uint32_t length = 1 + random.below(std::min(longest, size - begin));
  return {begin, begin + length};
}

void insert(Operations& operations, std::size_t at, const Operations& what) {
  operations.insert(operations.begin() + offset(at), what.begin(), what.end());
}

Operations copy(const Operations& operations, Range range) {
  return {operations.begin() + offset(range.begin), operations.begin() + offset(range.end)};
}

// Takes over operations of another trace with the scripts that they use.
void adopt(Trace& trace, const Trace& from, Operations operations, std::size_t at) {
  for (Operation& operation : operations) {
    if (operation.script < 0) continue;
    trace.scripts.push_back(from.scripts[static_cast<std::size_t>(operation.script)]);
    operation.script = static_cast<ScriptId>(trace.scripts.size() - 1);
  }
  insert(trace.operations, at, operations);
}

class Mutator {
 public:
  Mutator(Trace& trace, Random& random) : trace_(trace), random_(random), maker_(trace, random) {}

  void step() {
    switch (random_.below(16)) {
      case 0:
      case 1:
      case 2:
        return insert_any();
      case 3:
      case 4:
        return insert_idiom();
      case 5:
      case 6:
        return erase();
      case 7:
        return duplicate();
      case 8:
        return move();
      case 9:
      case 10:
        return change_operand();
      case 11:
        return change_field();
      case 12:
      case 13:
        return change_script();
      case 14:
        return change_settings();
      default:
        return random_.chance(64) ? insert_generated() : change_operand();
    }
  }

 private:
  std::size_t draw_place() { return random_.below(size_of(trace_.operations) + 1); }

  void insert_any() {
    const Operation operation = maker_.any(false);
    insert(trace_.operations, draw_place(), {operation});
  }

  void insert_idiom() {
    const Operations operations = maker_.idiom();
    if (random_.chance(200)) return insert(trace_.operations, draw_place(), operations);
    // Scattered: something else happens in between.
    std::size_t at = draw_place();
    for (const Operation& operation : operations) {
      insert(trace_.operations, at, {operation});
      at += 1 + random_.below(static_cast<std::uint32_t>(std::min<std::size_t>(4, trace_.operations.size() - at)));
    }
  }

  // A piece of what the generator makes, with its shapes.
  void insert_generated() {
    const Trace made = generate(random_.next(), 0, {.profile = trace_.profile, .max_operations = 40});
    if (made.operations.empty()) return;
    adopt(trace_, made, copy(made.operations, draw_range(random_, made.operations)), draw_place());
  }

  void erase() {
    if (trace_.operations.empty()) return insert_any();
    const Range range = draw_range(random_, trace_.operations);
    erase_range(trace_.operations, range.begin, range.end);
  }

  void duplicate() {
    if (trace_.operations.empty()) return insert_any();
    const Operations part = copy(trace_.operations, draw_range(random_, trace_.operations));
    insert(trace_.operations, draw_place(), part);
  }

  void move() {
    if (trace_.operations.empty()) return insert_any();
    const Range range = draw_range(random_, trace_.operations);
    const Operations part = copy(trace_.operations, range);
    erase_range(trace_.operations, range.begin, range.end);
    insert(trace_.operations, draw_place(), part);
  }

  // An operation of the trace or of a script.
  std::pair<Operation*, bool> draw_operation() {
    if (!trace_.scripts.empty() && random_.chance(96)) {
      Script& script = trace_.scripts[random_.below(static_cast<std::uint32_t>(trace_.scripts.size()))];
      if (!script.empty()) return {&script[random_.below(size_of(script))], true};
    }
    if (trace_.operations.empty()) return {nullptr, false};
    return {&trace_.operations[random_.below(size_of(trace_.operations))], false};
  }

  // Another name, or another form of the operand with the same name.
  void change_operand() {
    const auto [operation, in_script] = draw_operation();
    if (operation == nullptr) return insert_any();
    const auto fields = info(operation->code).used();
    for (const Field field : fields) {
      if (field != Field::target && field != Field::a && field != Field::b) continue;
      if (!random_.chance(160)) continue;
      if (field == Field::target) {
        operation->target = maker_.name();
        continue;
      }
      Operand& operand = field == Field::a ? operation->a : operation->b;
      if (random_.chance(128) && operand.kind != Operand::Kind::self) {
        operand.name = maker_.name();
      } else {
        const Name before = operand.name;
        operand = maker_.operand(in_script);
        if (operand.kind != Operand::Kind::self && random_.chance(128)) operand.name = before;
      }
    }
  }

  // One field is drawn again; what has none becomes another operation.
  void change_field() {
    const auto [operation, in_script] = draw_operation();
    if (operation == nullptr) return insert_any();
    const auto fields = info(operation->code).used();
    Operation changed = *operation;
    // In a script no script is drawn. For the trace's own operations, scripts that are added leave them in place.
    if (fields.empty()) {
      changed = maker_.any(in_script);
    } else {
      maker_.redraw(changed, fields[random_.below(static_cast<std::uint32_t>(fields.size()))], in_script);
    }
    *operation = changed;
  }

  void change_script() {
    // What can have a script, and whether it has one.
    std::vector<std::size_t> owners;
    for (std::size_t i = 0; i < trace_.operations.size(); ++i) {
      const auto fields = info(trace_.operations[i].code).used();
      if (std::find(fields.begin(), fields.end(), Field::finalizer) != fields.end() ||
          std::find(fields.begin(), fields.end(), Field::callback) != fields.end()) {
        owners.push_back(i);
      }
    }
    if (owners.empty()) return insert_idiom();
    const std::size_t owner = owners[random_.below(static_cast<std::uint32_t>(owners.size()))];
    const ScriptId id = trace_.operations[owner].script;
    if (id < 0 || random_.chance(16)) return give_script(owner);
    Script& script = trace_.scripts[static_cast<std::size_t>(id)];
    const std::uint32_t choice = random_.below(8);
    if (choice == 0 || script.empty()) {
      empty_script(trace_, id);
    } else if (choice < 3) {
      const Range range = draw_range(random_, script);
      erase_range(script, range.begin, range.end);
      if (script.empty()) empty_script(trace_, id);
    } else if (choice == 3) {
      std::swap(script[random_.below(size_of(script))], script[random_.below(size_of(script))]);
    } else {
      insert(script, random_.below(size_of(script) + 1), {maker_.any(true)});
    }
  }

  void give_script(std::size_t owner) {
    const ScriptId script = random_.chance(40) ? kEmptyScript : maker_.script();
    Operation& operation = trace_.operations[owner];
    operation.script = script;
    if (operation.code == OpCode::create && operation.finalizer == FinalizerKind::none) {
      operation.finalizer = random_.chance(48) ? FinalizerKind::legacy : FinalizerKind::del;
    }
  }

  void change_settings() {
    Settings& settings = trace_.settings;
    switch (random_.below(8)) {
      case 0:
        settings.enabled = !settings.enabled;
        return;
      case 1:
        settings.free_lists_filled = !settings.free_lists_filled;
        return;
      case 2: {
        const bool standard = settings.threshold == profile(trace_.profile).threshold;
        trace_.profile = static_cast<ProfileId>(random_.below(kProfiles));
        if (standard) settings.threshold = profile(trace_.profile).threshold;
        return;
      }
      case 3:
        settings.threshold = profile(trace_.profile).threshold;
        return;
      default:
        // Small ones, so that few operations bring collections of every generation.
        settings.threshold = {static_cast<std::int32_t>(1 + random_.below(8)),
                              static_cast<std::int32_t>(random_.below(4)), static_cast<std::int32_t>(random_.below(4))};
        return;
    }
  }

  Trace& trace_;
  Random& random_;
  OperationMaker maker_;
};

// The encoding of a trace, of which so much is left out that it has at most `size` bytes.
std::vector<std::uint8_t> encode_within(Trace& trace, std::size_t size, Random& random) {
  bound(trace);
  std::vector<std::uint8_t> bytes = encode_trace(trace);
  while (bytes.size() > size && !trace.operations.empty()) {
    // As large a part as is too much, if all operations are of one size.
    const std::size_t operations = trace.operations.size();
    const std::size_t too_many =
        std::clamp<std::size_t>(operations * (bytes.size() - size) / bytes.size(), 1, operations);
    const std::size_t begin = random.below(static_cast<std::uint32_t>(operations - too_many + 1));
    erase_range(trace.operations, begin, begin + too_many);
    bytes = encode_trace(trace);
  }
  // What is left is a beginning, which decodes like everything else.
  if (bytes.size() > size) bytes.resize(size);
  return bytes;
}

std::size_t put(std::span<std::uint8_t> buffer, const std::vector<std::uint8_t>& bytes) {
  std::copy(bytes.begin(), bytes.end(), buffer.begin());
  return bytes.size();
}

constexpr std::uint64_t kMutateStream = 1;
constexpr std::uint64_t kCrossStream = 2;
constexpr std::uint64_t kFitStream = 3;
constexpr std::uint64_t kByteStream = 4;

}  // namespace

Trace mutate(const Trace& trace, std::uint64_t seed) {
  Random random(seed, kMutateStream);
  Trace result = trace;
  Mutator mutator(result, random);
  do {
    mutator.step();
  } while (random.chance(110));
  return result;
}

Trace crossover(const Trace& one, const Trace& other, std::uint64_t seed) {
  Random random(seed, kCrossStream);
  Trace result = one;
  if (other.operations.empty()) return result;
  const auto in_one = [&] { return random.below(size_of(one.operations) + 1); };
  const auto in_other = [&] { return random.below(size_of(other.operations) + 1); };
  switch (random.below(3)) {
    case 0: {  // A beginning of one and an end of the other.
      result.operations.resize(in_one());
      const Range tail{in_other(), other.operations.size()};
      adopt(result, other, copy(other.operations, tail), result.operations.size());
      break;
    }
    case 1:  // A part of one within the other.
      adopt(result, other, copy(other.operations, draw_range(random, other.operations)), in_one());
      break;
    default: {  // Both in turn, in their orders.
      result.operations.clear();
      std::size_t i = 0;
      std::size_t j = 0;
      while (i < one.operations.size() || j < other.operations.size()) {
        const bool from_one = j == other.operations.size() || (i < one.operations.size() && random.chance(128));
        if (from_one) {
          result.operations.push_back(one.operations[i++]);
        } else {
          adopt(result, other, {other.operations[j++]}, result.operations.size());
        }
      }
      break;
    }
  }
  if (random.chance(64)) {
    result.settings = other.settings;
    result.profile = other.profile;
  }
  return result;
}

bool mutates_bytes(std::uint64_t seed) { return Random(seed, kByteStream).below(8) == 0; }

std::size_t mutate_bytes(std::span<std::uint8_t> buffer, std::size_t size, std::uint64_t seed) {
  Random random(seed, kByteStream);
  (void)random.next();
  const auto place = [&](std::size_t bound) { return random.below(static_cast<std::uint32_t>(bound)); };
  const std::uint32_t changes = 1 + random.below(4);
  for (std::uint32_t i = 0; i < changes; ++i) {
    const std::uint32_t kind = random.below(4);
    if (kind == 0 && size < buffer.size()) {
      const std::size_t at = place(size + 1);
      std::copy_backward(buffer.begin() + offset(at), buffer.begin() + offset(size), buffer.begin() + offset(size + 1));
      buffer[at] = static_cast<std::uint8_t>(random.next());
      ++size;
    } else if (size == 0) {
      continue;
    } else if (kind == 1) {
      const std::size_t at = place(size);
      std::copy(buffer.begin() + offset(at + 1), buffer.begin() + offset(size), buffer.begin() + offset(at));
      --size;
    } else if (kind == 2) {
      buffer[place(size)] ^= static_cast<std::uint8_t>(1U << random.below(8));
    } else {
      buffer[place(size)] = static_cast<std::uint8_t>(random.next());
    }
  }
  return size;
}

std::size_t mutate_input(std::span<std::uint8_t> buffer, std::size_t size, std::uint64_t seed) {
  return mutate_into(buffer, fuzz_trace(buffer.first(size)), seed);
}

std::size_t mutate_into(std::span<std::uint8_t> buffer, const Trace& trace, std::uint64_t seed) {
  Trace mutated = mutate(trace, seed);
  Random random(seed, kFitStream);
  return put(buffer, encode_within(mutated, buffer.size(), random));
}

std::size_t cross_inputs(std::span<const std::uint8_t> one, std::span<const std::uint8_t> other,
                         std::span<std::uint8_t> buffer, std::uint64_t seed) {
  return cross_into(buffer, fuzz_trace(one), fuzz_trace(other), seed);
}

std::size_t cross_into(std::span<std::uint8_t> buffer, const Trace& one, const Trace& other, std::uint64_t seed) {
  Trace crossed = crossover(one, other, seed);
  Random random(seed, kFitStream);
  return put(buffer, encode_within(crossed, buffer.size(), random));
}

}  // namespace cyclecheck
