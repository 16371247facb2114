#include "harness/types/type_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "harness/types/agent.hpp"

namespace cyclecheck {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

// How long a call may take while it is found out what holds references.
constexpr milliseconds kTrial{2'000};
// After so many crashes and hangs the check has seen enough.
constexpr int kMostEnds = 25;
constexpr int kReplays = 3;

json opening(const TypeCheckOptions& options) {
  json open{{"what", "open"}, {"type", options.type}};
  if (!options.spec.empty()) open["spec"] = options.spec;
  return open;
}

// What stands behind "  # " of a step, or of the nearest one before it: the place that it is about.
std::string label_near(const std::vector<std::string>& steps, std::size_t at) {
  for (std::size_t i = std::min(at + 1, steps.size()); i-- > 0;) {
    if (const auto mark = steps[i].find("  # "); mark != std::string::npos) {
      std::string label = steps[i].substr(mark + 4);
      if (label == "borrowed") continue;
      if (const auto of = label.find(" of "); of != std::string::npos) label = label.substr(of + 4);
      return label;
    }
  }
  return {};
}

std::string plain(const std::string& step) { return step.substr(0, step.find("  # ")); }

bool holds(const std::vector<std::string>& steps, std::size_t up_to, std::string_view text) {
  const std::size_t end = std::min(up_to + 1, steps.size());
  return std::any_of(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(end),
                     [&](const std::string& step) { return step.find(text) != std::string::npos; });
}

// The fault that the end of an interpreter is.
TypeFault fault_of_end(const TypeAgent& agent, TypeAgent::End end, const std::string& type) {
  const TypeAgent::Running running = agent.running();
  TypeFault fault;
  fault.steps = running.steps;
  fault.label = label_near(running.steps, running.step);
  if (fault.label.empty()) fault.label = type.substr(type.find(':') + 1);
  const std::string line = running.step < running.steps.size() ? plain(running.steps[running.step]) : "";
  const std::string how = end == TypeAgent::End::hung ? "does not return" : "ends the interpreter: " + agent.failure();
  fault.hangs = end == TypeAgent::End::hung;
  fault.words = fmt::format("`{}` {}", line, how);
  fault.rule = "T19";
  if (!running.steps.empty() && running.steps[0].starts_with("# T13")) {
    fault.rule = "T13";
    fault.words = fmt::format("nested {} deep, `{}` {}", running.steps[0].substr(6), line, how);
  } else if (holds(running.steps, running.step, "tp_clear(")) {
    fault.rule = "T16";
    fault.words = fmt::format("after tp_clear the object is not valid: `{}` {}", line, how);
  } else if (holds(running.steps, running.step, "fail_at(")) {
    fault.rule = "T11";
    fault.words = fmt::format("when a request for memory fails, `{}` {}", line, how);
  } else if (holds(running.steps, running.steps.size(), "  # borrowed")) {
    fault.rule = "T4";
    fault.words = fmt::format("{} keeps an object and owns no reference to it: `{}` {}", fault.label, line, how);
  }
  return fault;
}

TypeFault fault_of_answer(const json& answer) {
  TypeFault fault;
  const json& finding = answer.at("finding");
  fault.rule = finding.at("rule");
  fault.label = finding.at("label");
  fault.words = finding.at("words");
  fault.steps = answer.at("steps").get<std::vector<std::string>>();
  fault.raised = answer.at("raised").get<std::vector<std::size_t>>();
  return fault;
}

// Runs steps; what they show.
std::optional<TypeFault> run_steps(TypeAgent& agent, const TypeCheckOptions& options,
                                   const std::vector<std::string>& steps,
                                   std::optional<std::string>* unusable = nullptr) {
  std::optional<TypeFault> fault;
  const auto end = agent.ask({{"what", "run"}, {"steps", steps}}, options.timeout, [&](const json& answer) {
    if (answer.contains("finding")) fault = fault_of_answer(answer);
    if (answer.contains("unusable") && unusable != nullptr) *unusable = answer.at("unusable").get<std::string>();
  });
  if (end == TypeAgent::End::crashed || end == TypeAgent::End::hung) fault = fault_of_end(agent, end, options.type);
  return fault;
}

// The steps without those that use a name which no step before has made.
std::vector<std::string> without_undefined(TypeAgent& agent, const TypeCheckOptions& options,
                                           const std::vector<std::string>& steps) {
  std::vector<std::string> kept = steps;
  (void)agent.ask({{"what", "undefined"}, {"steps", steps}}, options.timeout, [&](const json& answer) {
    const auto undefined = answer.value("undefined", std::vector<std::size_t>{});
    for (auto i = undefined.rbegin(); i != undefined.rend(); ++i)
      kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(*i));
  });
  return kept;
}

// Leaves out steps, halves first, then single ones, until none can be left out. A program that is one question of its
// own stays as it is.
void shrink(TypeAgent& agent, const TypeCheckOptions& options, TypeFault& fault) {
  fault.original_steps = fault.steps.size();
  if (fault.steps.empty() || fault.steps[0].starts_with("# T")) {
    fault.one_minimal = true;
    return;
  }
  // A program that ended an interpreter leaves no other one with what ran before it.
  const std::string signature = fault.signature();
  const auto attempt = [&](std::vector<std::string> steps) {
    steps = without_undefined(agent, options, steps);
    if (steps.empty()) return false;
    std::optional<TypeFault> shown = run_steps(agent, options, steps);
    if (!shown || shown->signature() != signature) return false;
    fault.steps = std::move(steps);
    fault.words = shown->words;
    fault.raised = shown->raised;
    return true;
  };
  if (!attempt(fault.steps)) return;
  for (std::size_t chunk = std::max<std::size_t>(fault.steps.size() / 2, 1);; chunk /= 2) {
    bool again = true;
    while (again) {
      again = false;
      for (std::size_t end = fault.steps.size(); end > 0 && !was_interrupted();) {
        const std::size_t begin = end > chunk ? end - chunk : 0;
        std::vector<std::string> less(fault.steps.begin(), fault.steps.begin() + static_cast<std::ptrdiff_t>(begin));
        less.insert(less.end(), fault.steps.begin() + static_cast<std::ptrdiff_t>(end), fault.steps.end());
        if (attempt(std::move(less))) again = chunk == 1;
        end = std::min(begin, fault.steps.size());
      }
    }
    if (chunk == 1) break;
  }
  fault.one_minimal = !was_interrupted();
}

class Check {
 public:
  explicit Check(const TypeCheckOptions& options) : options_(options), agent_(options.python, opening(options)) {}

  TypeReport run() {
    find();
    if (!report_.unusable && !found_.is_null()) search();
    if (report_.faults.empty()) return std::move(report_);
    if (report_.faults.size() > options_.max_findings) {
      report_.not_checked.push_back(fmt::format("stopped at --max-findings; first of what else was seen: {}",
                                                report_.faults[options_.max_findings].words));
      report_.faults.resize(options_.max_findings);
    }
    std::vector<TypeFault> seen = std::exchange(report_.faults, {}), doubtful;
    for (TypeFault& fault : seen) {
      if (!finish(fault)) continue;
      const bool came_back = fault.reproduced > 0 || fault.replays == 0;
      came_back ? tell(std::move(fault)) : doubtful.push_back(std::move(fault));
    }
    // A count that is wrong in one interpreter alone is no fault, nor is a crash where another fault damages memory.
    const bool explained = !report_.faults.empty();
    for (TypeFault& fault : doubtful) {
      if (explained || fault.rule != "T19") {
        report_.not_checked.push_back(fault.words + ", and not when it was tried alone");
      } else {
        tell(std::move(fault));
      }
    }
    return std::move(report_);
  }

 private:
  // Finds out how one is made and what holds references. What ended an interpreter is skipped by the next one.
  void find() {
    json skip = json::array();
    for (int ends = 0; ends <= kMostEnds; ++ends) {
      const auto end =
          agent_.ask({{"what", "find"}, {"skip", skip}}, kTrial, [&](const json& answer) { take(answer); });
      if (end == TypeAgent::End::answered || end == TypeAgent::End::stopped) return;
      const TypeAgent::Running running = agent_.running();
      if (agent_.failure() == "exit status 127") {
        report_.unusable = fmt::format("there is no interpreter {}", options_.python);
        return;
      }
      if (running.steps.empty()) {
        report_.unusable =
            fmt::format("{} {} when {} is imported:\n{}", options_.python,
                        end == TypeAgent::End::hung ? "does not answer" : "ends with " + agent_.failure(),
                        options_.type, agent_.errors());
        return;
      }
      skip.push_back(running.steps.back());
      if (end == TypeAgent::End::hung) {
        report_.hung.push_back(running.steps.back());
      } else {
        TypeFault fault;
        fault.rule = "T19";
        fault.label = running.steps.back();
        fault.words = fmt::format("`{}` ends the interpreter: {}", running.steps.back(), agent_.failure());
        fault.steps = links_before(running.steps);
        add(std::move(fault));
      }
    }
    report_.unusable = fmt::format("{} calls crashed or did not return", kMostEnds);
  }

  // The links that a trial used were made for it.
  static std::vector<std::string> links_before(std::vector<std::string> steps) {
    std::set<std::string> made;
    std::vector<std::string> result;
    for (const char name : std::string("wxyz")) {
      if (std::any_of(steps.begin(), steps.end(),
                      [&](const std::string& step) { return step.find(name) != std::string::npos; })) {
        result.push_back(std::string(1, name) + " = Link()");
      }
    }
    result.insert(result.end(), steps.begin(), steps.end());
    return result;
  }

  void take(const json& answer) {
    if (answer.contains("unusable")) {
      report_.unusable = answer.at("unusable").get<std::string>();
      return;
    }
    found_ = answer.at("found");
    report_.version = answer.at("version");
    report_.takes_part = answer.at("has_gc");
    must_take_part_ = answer.at("takes_part");
    if (const auto depth = answer.at("depth").get<std::uint64_t>(); depth > 0) depth_ = depth;
    report_.not_checked = answer.at("not_checked").get<std::vector<std::string>>();
    for (const json& make : found_.at("makes")) {
      report_.makes.push_back(make.at("text"));
      for (const auto& [hole, n] : make.at("holds").items()) {
        report_.edges.push_back({fmt::format("{} of {}", hole, make.at("text").get<std::string>()),
                                 "a = " + make.at("text").get<std::string>(), std::nullopt});
      }
    }
    for (const json& edge : found_.at("edges")) {
      TypeEdge one{edge.at("label"), edge.at("put"), std::nullopt};
      if (!edge.at("clear").is_null()) one.clear = edge.at("clear").get<std::string>();
      report_.edges.push_back(std::move(one));
    }
    for (const json& use : found_.at("uses")) report_.uses.push_back(use.at("line"));
  }

  void search() {
    json request{{"what", "search"},
                 {"found", found_},
                 {"seed", options_.seed},
                 {"programs", options_.programs},
                 {"deepest", options_.deepest},
                 {"deep", true}};
    std::ptrdiff_t from = 0;
    const auto began = std::chrono::steady_clock::now();
    for (int ends = 0; ends <= kMostEnds; ++ends) {
      const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
      if (options_.time.count() > 0)
        request["seconds"] = std::chrono::duration<double>(options_.time).count() - passed.count();
      request["from"] = from;
      request["found"] = found_;
      request["known"] = known_;
      const auto end = agent_.ask(request, options_.timeout, [&](const json& answer) { hear(answer); });
      if (end == TypeAgent::End::answered || end == TypeAgent::End::stopped) return;
      const TypeAgent::Running running = agent_.running();
      if (end == TypeAgent::End::hung && may_wait(running)) {
        from = running.index;
        continue;
      }
      TypeFault fault = fault_of_end(agent_, end, options_.type);
      report_.run = static_cast<std::uint64_t>(running.index) + 1;
      from = running.index + 1;
      if (fault.rule == "T13") {
        request["deep"] = false;
        report_.crash_depth = std::stoull(running.steps.at(0).substr(6));
        if (*report_.crash_depth > depth_) continue;
      }
      add(std::move(fault));
      if (report_.faults.size() > options_.max_findings) return;
    }
    report_.not_checked.push_back(fmt::format("the rest: {} programs crashed or did not return", kMostEnds));
  }

  // A method that waits, for an item of a queue say, is no fault: what calls it is left out from now on.
  bool may_wait(const TypeAgent::Running& running) {
    if (running.step >= running.steps.size()) return false;
    std::string line = plain(running.steps[running.step]);
    if (line.find(" = ") == 1 && line.size() > 5 && line[5] == '.') line.erase(0, 4);
    if (line.size() < 2 || line[1] != '.') return false;
    line[0] = 'a';
    bool was_known = false;
    for (json& use : found_["uses"]) {
      if (use.at("line") == line && !use.at("waits").get<bool>()) {
        use["waits"] = true;
        was_known = true;
      }
    }
    for (json& edge : found_["edges"]) {
      if (edge.at("clear") == line) {
        edge["clear"] = nullptr;
        was_known = true;
      }
    }
    if (was_known) report_.hung.push_back(line);
    return was_known;
  }

  void hear(const json& answer) {
    if (answer.contains("finding")) add(fault_of_answer(answer));
    if (answer.contains("programs")) report_.run = answer.at("programs");
    if (answer.value("note", "") == "Costs") {
      report_.costs.push_back(answer.at("words"));
      if (must_take_part_) {
        TypeFault fault;
        fault.rule = "T2";
        fault.label = answer.at("words");
        fault.words = fmt::format(
            "the spec says that the type takes part in collection, and it does not: a cycle through "
            "{} is never collected",
            fault.label);
        add(std::move(fault));
      }
    }
    if (answer.value("note", "") == "Elsewhere") report_.kept.push_back(answer.at("words"));
  }

  void add(TypeFault fault) {
    const json key = json::array({fault.rule, fault.label});
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) return;
    known_.push_back(key);
    report_.faults.push_back(std::move(fault));
  }

  // False: it is none. A step that did not return once, and always did when it was tried again, had to wait.
  bool finish(TypeFault& fault) {
    agent_.restart();
    shrink(agent_, options_, fault);
    for (; fault.replays < kReplays && !was_interrupted() && !fault.steps.empty(); ++fault.replays) {
      agent_.restart();
      const auto shown = run_steps(agent_, options_, fault.steps);
      if (shown && shown->rule == fault.rule) ++fault.reproduced;
    }
    if (fault.hangs && fault.replays > 0 && fault.reproduced == 0) {
      report_.not_checked.push_back(fault.words + "; it did when it was tried again");
      return false;
    }
    (void)agent_.ask({{"what", "script"}, {"steps", fault.steps}, {"raised", fault.raised}, {"rule", fault.rule}},
                     options_.timeout, [&](const json& answer) {
                       if (answer.contains("script"))
                         fault.script = answer.at("script").get<std::vector<std::string>>();
                     });
    return true;
  }

  void tell(TypeFault fault) {
    if (options_.on_fault) options_.on_fault(fault);
    report_.faults.push_back(std::move(fault));
  }

  const TypeCheckOptions& options_;
  TypeAgent agent_;
  TypeReport report_;
  json found_;
  json known_ = json::array();
  std::uint64_t depth_ = options_.depth;
  bool must_take_part_ = false;
};

}  // namespace

TypeReport check_type(const TypeCheckOptions& options) { return Check(options).run(); }

std::optional<TypeFault> replay_steps(const TypeCheckOptions& options, const std::vector<std::string>& steps,
                                      std::optional<std::string>& unusable) {
  TypeAgent agent(options.python, opening(options));
  return run_steps(agent, options, steps, &unusable);
}

}  // namespace cyclecheck
