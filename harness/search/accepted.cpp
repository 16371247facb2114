#include "harness/search/accepted.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/compare/compare.hpp"

namespace cyclecheck {
namespace {

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  return begin == std::string::npos ? std::string{} : text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

}  // namespace

std::variant<AcceptedFailures, FileError> AcceptedFailures::read(const std::string& path) {
  const auto bytes = read_file(path);
  if (const auto* error = std::get_if<FileError>(&bytes)) return *error;
  const auto& text = std::get<std::string>(bytes);
  AcceptedFailures accepted;
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = trimmed(text.substr(at, end - at));
    at = end;
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const std::size_t mark = line.find(" #");
    Row row;
    row.signature = trimmed(line.substr(0, mark));
    if (mark != std::string::npos) row.reason = trimmed(line.substr(mark + 2));
    if (row.reason.empty()) {
      return FileError{
          fmt::format("{}:{}: expected a signature and why it is accepted: {} # reason", path, number, row.signature)};
    }
    const std::size_t colon = row.signature.find(": ");
    row.profile = find_profile(row.signature.substr(0, colon));
    if (row.profile && colon != std::string::npos) row.signature = trimmed(row.signature.substr(colon + 2));
    accepted.rows_.push_back(std::move(row));
  }
  return accepted;
}

std::optional<std::size_t> AcceptedFailures::find(ProfileId profile, const std::string& signature) const {
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (rows_[i].profile.value_or(profile) == profile && same_failure(rows_[i].signature, signature)) return i;
  }
  return std::nullopt;
}

}  // namespace cyclecheck
