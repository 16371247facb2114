// The part of a type's check that runs inside of the interpreter, and may take it along.
//
// The agent answers requests in JSON (harness/types/type_main.py). Before it runs anything it writes the steps into a
// file, so that a crash and a hang are known by them. Not thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/system/system.hpp"

namespace cyclecheck {

class TypeAgent {
 public:
  // `open` is the request that names the type; each new process is sent it first. Throws std::runtime_error: the
  // agent's files cannot be written.
  TypeAgent(std::string python, nlohmann::json open);
  TypeAgent(const TypeAgent&) = delete;
  TypeAgent& operator=(const TypeAgent&) = delete;
  ~TypeAgent();

  enum class End : std::uint8_t { answered, crashed, hung, stopped };

  // Sends a request, starting the agent if it does not run. Each answer is handed over as it comes; silence for longer
  // than `limit` is a hang. After a crash or a hang the process is gone.
  End ask(const nlohmann::json& request, std::chrono::milliseconds limit,
          const std::function<void(const nlohmann::json& answer)>& on_answer);

  // Ends the process: the next request meets a new interpreter.
  void restart() { process_.reset(); }

  // How the process ended: "signal 11 (Segmentation fault)"; what it wrote to its standard error.
  [[nodiscard]] const std::string& failure() const { return failure_; }
  [[nodiscard]] const std::string& errors() const { return errors_; }

  // What ran last.
  struct Running {
    std::ptrdiff_t index = -1;
    std::vector<std::string> steps;
    std::size_t step = 0;
  };
  [[nodiscard]] Running running() const;

 private:
  End exchange(const nlohmann::json& request, std::chrono::milliseconds limit,
               const std::function<void(const nlohmann::json& answer)>& on_answer);

  std::string python_;
  nlohmann::json open_;
  std::string folder_;
  std::unique_ptr<ChildProcess> process_;
  std::string failure_;
  std::string errors_;
};

}  // namespace cyclecheck
