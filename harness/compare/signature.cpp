#include "harness/compare/signature.hpp"

#include <array>
#include <cstddef>

namespace cyclecheck {
namespace {

constexpr std::string_view kAnyObject = "object";
constexpr std::array<std::string_view, 23> kObjectWords{
    "coroutine", "set",      "generator",  "frame",     "traceback", "method", "cell",  "custom",
    "node",      "instance", "classic",    "opaque",    "list",      "dict",   "tuple", "weakref",
    "subref",    "proxy",    "dictionary", "callbacks", "object",    "int",    "str"};
constexpr std::size_t kMaxSlug = 60;

// What the operation creates under `name`, or nothing.
std::string_view made(const Operation& operation, Name name) {
  if (operation.target != name) return {};
  switch (operation.code) {
    case OpCode::create:
      return to_string(operation.kind);
    case OpCode::weakref:
    case OpCode::subref:
    case OpCode::proxy:
    case OpCode::integer:
    case OpCode::string:
    case OpCode::method:
    case OpCode::traceback:
      return info(operation.code).word;
    default:
      return {};
  }
}

// Adds what one operation creates; different words become "object".
void merge(std::string_view& word, std::string_view next) {
  if (next.empty()) return;
  if (word.empty() || word == next) {
    word = next;
  } else {
    word = kAnyObject;
  }
}

bool is_object_word(std::string_view word) {
  for (const std::string_view known : kObjectWords) {
    if (word == known) return true;
  }
  return false;
}

// Splits off the last word if it names a kind of object.
std::pair<std::string_view, std::string_view> split(std::string_view signature) {
  const std::size_t space = signature.rfind(' ');
  if (space == std::string_view::npos || !is_object_word(signature.substr(space + 1))) return {signature, {}};
  return {signature.substr(0, space), signature.substr(space + 1)};
}

}  // namespace

std::string_view object_word(const Trace& trace, const Label& label) {
  if (label.part == Part::attributes) return "dictionary";
  if (label.part == Part::frame) return "frame";
  if (label.part == Part::callback_tuple) return "callbacks";
  std::string_view word;
  for (const Operation& operation : trace.operations) {
    merge(word, made(operation, label.name));
    // `bulk` creates nodes, but only under the name of a node; an object of another kind there is not confused with
    // one.
    if (operation.code == OpCode::bulk && operation.target == label.name) merge(word, "node");
  }
  for (const Script& script : trace.scripts) {
    for (const Operation& operation : script) merge(word, made(operation, label.name));
  }
  return word.empty() ? kAnyObject : word;
}

std::string_view object_word(const Trace& trace, const Event& event) {
  if (!info(event.kind).has_label) return {};
  return event.none ? "none" : object_word(trace, event.label);
}

bool same_failure(std::string_view one, std::string_view other) {
  if (one == other) return true;
  const auto [one_rest, one_object] = split(one);
  const auto [other_rest, other_object] = split(other);
  if (one_rest != other_rest || one_object.empty() || other_object.empty()) return false;
  return one_object == kAnyObject || other_object == kAnyObject;
}

std::string slug(std::string_view signature) {
  std::string text;
  for (const char c : signature) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain || upper) {
      text += upper ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!text.empty() && text.back() != '-') {
      text += '-';
    }
    if (text.size() == kMaxSlug) break;
  }
  while (!text.empty() && text.back() == '-') text.pop_back();
  return text.empty() ? "finding" : text;
}

}  // namespace cyclecheck
