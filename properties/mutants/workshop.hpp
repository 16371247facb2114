// Building mutants: the program with a few of its sources changed.
//
// It asks Ninja how the program was built and which headers every object was compiled from, compiles again only the
// objects that a change touches, against changed copies in the build folder, and links them with what is there. So a
// mutant is built exactly as the program is, and the sources stay as they are. Thread-safe for different mutants.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "properties/mutants/mutant.hpp"
#include "trace/file.hpp"

namespace cyclecheck {

class Workshop {
 public:
  // `build` is a build folder of CMake and Ninja in which `target`, the path of an executable in it, was built.
  // Errors: `build` is no such folder, or the target was not built there, or one of its sources is newer.
  [[nodiscard]] static std::variant<Workshop, FileError> open(const std::string& build, const std::string& target);

  // The folder of the project's sources.
  [[nodiscard]] const std::string& sources() const { return sources_; }
  // The path of the program as it is.
  [[nodiscard]] std::string program() const { return build_ + "/" + target_; }

  // A number for the program with the mutant in it: another one if either is changed. Errors: the patch does not apply.
  [[nodiscard]] std::variant<std::string, FileError> identity(const Mutant& mutant) const;

  // The path of the mutated program. It is not built again if neither the program nor the mutant has changed since.
  // `flags` are added to every compilation. Errors: the patch does not apply, or its result does not compile, or a
  // source was changed since the program was built.
  [[nodiscard]] std::variant<std::string, FileError> build(const Mutant& mutant, const std::string& flags = {}) const;

 private:
  // How one object is made.
  struct Step {
    std::string command;
    std::string object;
    std::string source;
    // Of the project: relative to its sources.
    std::vector<std::string> depends;
  };

  Workshop() = default;
  // Objects of today's sources beside older ones make a program that fails for no fault of the mutant.
  [[nodiscard]] std::optional<FileError> newer_source() const;
  [[nodiscard]] std::string mark(const std::map<std::string, std::string>& files, const std::string& flags) const;
  [[nodiscard]] std::vector<const Step*> touched_by(const std::map<std::string, std::string>& files) const;

  std::string build_;
  std::string sources_;
  std::string target_;
  std::string ninja_;
  std::vector<Step> steps_;
  std::string link_;
  // Of the program as it is.
  std::uint64_t hash_ = 0;
};

}  // namespace cyclecheck
