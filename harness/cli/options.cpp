#include "harness/cli/options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"
#include "trace/nearest.hpp"

namespace cyclecheck::cli {
namespace {

constexpr std::int64_t kMaxMilliseconds = std::int64_t{1000} * 3600 * 1000;

struct Unit {
  std::string_view word;
  double milliseconds;
};
constexpr Unit kUnits[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(const std::string& text) {
  double sum = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t begin = at;
    std::size_t points = 0;
    while (at < text.size() && (is_digit(text[at]) || (text[at] == '.' && points++ == 0))) ++at;
    const std::string number = text.substr(begin, at - begin);
    if (number.empty() || !is_digit(number.front()) || !is_digit(number.back())) return std::nullopt;
    const std::size_t word = at;
    while (at < text.size() && !is_digit(text[at])) ++at;
    const std::string_view unit = std::string_view{text}.substr(word, at - word);
    const auto* const found = std::find_if(std::begin(kUnits), std::end(kUnits), [&](const Unit& row) {
      return row.word == unit || (unit.empty() && begin == 0 && at == text.size() && row.word == "s");
    });
    if (found == std::end(kUnits)) return std::nullopt;
    sum += std::strtod(number.c_str(), nullptr) * found->milliseconds;
    if (!(sum <= static_cast<double>(kMaxMilliseconds))) return std::nullopt;
  }
  const auto milliseconds = static_cast<std::int64_t>(sum);
  if (milliseconds <= 0) return std::nullopt;
  return std::chrono::milliseconds{milliseconds};
}

std::variant<std::uint64_t, std::string> parse_number(const std::string& text, std::uint64_t least,
                                                      std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc{} && end == text.data() + text.size() && !text.empty();
  if (is_number && number >= least && number <= most) return number;
  return fmt::format("expected a number from {} to {}, found '{}'", least, most, text);
}

CLI::Validator one_of(std::vector<std::string> words) {
  std::string all = fmt::format("{}", fmt::join(words, ", "));
  const auto check = [words = std::move(words), all](const std::string& word) -> std::string {
    if (std::find(words.begin(), words.end(), word) != words.end()) return {};
    const std::string meant = did_you_mean(word, {words.begin(), words.end()});
    return fmt::format("'{}' is none of them{}", word, meant.empty() ? ": " + all : meant);
  };
  return CLI::Validator(check, "{" + all + "}");
}

void refuse_beside(const CLI::App& command, const std::string& option, std::vector<std::string> allowed) {
  if (command.get_option(option)->count() == 0) return;
  allowed.push_back(option);
  for (const CLI::Option* other : command.get_options()) {
    const std::string name = other->get_name();
    if (other->count() == 0 || std::find(allowed.begin(), allowed.end(), name) != allowed.end()) continue;
    throw CLI::ValidationError(name, "has no effect with " + option);
  }
}

std::optional<Part> parse_part(const std::string& text) {
  Part part;
  int end = 0;
  const int fields = std::sscanf(text.c_str(), "%5u/%5u%n", &part.index, &part.count, &end);
  if (fields != 2 || static_cast<std::size_t>(end) != text.size()) return std::nullopt;
  if (part.index == 0 || part.index > part.count) return std::nullopt;
  return part;
}

std::string is_part(const std::string& text) {
  return parse_part(text) ? std::string{} : "expected a part such as 3/16, not " + text;
}

CLI::Option* add_duration(CLI::App& app, const std::string& name, std::chrono::milliseconds& value,
                          const std::string& description) {
  return app
      .add_option_function<std::string>(
          name,
          [&value, name](const std::string& text) {
            const auto duration = parse_duration(text);
            if (!duration) {
              throw CLI::ValidationError(name, "expected a duration such as 20s, 1m30s or 500ms, found '" + text + "'");
            }
            value = *duration;
          },
          description)
      ->type_name("DURATION");
}

void add_subject_options(CLI::App& app, SubjectOptions& options, const Registry& registry) {
  std::vector<std::string> levels;
  for (std::size_t i = 0; i < kLevels; ++i) levels.emplace_back(to_string(static_cast<Level>(i)));
  app.add_option("--subject", options.subject, "What is compared with the model")
      ->check([&registry](const std::string& name) -> std::string {
        if (names_subject(registry, name)) return {};
        std::vector<std::string_view> names;
        std::string known;
        for (const SubjectEntry& entry : registry) {
          names.emplace_back(entry.name);
          known += (known.empty() ? "" : ", ") + entry.name + (entry.open ? "..." : "");
        }
        const std::string meant = did_you_mean(name, names);
        return "no subject '" + name + "'" + (meant.empty() ? "; expected one of " + known : meant);
      })
      ->type_name("SUBJECT")
      ->capture_default_str()
      ->each([&options](const std::string&) { options.subject_given = true; });
  app.add_option("--level", options.level,
                 "Up to which level logs are compared; never beyond what the subject promises")
      ->check(one_of(levels))
      ->capture_default_str()
      ->each([&options](const std::string&) { options.level_given = true; });
  add_duration(app, "--timeout", options.timeout, "The longest that one trace may take (default 10s)");
  app.add_option("--memory", options.memory,
                 "The most memory that a subject may use, such as 500MB (default: no limit)")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
}

namespace {

// Those of the options that were given.
std::string given(const CLI::App& command, std::initializer_list<const char*> names) {
  std::string text;
  for (const char* const name : names) {
    const CLI::Option* option = command.get_option_no_throw(name);
    if (option == nullptr || option->count() == 0) continue;
    text += std::string{" "} + name;
    if (option->get_expected_max() == 0) continue;
    // Only options that take several words keep more than one.
    text += " " + for_shell(fmt::format("{}", fmt::join(option->reduced_results(), ",")));
  }
  return text;
}

FeatureSet parse_features(const std::string& option, const std::vector<std::string>& words) {
  FeatureSet features;
  for (const std::string& word : words) {
    const auto feature = find_feature(word);
    if (!feature) {
      std::vector<std::string_view> words_known;
      for (const FeatureInfo& row : all_features()) words_known.push_back(row.word);
      const std::string meant = did_you_mean(word, words_known);
      throw CLI::ValidationError(
          option, "no feature '" + word + "'" + (meant.empty() ? "; `generate --features` lists them" : meant));
    }
    features.set(static_cast<std::size_t>(*feature));
  }
  return features;
}

}  // namespace

std::string options_of_traces(const CLI::App& command) {
  return given(command, {"--max-operations", "--fresh", "--run-undefined", "--only", "--without"});
}

void note_invocation(const CLI::App& command, int argc, const char* const* argv) {
  Invocation& ours = invocation();
  ours.version = CYCLECHECK_VERSION;
  ours.command = "cyclecheck";
  for (int i = 1; i < argc; ++i) ours.command += " " + for_shell(argv[i]);
  ours.repeat = "cyclecheck run" + options_of_traces(command);
  ours.limits = given(command, {"--timeout", "--memory"});
}

void add_features(CLI::App& app, FeatureSet& without) {
  const auto add = [&](const std::string& name, const std::string& description, const auto& use) {
    app.add_option_function<std::vector<std::string>>(
           name, [name, use](const std::vector<std::string>& words) { use(parse_features(name, words)); }, description)
        ->type_name("WORDS")
        ->delimiter(',')
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  add("--only", "Traces of objects, references and these features alone, such as scripts,callbacks",
      [&without](const FeatureSet& features) { without |= ~features; });
  add("--without", "Traces without these features; `generate --features` lists them",
      [&without](const FeatureSet& features) { without |= features; });
}

void apply_limits(const SubjectOptions& options) { limit_memory(options.memory); }

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

void add_seed(CLI::App& app, std::uint64_t& seed, const std::string& otherwise) {
  app.add_option_function<std::string>(
         "--seed",
         [&seed](const std::string& text) {
           if (text == "random") {
             seed = random_seed();
             return;
           }
           const auto number = parse_number(text, 0, UINT64_MAX);
           if (const auto* wrong = std::get_if<std::string>(&number)) throw CLI::ValidationError("--seed", *wrong);
           seed = std::get<std::uint64_t>(number);
         },
         "The same seed gives the same traces everywhere; random draws one (default " + otherwise + ")")
      ->type_name("NUMBER");
}

void add_jobs(CLI::App& app, std::uint32_t& jobs) {
  constexpr std::uint32_t kMost = 256;
  jobs = std::clamp(std::thread::hardware_concurrency(), 1U, kMost);
  add_number(app, "--jobs", jobs, 1, kMost,
             "How many workers (default: one a processor); findings do not depend on it");
}

void tell_limits(const SubjectEntry& entry) {
  if (entry.limited.empty()) return;
  fmt::print(stderr, "{}: {}; scripts are run instead, and compared at level {} only\n", entry.name, entry.limited,
             to_string(entry.level));
}

std::string cannot_run(const SubjectEntry& subject, const std::string& path) {
  return fmt::format("{}: {} does not follow its profile, or lacks an operation of it", path, subject.name);
}

SubjectEntry open_subject(const Registry& registry, const SubjectOptions& options,
                          const std::optional<std::string>& stored) {
  apply_limits(options);
  const std::string name = options.subject_for(stored);
  auto entry = find_subject(registry, name, options.timeout);
  if (!entry) throw SubjectError(SubjectError::Kind::cannot_start, "no subject '" + name + "' in this program");
  tell_limits(*entry);
  entry->lacks |= options.without;
  return std::move(*entry);
}

std::vector<std::string> default_profiles() {
  return {std::string(all_profiles().front().name), std::string(newest_profile().name)};
}

std::vector<std::string> profile_names(bool with_all) {
  std::vector<std::string> names;
  for (const Profile& row : all_profiles()) names.emplace_back(row.name);
  if (with_all) names.emplace_back("all");
  return names;
}

std::vector<ProfileId> find_profiles(const std::vector<std::string>& names) {
  std::vector<ProfileId> profiles;
  for (const Profile& row : all_profiles()) {
    const bool wanted = std::any_of(names.begin(), names.end(),
                                    [&](const std::string& name) { return name == "all" || name == row.name; });
    if (wanted) profiles.push_back(row.id);
  }
  return profiles;
}

std::vector<ProfileId> choose_profiles(const std::vector<std::string>& names, bool given, const SubjectEntry& subject) {
  if (!given && !subject.profiles.empty()) return subject.profiles;
  std::vector<ProfileId> profiles = find_profiles(names);
  for (const ProfileId id : profiles) {
    if (subject.follows(id)) continue;
    std::string own;
    for (const ProfileId its : subject.profiles) own.append(" ").append(profile(its).name);
    throw std::runtime_error(
        fmt::format("{} does not follow the profile {}; it follows{}", subject.name, profile(id).name, own));
  }
  return profiles;
}

}  // namespace cyclecheck::cli
