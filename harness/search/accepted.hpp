// Failures that the user has accepted, with the reason: they are counted, and are no findings.
//
// A file has one on each line, a signature and why: "missing died node # issue 12", or for one profile alone
// "python3.11: missing died node # issue 12". Empty lines, and those that begin with "#", say nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "trace/file.hpp"
#include "trace/profile.hpp"

namespace cyclecheck {

class AcceptedFailures {
 public:
  struct Row {
    std::optional<ProfileId> profile;
    std::string signature;
    std::string reason;
  };

  // Errors name file and line: a line without a reason, a file that cannot be read.
  [[nodiscard]] static std::variant<AcceptedFailures, FileError> read(const std::string& path);

  // Which row it is; nothing: it is not accepted. O(rows)
  [[nodiscard]] std::optional<std::size_t> find(ProfileId profile, const std::string& signature) const;
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }

 private:
  std::vector<Row> rows_;
};

}  // namespace cyclecheck
