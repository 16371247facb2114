#include "harness/types/agent.hpp"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/types/agent_sources.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How long an ended process may take to be waited for.
constexpr milliseconds kLastMoment{5'000};
// How long an interpreter may take to start and import the user's module.
constexpr milliseconds kStart{60'000};

}  // namespace

TypeAgent::TypeAgent(std::string python, nlohmann::json open) : python_(std::move(python)), open_(std::move(open)) {
  std::string pattern = (fs::temp_directory_path() / "cyclecheck-type-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error(pattern + ": " + std::strerror(errno));
  folder_ = pattern;
  for (const SourceFile& source : kTypeAgent) {
    std::ofstream file(fs::path(folder_) / source.name);
    file << source.text;
    if (!file.flush()) throw std::runtime_error(folder_ + ": cannot be written");
  }
}

TypeAgent::~TypeAgent() {
  process_.reset();
  std::error_code error;
  fs::remove_all(folder_, error);
}

TypeAgent::End TypeAgent::ask(const nlohmann::json& request, milliseconds limit,
                              const std::function<void(const nlohmann::json& answer)>& on_answer) {
  if (!process_) {
    std::vector<std::string> command{python_, "-B", folder_ + "/type_main.py", folder_ + "/running"};
    // Memory that is freed is overwritten, so that its use ends the interpreter (3.6 and later).
    if (std::getenv("PYTHONMALLOC") == nullptr) command.insert(command.begin(), {"env", "PYTHONMALLOC=debug"});
    process_ = std::make_unique<ChildProcess>(command);
    bool is_open = true;
    const End end = exchange(open_, std::max(limit, kStart), [&](const nlohmann::json& answer) {
      is_open = false;
      on_answer(answer);
    });
    if (end != End::answered) return end;
    if (!is_open) {
      process_.reset();
      return End::answered;
    }
  }
  return exchange(request, limit, on_answer);
}

TypeAgent::End TypeAgent::exchange(const nlohmann::json& request, milliseconds limit,
                                   const std::function<void(const nlohmann::json& answer)>& on_answer) {
  const auto gone = [&](End end) {
    failure_ = process_->wait_for_end(steady_clock::now() + (end == End::crashed ? kLastMoment : milliseconds{0}));
    errors_ = process_->errors();
    process_.reset();
    return end;
  };
  if (!process_->write(request.dump() + "\n", steady_clock::now() + limit)) return gone(End::crashed);
  while (true) {
    std::string_view line;
    switch (process_->read_line(line, steady_clock::now() + limit)) {
      case ChildProcess::Read::closed:
        return gone(End::crashed);
      case ChildProcess::Read::timed_out:
        return gone(End::hung);
      case ChildProcess::Read::line:
        break;
    }
    if (was_interrupted()) {
      process_.reset();
      return End::stopped;
    }
    const nlohmann::json answer = nlohmann::json::parse(line);
    if (answer.contains("end")) return End::answered;
    if (!answer.contains("alive")) on_answer(answer);
  }
}

TypeAgent::Running TypeAgent::running() const {
  Running running;
  std::ifstream file(fs::path(folder_) / "running");
  std::ostringstream text;
  text << file.rdbuf();
  const std::string bytes = text.str();
  const nlohmann::json what =
      nlohmann::json::parse(bytes.substr(std::min<std::size_t>(8, bytes.size())), nullptr, false);
  if (what.is_discarded() || !what.is_object()) return running;
  running.index = what.at("index").get<std::ptrdiff_t>();
  running.steps = what.at("steps").get<std::vector<std::string>>();
  running.step = std::strtoul(bytes.c_str(), nullptr, 10);
  return running;
}

}  // namespace cyclecheck
