#include "harness/report/summary.hpp"

namespace cyclecheck {

std::string_view to_string(Check::Outcome outcome) {
  switch (outcome) {
    case Check::Outcome::passed:
      return "passed";
    case Check::Outcome::failed:
      return "failed";
    case Check::Outcome::error:
      return "error";
    case Check::Outcome::left_out:
      return "left out";
  }
  return "";
}

void Summary::add_error(const std::string& message) {
  checks.push_back({"cyclecheck", command + " was carried out", Check::Outcome::error, 0, message});
}

}  // namespace cyclecheck
