#include "harness/subjects/contract.hpp"

#include <array>
#include <charconv>
#include <cstddef>

namespace cyclecheck {
namespace {

using Words = std::array<std::string_view, 4>;

constexpr Words kCounts{"lazy", "prompt"};
constexpr Words kFinalizers{"never", "once", "always"};
constexpr Words kWeakReferences{"unreachable", "death"};
constexpr Words kCallbacks{"never", "before", "after"};
constexpr Words kLeft{"any", "cycles", "opaque", "none"};
constexpr Words kEphemerons{"never", "leaky", "collected"};

template <typename Value>
bool set_word(Value& value, const Words& words, std::string_view word) {
  for (std::size_t i = 0; i < words.size() && !word.empty(); ++i) {
    if (words[i] != word) continue;
    value = static_cast<Value>(i);
    return true;
  }
  return false;
}

bool set_collections(std::uint32_t& value, std::string_view word) {
  if (word == "none") {
    value = 0;
    return true;
  }
  std::uint32_t number = 0;
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (problem != std::errc{} || end != word.data() + word.size() || number == 0 || number > kMostCollections) {
    return false;
  }
  value = number;
  return true;
}

template <typename Value>
std::string_view word_of(Value value, const Words& words) {
  return words[static_cast<std::size_t>(value)];
}

}  // namespace

Contract contract_of_cpython() {
  Contract contract;
  contract.counts = Contract::Counts::prompt;
  contract.collections = 1;
  contract.finalizers = Contract::Finalizers::once;
  contract.weak_references = Contract::WeakReferences::unreachable;
  contract.callbacks = Contract::Callbacks::before;
  contract.left = Contract::Left::opaque;
  contract.machine_of_cpython = true;
  return contract;
}

Contract contract_of_documentation() {
  Contract contract = contract_of_cpython();
  contract.documentation_of_cpython = true;
  return contract;
}

bool set_parameter(Contract& contract, std::string_view text) {
  const std::size_t middle = text.find('=');
  if (middle == std::string_view::npos) return false;
  const std::string_view name = text.substr(0, middle);
  const std::string_view word = text.substr(middle + 1);
  if (name == "counts") return set_word(contract.counts, kCounts, word);
  if (name == "collections") return set_collections(contract.collections, word);
  if (name == "finalizers") return set_word(contract.finalizers, kFinalizers, word);
  if (name == "weakrefs") return set_word(contract.weak_references, kWeakReferences, word);
  if (name == "callbacks") return set_word(contract.callbacks, kCallbacks, word);
  if (name == "left") return set_word(contract.left, kLeft, word);
  if (name == "ephemerons") return set_word(contract.ephemerons, kEphemerons, word);
  return false;
}

std::string to_string(const Contract& contract) {
  std::string text = "counts=";
  text += word_of(contract.counts, kCounts);
  text += " collections=";
  text += contract.collections == 0 ? "none" : std::to_string(contract.collections);
  text += " finalizers=";
  text += word_of(contract.finalizers, kFinalizers);
  text += " weakrefs=";
  text += word_of(contract.weak_references, kWeakReferences);
  text += " callbacks=";
  text += word_of(contract.callbacks, kCallbacks);
  text += " left=";
  text += word_of(contract.left, kLeft);
  text += " ephemerons=";
  text += word_of(contract.ephemerons, kEphemerons);
  return text;
}

}  // namespace cyclecheck
