#include "bench/compare/measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "harness/system/system.hpp"

namespace cyclecheck::bench {
namespace {

// Ten million objects of CPython take a while.
constexpr std::chrono::seconds kPatience{300};

// What a worker is made of, for the reader who misses it.
std::string reason_for_absence(const std::string& program) {
  static const std::map<std::string, std::string> needs{
      {"cpython", "libpython3-dev"}, {"boehm", "libgc-dev"}, {"mimalloc", "libmimalloc-dev"}};
  const auto found = needs.find(program);
  return "not built" + (found == needs.end() ? "" : ": " + found->second + " is not installed");
}

class Worker {
 public:
  explicit Worker(const std::string& path) : process_({path, "--serve"}) {}

  void say(const std::string& line) {
    if (!process_.write(line + "\n", deadline())) fail();
  }
  std::string hear() {
    std::string_view line;
    const ChildProcess::Read read = process_.read_line(line, deadline());
    if (read == ChildProcess::Read::timed_out) throw std::runtime_error("no answer in time");
    if (read == ChildProcess::Read::closed) fail();
    return std::string(line);
  }

 private:
  static ChildProcess::Deadline deadline() { return std::chrono::steady_clock::now() + kPatience; }
  [[noreturn]] void fail() {
    const std::string end = process_.wait_for_end(deadline());
    throw std::runtime_error(end + (process_.errors().empty() ? "" : ": " + process_.errors()));
  }

  ChildProcess process_;
};

double parse_time(const std::string& line) {
  double value = 0;
  std::istringstream words(line);
  std::string word;
  if (!(words >> word >> value) || word != "time") throw std::runtime_error("not understood: " + line);
  return value;
}

Answers parse_answers(const std::string& line) {
  Answers answers;
  std::string_view rest = line;
  if (!rest.starts_with("answers")) throw std::runtime_error("not understood: " + line);
  rest.remove_prefix(7);
  // Keys may contain spaces: " key=number key=number".
  while (!rest.empty()) {
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos) throw std::runtime_error("not understood: " + line);
    const std::string key(rest.substr(1, equals - 1));
    rest.remove_prefix(equals + 1);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc{}) throw std::runtime_error("not understood: " + line);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    answers[key] = value;
  }
  return answers;
}

// One contender over all rounds.
class Runner {
 public:
  Runner(const Contender& contender, const std::string& folder, Measured& measured, std::vector<std::string>& failures)
      : contender_(contender),
        path_((std::filesystem::path(folder) / ("bench_" + contender.program)).string()),
        measured_(measured),
        failures_(failures) {
    if (!std::filesystem::exists(path_)) measured_.skipped = reason_for_absence(contender.program);
  }

  // Starts to prepare, unless what is prepared still serves. Contenders prepare at the same time.
  void begin() {
    guarded([&] {
      if (worker_) return;
      worker_ = std::make_unique<Worker>(path_);
      worker_->say("prepare " + text(contender_.spec));
      preparing_ = true;
    });
  }
  void wait_until_ready() {
    guarded([&] {
      if (!preparing_) return;
      preparing_ = false;
      const std::string line = worker_->hear();
      if (line.starts_with("unsupported")) {
        measured_.skipped = line.size() > 12 ? line.substr(12) : "it does not do that";
      } else if (line != "ready once" && line != "ready repeatable") {
        throw std::runtime_error("not understood: " + line);
      }
      once_ = line == "ready once";
    });
  }
  void run() {
    guarded([&] {
      worker_->say("run");
      const double value = parse_time(worker_->hear());
      if (once_) finish();
      measured_.samples.push_back(value);
    });
  }
  void end() {
    guarded([&] {
      if (worker_ && !preparing_) finish();
    });
  }

 private:
  template <class Call>
  void guarded(Call&& call) {
    if (!measured_.skipped.empty()) return;
    try {
      call();
    } catch (const std::exception& error) {
      measured_.skipped = "failed";
      measured_.samples.clear();
      failures_.push_back(fmt::format("{}: {}: {}", contender_.label, text(contender_.spec), error.what()));
      worker_.reset();
    }
  }
  void finish() {
    worker_->say("finish");
    measured_.answers = parse_answers(worker_->hear());
    worker_.reset();
  }

  const Contender& contender_;
  std::string path_;
  Measured& measured_;
  std::vector<std::string>& failures_;
  std::unique_ptr<Worker> worker_;
  bool preparing_ = false;
  bool once_ = false;
};

void compare_answers(GroupResult& result) {
  const auto& contenders = result.group.contenders;
  for (std::size_t i = 1; i < contenders.size(); ++i) {
    for (const auto& [key, value] : result.measured[0].answers) {
      const auto other = result.measured[i].answers.find(key);
      if (other == result.measured[i].answers.end() || other->second == value) continue;
      result.failures.push_back(fmt::format("{}: {} says {} = {}, {} says {}", result.group.title, contenders[0].label,
                                            key, value, contenders[i].label, other->second));
    }
  }
}

}  // namespace

GroupResult measure(const Group& group, const std::string& folder, const Effort& effort) {
  GroupResult result{.group = group, .measured = std::vector<Measured>(group.contenders.size()), .failures = {}};
  std::vector<Runner> runners;
  runners.reserve(group.contenders.size());
  for (std::size_t i = 0; i < group.contenders.size(); ++i) {
    runners.emplace_back(result.group.contenders[i], folder, result.measured[i], result.failures);
  }
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t round = 0; round < effort.most_rounds; ++round) {
    if (round >= effort.least_rounds && std::chrono::steady_clock::now() - begin > effort.budget) break;
    for (Runner& runner : runners) runner.begin();
    for (Runner& runner : runners) runner.wait_until_ready();
    // Every other round goes backwards, so that nobody always comes first.
    for (std::size_t i = 0; i < runners.size(); ++i) runners[round % 2 == 0 ? i : runners.size() - 1 - i].run();
  }
  for (Runner& runner : runners) runner.end();
  compare_answers(result);
  return result;
}

std::string version_of(const std::string& program, const std::string& folder) {
  const std::filesystem::path path = std::filesystem::path(folder) / ("bench_" + program);
  if (!std::filesystem::exists(path)) return reason_for_absence(program);
  try {
    Worker worker(path.string());
    worker.say("version");
    const std::string line = worker.hear();
    return line.starts_with("version ") ? line.substr(8) : "not understood: " + line;
  } catch (const std::exception& error) {
    return error.what();
  }
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Ratio ratio(const GroupResult& result, std::size_t contender) {
  const std::vector<double>& first = result.measured[0].samples;
  const std::vector<double>& other = result.measured[contender].samples;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(first.size(), other.size()); ++i) ratios.push_back(other[i] / first[i]);
  const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
  return {median(ratios), *least, *most};
}

}  // namespace cyclecheck::bench
