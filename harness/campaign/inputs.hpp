// A folder of fuzzing inputs, each in a file named by its SHA-1, with everything in memory. Not thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "harness/campaign/folder_notes.hpp"
#include "trace/file.hpp"

namespace cyclecheck {

// Longer files are not taken for inputs: no input needs so much (harness/inputs/input.hpp).
inline constexpr std::size_t kLongestInput = 65536;

class Inputs {
 public:
  // Reads a folder. What is not named by its content is an input all the same, if it can be read as one: other fuzzers'
  // files, traces in text, files that were cut off. All others are left alone. `changes`: files that are read but
  // misnamed get their names, and what a killed process left half written is removed. Errors: the folder cannot be
  // read.
  [[nodiscard]] static std::variant<Inputs, FileError> load(const std::string& folder, bool changes, Notes& notes);

  // By name.
  [[nodiscard]] const std::map<std::string, std::string>& all() const { return inputs_; }
  [[nodiscard]] std::size_t size() const { return inputs_.size(); }
  [[nodiscard]] std::string path_of(const std::string& name) const { return folder_ + "/" + name; }

  // Stores an input; false if it is there already. `sync`: see harness/system/durable.hpp. Errors: it cannot be
  // written.
  [[nodiscard]] std::variant<bool, FileError> add(std::string_view bytes, bool sync = false);
  // Removes an input and its file, if they are there.
  void remove(const std::string& name);

 private:
  explicit Inputs(std::string folder) : folder_(std::move(folder)) {}
  [[nodiscard]] std::variant<std::monostate, FileError> take(const std::string& name, bool changes, Notes& notes);

  std::string folder_;
  std::map<std::string, std::string> inputs_;
};

// The name of an input: 40 hexadecimal digits.
[[nodiscard]] std::string input_name(std::string_view bytes);

}  // namespace cyclecheck
