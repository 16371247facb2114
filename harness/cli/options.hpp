// Values on the command line, and options that several commands share.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "harness/compare/compare.hpp"
#include "harness/subjects/subjects.hpp"
#include "trace/profile.hpp"

namespace cyclecheck::cli {

// "20s", "5m", "1h", "1d", "500ms", "0.5s", "1m30s" or "20" (seconds); more than nothing, at most 1,000 hours.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(const std::string& text);

// For CLI11: one of these words. Otherwise the message names the one that was meant, or all of them.
[[nodiscard]] CLI::Validator one_of(std::vector<std::string> words);

// Throws CLI::ValidationError if `option` was given and, beside it, another one that has no effect then: one that is
// not in `allowed`.
void refuse_beside(const CLI::App& command, const std::string& option, std::vector<std::string> allowed);

// Adds an option whose value is a duration; anything else is bad usage.
CLI::Option* add_duration(CLI::App& app, const std::string& name, std::chrono::milliseconds& value,
                          const std::string& description);

// A whole number in a range; the message for anything else names both.
[[nodiscard]] std::variant<std::uint64_t, std::string> parse_number(const std::string& text, std::uint64_t least,
                                                                    std::uint64_t most);

// Adds an option whose value is a number from `least` to `most`, or a std::optional of one; anything else is bad usage.
template <typename Number>
CLI::Option* add_number(CLI::App& app, const std::string& name, Number& value, std::uint64_t least, std::uint64_t most,
                        const std::string& description) {
  return app
      .add_option_function<std::string>(
          name,
          [&value, name, least, most](const std::string& text) {
            const auto number = parse_number(text, least, most);
            if (const auto* wrong = std::get_if<std::string>(&number)) throw CLI::ValidationError(name, *wrong);
            if constexpr (std::is_integral_v<Number>) {
              value = static_cast<Number>(std::get<std::uint64_t>(number));
            } else {
              value = static_cast<typename Number::value_type>(std::get<std::uint64_t>(number));
            }
          },
          description)
      ->type_name("NUMBER");
}

// One of several parts of some work: "3/16" is the third of sixteen.
struct Part {
  std::uint32_t index = 1;
  std::uint32_t count = 1;
};
[[nodiscard]] std::optional<Part> parse_part(const std::string& text);
// For CLI11: what is wrong with the text, empty if it is a part.
[[nodiscard]] std::string is_part(const std::string& text);

// --level, --subject and --timeout.
struct SubjectOptions {
  std::string subject = "impl";
  std::string level = "order";
  std::chrono::milliseconds timeout{10'000};
  // The most memory that a subject may use beside what it starts with, in bytes; 0: no limit.
  std::uint64_t memory = 0;
  // What it is not asked for (add_features).
  FeatureSet without = {};
  // Whether the command line says so; otherwise a stored finding knows better.
  bool subject_given = false;
  bool level_given = false;

  [[nodiscard]] Level parsed_level() const { return *find_level(level); }
  // The subject and the level for a stored trace, which may be of a finding.
  [[nodiscard]] std::string subject_for(const std::optional<std::string>& stored) const {
    return subject_given ? subject : stored.value_or(subject);
  }
  [[nodiscard]] Level level_for(std::optional<Level> stored) const {
    return level_given ? parsed_level() : stored.value_or(parsed_level());
  }
};
void add_subject_options(CLI::App& app, SubjectOptions& options, const Registry& registry);

// --only and --without: words, which are collected in `without`.
void add_features(CLI::App& app, FeatureSet& without);

// Says on standard error why a subject promises less than it could, if it does.
void tell_limits(const SubjectEntry& entry);

// Keeps how the program was called (harness/system/invocation.hpp), for the findings of `command`.
void note_invocation(const CLI::App& command, int argc, const char* const* argv);

// The options that were given and that traces depend on, such as " --max-operations 50".
[[nodiscard]] std::string options_of_traces(const CLI::App& command);

// A number that nobody knows before.
[[nodiscard]] std::uint64_t random_seed();

// --seed: a number, or `random`, which draws one.
// `otherwise`: what holds if none is given, in words.
void add_seed(CLI::App& app, std::uint64_t& seed, const std::string& otherwise = "1");

// --jobs: how many workers; as many as there are processors unless told otherwise.
void add_jobs(CLI::App& app, std::uint32_t& jobs);

// What to say if !subject.can_run(the trace of this file).
[[nodiscard]] std::string cannot_run(const SubjectEntry& subject, const std::string& path);

// Limits the memory of subjects as the options say. Called before any of them starts.
void apply_limits(const SubjectOptions& options);

// The subject that the options name, or the other one; tells its limits. Throws SubjectError(cannot_start).
// REQUIRES: the options were read by add_subject_options with the same registry
[[nodiscard]] SubjectEntry open_subject(const Registry& registry, const SubjectOptions& options,
                                        const std::optional<std::string>& stored = {});

// The profiles with these names, each once, in the order of the profile table; "all" stands for every one.
// REQUIRES: the names were accepted by profile_names().
[[nodiscard]] std::vector<ProfileId> find_profiles(const std::vector<std::string>& names);

// What is verified if no profile is asked for: the oldest version, which has rules of its own, and the newest.
[[nodiscard]] std::vector<std::string> default_profiles();

// The names that --profile accepts.
[[nodiscard]] std::vector<std::string> profile_names(bool with_all);

// The profiles to verify: those asked for, or, if none is given, the subject's own, or else these. Throws
// std::runtime_error: the subject does not follow one of them.
[[nodiscard]] std::vector<ProfileId> choose_profiles(const std::vector<std::string>& names, bool given,
                                                     const SubjectEntry& subject);

}  // namespace cyclecheck::cli
