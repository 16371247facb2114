#include "trace/binary.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "trace/normal_form.hpp"

namespace cyclecheck {
namespace {

// Ends the operations of the trace or of a script. Every other byte in its place is an operation code, modulo.
constexpr std::uint8_t kEnd = 0xFF;

// What the versions of the encoding know: codes, kinds, profiles, slots and sizes are taken modulo these numbers, and
// scripts stand in each other so deep. All but the last are closed.
struct Version {
  std::size_t operations;
  std::size_t kinds;
  std::size_t profiles;
  std::uint32_t slots = 0x8000;
  std::uint32_t sizes = 4097;
  // Bytes of a callback.
  std::uint8_t callbacks = 3;
  int depth = 1;
  unsigned finalizers = 3;
  // Of a text: up to version 8 one byte says how many characters it has, later a number.
  std::uint32_t longest_text = 15;
};
constexpr Version kVersion1{44, 4, 9};
constexpr Version kVersion2{46, 6, 9};
constexpr Version kVersion3{51, 6, 9};
constexpr Version kVersion4{51, 6, 12};
constexpr Version kVersion5{58, 7, 12, 1'000'001, 1'000'001, 5, 3};
constexpr Version kVersion6{60, 8, 12, 1'000'001, 1'000'001, 5, 3, 4};
constexpr Version kVersion7{62, 9, 12, 1'000'001, 1'000'001, 5, 3, 4};
constexpr Version kVersion8{65, 11, 12, 1'000'001, 1'000'001, 5, 3, 4};
constexpr Version kVersion9{kOpCodes, kObjectKinds,    kProfiles,       kMaxIndex + 1, kMaxBulk + 1,
                            5,        kMaxScriptDepth, kFinalizerKinds, kMaxText};

Version version_of(std::uint8_t byte) {
  switch (byte) {
    case 2:
      return kVersion2;
    case 3:
      return kVersion3;
    case 4:
      return kVersion4;
    case 5:
      return kVersion5;
    case 6:
      return kVersion6;
    case 7:
      return kVersion7;
    case 8:
      return kVersion8;
    case 9:
      return kVersion9;
    default:
      return kVersion1;
  }
}

// Numbers below kTwoBytes are one byte; the bytes from kTwoBytes on announce two, three or four more.
constexpr std::uint8_t kTwoBytes = 0xFD;
constexpr std::uint8_t kThreeBytes = 0xFE;
constexpr std::uint8_t kFourBytes = 0xFF;

constexpr std::uint32_t kFlagValues = 64;
constexpr std::uint32_t kIntegers = 2 * kMaxInteger + 1;

// A character of a text is its own byte; every other byte is the character that comes so many places after the first
// one, 0x20, in the order of ASCII and of what a text may contain.
constexpr std::array<char, 92> kTextCharacters = [] {
  std::array<char, 92> characters{};
  std::size_t size = 0;
  for (char c = ' '; c <= '~'; ++c) {
    if (is_text_character(c)) characters[size++] = c;
  }
  return characters;
}();
static_assert(kTextCharacters.back() == '~', "as many characters as there are");

// The low two bits of an operand's number; the rest is its name.
enum class OperandTag : std::uint8_t { variable, label, variable_slot, other };

// The rest of an operand's number under the tag `other`.
constexpr std::uint32_t kSelf = 0;
constexpr std::uint32_t kSelfSlot = 1;
constexpr std::uint32_t kFirstLabelSlot = 2;

// What an operation and what stands before the first one take, about: to reserve memory.
constexpr std::size_t kBytesOfOperation = 3;
constexpr std::size_t kBytesAhead = 32;

// The settings byte.
constexpr std::uint8_t kDisabledBit = 1;
constexpr std::uint8_t kThresholdBit = 2;
constexpr std::uint8_t kFreeListsBit = 4;

// The byte of an object's kind: four bits of kind, two of finalizer, one that says that a script follows.
constexpr std::uint8_t kKindBits = 0x0F;
constexpr unsigned kFinalizerShift = 4;
constexpr std::uint8_t kScriptBit = 0x40;

// The byte of a `watch`. Other bits are ignored.
constexpr std::uint8_t kStopBit = 1;
constexpr std::uint8_t kWatcherScriptBit = 2;

// The byte of a callback.
enum class CallbackTag : std::uint8_t { none, empty, script, object, object_script };

class Encoder {
 public:
  explicit Encoder(const Trace& trace) : trace_(trace) {}

  std::vector<std::uint8_t> run() {
    bytes_ = {kBinaryVersion, static_cast<std::uint8_t>(trace_.profile)};
    bytes_.reserve(kBytesAhead + trace_.operations.size() * kBytesOfOperation);
    settings();
    for (const Operation& operation : trace_.operations) encode(operation);
    if (!trace_.names.empty()) names();
    return std::move(bytes_);
  }

 private:
  void byte(std::uint8_t value) { bytes_.push_back(value); }
  void low_byte(std::uint32_t value) { bytes_.push_back(static_cast<std::uint8_t>(value & 0xFF)); }

  void number(std::uint32_t value) {
    unsigned length = 0;
    if (value < kTwoBytes) return low_byte(value);
    if (value <= 0xFFFF) {
      byte(kTwoBytes);
      length = 2;
    } else if (value <= 0xFFFFFF) {
      byte(kThreeBytes);
      length = 3;
    } else {
      byte(kFourBytes);
      length = 4;
    }
    for (unsigned i = 0; i < length; ++i) low_byte(value >> (8 * i));
  }

  void number(std::int32_t value) { number(static_cast<std::uint32_t>(value)); }

  void settings() {
    const bool has_threshold = trace_.settings.threshold != profile(trace_.profile).threshold;
    low_byte((trace_.settings.enabled ? 0U : kDisabledBit) | (has_threshold ? kThresholdBit : 0U) |
             (trace_.settings.free_lists_filled ? kFreeListsBit : 0U));
    if (!has_threshold) return;
    for (const std::int32_t value : trace_.settings.threshold) number(value);
  }

  void operand(const Operand& operand) {
    const bool has_slot = operand.slot != Operand::kWhole;
    const std::uint32_t name = operand.name.value;
    const auto tagged = [&](std::uint32_t rest, OperandTag tag) {
      number((rest << 2) | static_cast<std::uint32_t>(tag));
    };
    if (operand.kind == Operand::Kind::self) {
      tagged(has_slot ? kSelfSlot : kSelf, OperandTag::other);
    } else if (operand.kind == Operand::Kind::variable) {
      tagged(name, has_slot ? OperandTag::variable_slot : OperandTag::variable);
    } else if (has_slot) {
      tagged(name + kFirstLabelSlot, OperandTag::other);
    } else {
      tagged(name, OperandTag::label);
    }
    if (has_slot) number(std::int32_t{operand.slot});
  }

  void script(ScriptId id) {
    if (id < 0) return;
    for (const Operation& operation : trace_.scripts[static_cast<std::size_t>(id)]) encode(operation);
    byte(kEnd);
  }

  void encode(const Operation& operation) {
    byte(static_cast<std::uint8_t>(operation.code));
    for (const Field field : info(operation.code).used()) encode(operation, field);
  }

  void encode(const Operation& operation, Field field) {
    switch (field) {
      case Field::target:
        return number(std::uint32_t{operation.target.value});
      case Field::a:
        return operand(operation.a);
      case Field::b:
        return operand(operation.b);
      case Field::c:
        return operand(operation.c);
      case Field::kind:
        return low_byte(static_cast<std::uint32_t>(operation.kind) |
                        (static_cast<std::uint32_t>(operation.finalizer) << kFinalizerShift) |
                        (operation.script >= 0 ? kScriptBit : 0U));
      case Field::finalizer:
        return script(operation.script);
      case Field::callback:
        return callback(operation);
      case Field::index:
      case Field::size:
      case Field::generation:
      case Field::flags:
      case Field::on_off:
        return number(operation.number[0]);
      case Field::generation_opt:
        return number(operation.count == 0 ? 0 : operation.number[0] + 1);
      case Field::thresholds:
        byte(static_cast<std::uint8_t>(operation.count - 1));
        for (std::uint8_t i = 0; i < operation.count; ++i) number(operation.number[i]);
        return;
      case Field::integer:
        return integer(operation.number[0]);
      case Field::text:
        return text(operation.text);
      case Field::watcher:
        low_byte((operation.number[0] != 0 ? kStopBit : 0U) | (operation.script >= 0 ? kWatcherScriptBit : 0U));
        return script(operation.script);
    }
  }

  void callback(const Operation& operation) {
    if (operation.script == kNoScript) return byte(static_cast<std::uint8_t>(CallbackTag::none));
    const bool is_empty = operation.script == kEmptyScript;
    const bool is_object = operation.b.kind != Operand::Kind::none;
    byte(static_cast<std::uint8_t>(is_object ? (is_empty ? CallbackTag::object : CallbackTag::object_script)
                                             : (is_empty ? CallbackTag::empty : CallbackTag::script)));
    if (is_object) operand(operation.b);
    script(operation.script);
  }

  // Numbers near zero are short, whatever their sign: 0, -1, 1, -2 ...
  void integer(std::int32_t value) {
    const auto magnitude = static_cast<std::uint32_t>(value < 0 ? -(value + 1) : value);
    number((magnitude << 1) | (value < 0 ? 1U : 0U));
  }

  void text(std::string_view text) {
    number(static_cast<std::uint32_t>(text.size()));
    for (const char c : text) byte(static_cast<std::uint8_t>(c));
  }

  void names() {
    byte(kEnd);
    number(static_cast<std::uint32_t>(trace_.names.size()));
    for (const std::string& name : trace_.names) {
      number(static_cast<std::uint32_t>(name.size()));
      for (const char c : name) byte(static_cast<std::uint8_t>(c));
    }
  }

  const Trace& trace_;
  std::vector<std::uint8_t> bytes_;
};

class Decoder {
 public:
  explicit Decoder(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  Trace run() {
    version_ = version_of(byte());
    trace_ = empty_trace(static_cast<ProfileId>(byte() % version_.profiles));
    settings();
    trace_.operations.reserve(left() / kBytesOfOperation);
    while (has_operation()) operation(trace_.operations, 0);
    names();
    return std::move(trace_);
  }

  // Of what run() has read.
  [[nodiscard]] std::optional<std::uint8_t> unknown() const { return unknown_; }

 private:
  [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }

  std::uint8_t byte() { return left() == 0 ? std::uint8_t{0} : bytes_[at_++]; }

  std::uint32_t number() {
    const std::uint8_t first = byte();
    if (first < kTwoBytes) return first;
    const unsigned length = first == kTwoBytes ? 2 : first == kThreeBytes ? 3 : 4;
    std::uint32_t value = 0;
    for (unsigned i = 0; i < length; ++i) value |= std::uint32_t{byte()} << (8 * i);
    return value;
  }

  // REQUIRES: 0 < values <= 2^31
  std::int32_t number_below(std::uint32_t values) { return static_cast<std::int32_t>(number() % values); }

  static Name name(std::uint32_t number) { return {static_cast<std::uint16_t>(number % kMaxNames)}; }

  // Whether an operation follows; takes the end of the operations if it is the end.
  bool has_operation() {
    if (left() == 0) return false;
    if (bytes_[at_] != kEnd) return true;
    ++at_;
    return false;
  }

  void settings() {
    const std::uint8_t bits = byte();
    trace_.settings.enabled = (bits & kDisabledBit) == 0;
    trace_.settings.free_lists_filled = (bits & kFreeListsBit) != 0;
    if ((bits & kThresholdBit) == 0) return;
    for (std::int32_t& value : trace_.settings.threshold) value = number_below(kMaxThreshold + 1);
  }

  std::int32_t slot() { return number_below(version_.slots); }

  Operand operand() {
    const std::uint32_t value = number();
    const std::uint32_t rest = value >> 2;
    switch (static_cast<OperandTag>(value & 3)) {
      case OperandTag::variable:
        return Operand::variable(name(rest));
      case OperandTag::label:
        return Operand::label(name(rest));
      case OperandTag::variable_slot:
        return Operand::variable(name(rest), slot());
      case OperandTag::other:
        break;
    }
    if (rest == kSelf) return Operand::self();
    if (rest == kSelfSlot) return Operand::self(slot());
    return Operand::label(name(rest - kFirstLabelSlot), slot());
  }

  // The script of an operation that stands so deep. Scripts are in the order of the text: an outer one comes first.
  ScriptId script(int depth) {
    const std::size_t id = trace_.scripts.size();
    trace_.scripts.emplace_back();
    Script script;
    while (has_operation()) operation(script, depth + 1);
    if (script.empty()) {
      trace_.scripts.pop_back();
      return kEmptyScript;
    }
    trace_.scripts[id] = std::move(script);
    return static_cast<ScriptId>(id);
  }

  // The next operation is added to these. A script on the way has operations of its own, so none of these move.
  void operation(std::vector<Operation>& operations, int depth) {
    Operation& operation = operations.emplace_back();
    const std::uint8_t code = byte();
    if (code >= version_.operations && !unknown_) unknown_ = code;
    operation.code = static_cast<OpCode>(code % version_.operations);
    for (const Field field : info(operation.code).used()) decode(operation, field, depth);
  }

  void decode(Operation& operation, Field field, int depth) {
    switch (field) {
      case Field::target:
        operation.target = name(number());
        return;
      case Field::a:
        operation.a = operand();
        return;
      case Field::b:
        operation.b = operand();
        return;
      case Field::c:
        operation.c = operand();
        return;
      case Field::kind:
        return decode_kind(operation, depth);
      case Field::finalizer:
        if (std::exchange(script_follows_, false)) operation.script = script(depth);
        return;
      case Field::callback:
        return decode_callback(operation, depth);
      case Field::index:
        operation.number[0] = number_below(version_.slots);
        return;
      case Field::size:
        operation.number[0] = number_below(version_.sizes);
        return;
      case Field::generation:
        operation.number[0] = number_below(kInvalidGeneration + 1);
        return;
      case Field::generation_opt:
        operation.number[0] = number_below(kInvalidGeneration + 2);
        operation.count = operation.number[0] == 0 ? 0 : 1;
        operation.number[0] -= operation.count;
        return;
      case Field::thresholds:
        operation.count = static_cast<std::uint8_t>(byte() % 3 + 1);
        for (std::uint8_t i = 0; i < operation.count; ++i) operation.number[i] = number_below(kMaxThreshold + 1);
        return;
      case Field::flags:
        operation.number[0] = number_below(kFlagValues);
        return;
      case Field::on_off:
        operation.number[0] = number_below(2);
        return;
      case Field::integer:
        operation.number[0] = integer();
        return;
      case Field::text:
        operation.text = text();
        return;
      case Field::watcher: {
        const std::uint8_t bits = byte();
        operation.number[0] = (bits & kStopBit) != 0 ? 1 : 0;
        operation.script = (bits & kWatcherScriptBit) != 0 && depth < version_.depth ? script(depth) : kEmptyScript;
        return;
      }
    }
  }

  std::int32_t integer() {
    const std::uint32_t value = number() % kIntegers;
    const auto magnitude = static_cast<std::int32_t>(value >> 1);
    return (value & 1) == 0 ? magnitude : -magnitude - 1;
  }

  std::string text() {
    const std::uint32_t size = (version_.longest_text > 0xFF ? number() : byte()) % (version_.longest_text + 1);
    std::string text;
    for (std::uint32_t i = 0; i < size; ++i) {
      const std::uint8_t value = byte();
      const auto itself = static_cast<char>(value);
      text += is_text_character(itself) ? itself : kTextCharacters[value % kTextCharacters.size()];
    }
    return text;
  }

  void decode_kind(Operation& operation, int depth) {
    const std::uint8_t bits = byte();
    operation.kind = static_cast<ObjectKind>((bits & kKindBits) % version_.kinds);
    operation.finalizer = static_cast<FinalizerKind>(((bits >> kFinalizerShift) & 3) % version_.finalizers);
    const bool has_finalizer = operation.finalizer != FinalizerKind::none;
    if (has_finalizer) operation.script = kEmptyScript;
    script_follows_ = has_finalizer && depth < version_.depth && (bits & kScriptBit) != 0;
  }

  void decode_callback(Operation& operation, int depth) {
    const auto tag = static_cast<CallbackTag>(byte() % version_.callbacks);
    if (tag == CallbackTag::object || tag == CallbackTag::object_script) operation.b = operand();
    switch (tag) {
      case CallbackTag::none:
        return;
      case CallbackTag::empty:
      case CallbackTag::object:
        operation.script = kEmptyScript;
        return;
      case CallbackTag::script:
      case CallbackTag::object_script:
        operation.script = depth < version_.depth ? script(depth) : kEmptyScript;
        return;
    }
  }

  // Spellings are all kept or, if any of them is not a name, is given twice or is cut off, all left out.
  void names() {
    const std::uint32_t count = number();
    if (count == 0 || count > kMaxNames || count > left()) return;
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t length = number();
      if (length > left()) break;
      const auto text = bytes_.subspan(at_, length);
      trace_.names.emplace_back(text.begin(), text.end());
      at_ += length;
    }
    if (trace_.names.size() != count || find_defect(trace_)) trace_.names.clear();
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  Version version_ = kVersion1;
  Trace trace_;
  // The first code that no operation of the version has.
  std::optional<std::uint8_t> unknown_;
  // The script bit of the `new` that is being read.
  bool script_follows_ = false;
};

}  // namespace

std::vector<std::uint8_t> encode_trace(const Trace& trace) { return Encoder(trace).run(); }

Trace decode_trace(std::span<const std::uint8_t> bytes) { return Decoder(bytes).run(); }

std::optional<std::uint8_t> unknown_code(std::span<const std::uint8_t> bytes) {
  Decoder decoder(bytes);
  (void)decoder.run();
  return decoder.unknown();
}

std::optional<std::uint8_t> encoded_version(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return std::nullopt;
  return bytes.front();
}

}  // namespace cyclecheck
