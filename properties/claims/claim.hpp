// One claim of the notes, and how it is found out whether it is true.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/subjects/subject.hpp"
#include "trace/profile.hpp"

namespace cyclecheck::claims {

struct Claim {
  std::size_t number = 0;
  std::string section;
  std::string text;
  // The answer that makes it true.
  std::string claimed;
  std::string note;
  // How the answer is read from the trace's log: "events KIND...", "last KIND", "value KIND i" (the largest of these
  // numbers), "number KIND" (how many). Empty: the model is not asked.
  std::string model;
  // Operations, without header.
  std::string trace;
  // Prints the answer.
  std::string python;
  // Older versions cannot be asked.
  std::optional<ProfileId> since;

  [[nodiscard]] bool asks(ProfileId profile) const { return !since || profile >= *since; }
};

// Reads claims.txt. Throws std::runtime_error with the line that is wrong.
[[nodiscard]] std::vector<Claim> read_claims(const std::string& path);

// A subject's answer in a profile. Throws std::runtime_error if the trace or the question cannot be read.
[[nodiscard]] std::string ask(Subject& subject, const Claim& claim, ProfileId profile);

}  // namespace cyclecheck::claims
