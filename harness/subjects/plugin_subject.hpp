// A collector in a shared library: `plugin:FILE.so`. The library's side is harness/subjects/plugin.h.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "harness/subjects/protocol.hpp"
#include "harness/subjects/subject.hpp"

struct cyclecheck_plugin;

namespace cyclecheck {

// Runs in this process: a crash of the library takes it along. The library stays loaded until the process ends.
class PluginSubject final : public Subject, private AnswerReader {
 public:
  // Loads the library and reads its greeting. Throws SubjectError(cannot_start): it cannot be loaded, it is no plug-in
  // or one of another version, its greeting is none.
  explicit PluginSubject(const std::string& file);

  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] Level level() const override { return greeting_.level; }
  [[nodiscard]] const Greeting& greeting() const { return greeting_; }

  // Throws SubjectError: garbage, truncated or refused.
  void run(const Trace& trace, Observe observe, Log& log) override;

 private:
  [[nodiscard]] std::string_view read_line(std::string_view what) override;
  [[nodiscard]] SubjectError failure(SubjectError::Kind kind, const std::string& message) override;

  std::string name_;
  const ::cyclecheck_plugin* plugin_ = nullptr;
  Greeting greeting_;
  RequestWriter request_;
  std::string answer_;
  std::size_t read_ = 0;
};

}  // namespace cyclecheck
