// What was measured of mutants, kept in a file: one line of JSON for each mutant and way of testing, written when it is
// known, so that a measurement that was ended goes on where it stopped.
//
// A result counts as known only if the program, the mutant and the settings are those it was measured with.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <variant>

#include "properties/mutants/baseline.hpp"
#include "properties/mutants/detection.hpp"
#include "trace/file.hpp"

namespace cyclecheck {

// Thread-safe.
class Results {
 public:
  // Keeps nothing.
  Results() = default;
  // Reads the file if there is one. A last line that was cut off is not counted. Errors name the line that is not such
  // a result.
  [[nodiscard]] static std::variant<std::unique_ptr<Results>, FileError> open(const std::string& path);

  // What decides a result: `identity` of program and mutant (Workshop::identity), and everything else in words.
  struct Key {
    std::string mutant;
    std::string way;
    std::string identity;
    std::string settings;

    // Strings have no <=> in libc++ 14.
    friend bool operator<(const Key& one, const Key& other) {
      return std::tie(one.mutant, one.way, one.identity, one.settings) <
             std::tie(other.mutant, other.way, other.identity, other.settings);
    }
  };

  [[nodiscard]] std::optional<Baseline> baseline(const Key& key) const;
  // What `cyclecheck run` did: everything of the detection but the mutant and the baselines.
  [[nodiscard]] std::optional<Detection> runs(const Key& key) const;

  // Errors: it cannot be written.
  [[nodiscard]] std::optional<FileError> keep(const Key& key, const Baseline& baseline);
  [[nodiscard]] std::optional<FileError> keep(const Key& key, const Detection& runs);

 private:
  [[nodiscard]] std::optional<std::string> find(const Key& key) const;
  [[nodiscard]] std::optional<FileError> add(const Key& key, std::string text);

  std::string path_;
  mutable std::mutex mutex_;
  // JSON, as text.
  std::map<Key, std::string> known_;
};

}  // namespace cyclecheck
