#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "harness/cli/commands.hpp"
#include "harness/cli/exit_status.hpp"
#include "harness/cli/options.hpp"
#include "harness/cli/output.hpp"
#include "harness/cli/report.hpp"
#include "harness/cli/trace_input.hpp"
#include "harness/explain/explain.hpp"
#include "harness/isolate/isolate.hpp"
#include "harness/stored/stored.hpp"
#include "trace/file.hpp"
#include "trace/log_text.hpp"

namespace cyclecheck::cli {
namespace {

struct ExplainOptions {
  TraceInput input;
  SubjectOptions subject;
  std::string against;
  std::optional<std::size_t> step;
  std::string object;
  std::string html;
  // Of the options that are about the other side, one that was given; empty: none was.
  std::string about_other_side;
};

// What a side other than the model did.
struct OtherSide {
  std::string name;
  std::optional<Log> log;
  Verdict verdict;
  // If it is judged by what it promises.
  std::optional<Contract> contract;
  std::optional<Listings> listings;
};

// What a subject with a contract says happened; empty: nothing that anybody would ask for.
std::string told(const Event& event, const Trace& trace) {
  const std::string name = event.none ? "nothing" : to_string(event.label, trace);
  switch (event.kind) {
    case EventKind::died:
      return name + " dies";
    case EventKind::finalizer:
      return "the finalizer of " + name + " runs";
    case EventKind::callback:
      return "the callback of " + name + " runs";
    case EventKind::raised:
      return "the script of " + name + " raises";
    case EventKind::deref:
      return "the answer is " + name;
    case EventKind::used:
      return event.number[0] != 0 ? "it answers" : "it answers nothing";
    case EventKind::leaked:
      return name + " is left";
    default:
      return {};
  }
}

class Explain {
 public:
  Explain(const ExplainOptions& options, const Registry& registry) : options_(options), registry_(registry) {}

  int run() {
    auto loaded = load_input(options_.input);
    if (const auto* error = std::get_if<FileError>(&loaded)) return bad_input(error->message);
    input_ = std::get<InputTrace>(std::move(loaded));
    const Trace& trace = input_.trace;
    if (options_.step && *options_.step >= trace.operations.size()) {
      return bad_input(unknown_step(options_.input.path, trace, *options_.step));
    }
    NarrationOptions narration{options_.step, std::nullopt};
    if (!options_.object.empty()) {
      narration.object = find_label();
      if (!narration.object) return kBadInput;
    }
    std::optional<OtherSide> other;
    if (side().empty() && !options_.about_other_side.empty()) {
      return bad_input(fmt::format("cyclecheck: {} has no effect without --against", options_.about_other_side));
    }
    if (!side().empty()) {
      auto compared = compare_sides();
      if (const auto* error = std::get_if<FileError>(&compared)) return bad_input(error->message);
      other = std::get<OtherSide>(std::move(compared));
    }
    if (other && other->contract) {
      if (!options_.html.empty()) return bad_input("cyclecheck: a page shows the model, which knows no contracts");
      return tell_contract(*other);
    }
    if (!options_.html.empty()) return write_page(*other);
    fmt::print("{}: {}, {} operations\n", options_.input.path, profile(trace.profile).name, trace.operations.size());
    const int status = other ? tell_verdict(*other) : kAgree;
    if (other) fmt::print("\n");
    Narrator narrator(trace, narration, [](const std::string& line) { fmt::print("{}\n", line); });
    (void)tell(trace, {}, [&](const Frame& frame) { narrator.hear(frame); });
    return status;
  }

 private:
  static int bad_input(const std::string& message) {
    fmt::print(stderr, "{}\n", message);
    return kBadInput;
  }

  // What is compared with the model; a page always shows two logs.
  [[nodiscard]] std::string side() const {
    if (!options_.against.empty()) return options_.against;
    if (input_.subject) return *input_.subject;
    return options_.html.empty() ? std::string{} : "impl";
  }

  [[nodiscard]] int write_page(const OtherSide& other) const {
    PageOptions page;
    page.title = fmt::format("{} ({})", input_.name, profile(input_.trace.profile).name);
    page.other_name = other.name;
    page.other = other.log;
    const Verdict& verdict = other.verdict;
    page.verdict = {verdict.outcome == Outcome::agree ? other.name + " says the same as the model."
                                                      : other.name + " fails: " + verdict.signature + "."};
    if (verdict.divergence) {
      page.divergence = verdict.divergence->operation;
      page.level = verdict.divergence->level;
      page.verdict = diagnose(input_.trace, *verdict.divergence, other.name, other.listings);
    }
    if (!wrote_output(options_.html, explanation_page(input_.trace, page))) return kBadInput;
    fmt::print(options_.html == "-" ? stderr : stdout, "{}: {}\n", options_.html, page.verdict.front());
    return verdict.outcome == Outcome::agree ? kAgree : kFailed;
  }

  // The object with the name that was asked for. Reports what objects there are if there is none.
  [[nodiscard]] std::optional<Label> find_label() const {
    std::vector<std::string> names;
    std::optional<Label> found;
    (void)tell(input_.trace, {Observe::digest, 0}, [&](const Frame& frame) {
      for (std::size_t id = names.size(); id < frame.heap.objects.size(); ++id) {
        const Label& label = frame.heap.objects[id].label;
        names.push_back(to_string(label, input_.trace));
        if (names.back() == options_.object) found = label;
      }
    });
    if (!found) bad_input(unknown_object(options_.input.path, options_.object, names));
    return found;
  }

  // Runs the subject, or reads the log, that the model is to be compared with.
  [[nodiscard]] std::variant<OtherSide, FileError> compare_sides() const {
    const std::string name = side();
    const Level level = options_.subject.parsed_level();
    OtherSide other;
    other.name = name;
    if (const auto entry = find_subject(registry_, name, options_.subject.timeout)) {
      tell_limits(*entry);
      if (!entry->can_run(input_.trace)) return FileError{cannot_run(*entry, options_.input.path)};
      const std::chrono::milliseconds timeout = options_.subject.timeout + entry->grace;
      Isolated isolated(against_model(*entry, level), Observe::digest, timeout);
      Examination examination = Behind(isolated, input_.before).examine(input_.trace);
      other.log = std::move(examination.subject);
      other.verdict = std::move(examination.verdict);
      other.contract = entry->contract;
      if (other.verdict.divergence && !other.contract && wants_listings(*other.verdict.divergence)) {
        Isolated in_full(against_model(*entry, level), Observe::every, timeout);
        const Examination again = Behind(in_full, input_.before).examine(input_.trace);
        if (again.subject) {
          const Log model = tell(input_.trace, {Observe::every, 0}, [](const Frame&) {});
          other.listings = listings_of(model, *again.subject, other.verdict.divergence->operation);
        }
      }
      return other;
    }
    if (!std::filesystem::exists(name)) {
      return FileError{
          fmt::format("cyclecheck: '{}' is neither a subject of this program nor a log; try --against "
                      "impl, and cyclecheck subjects",
                      name)};
    }
    StoredCase stored;
    stored.path = options_.input.path;
    stored.log = name;
    auto log = load_log(stored, input_.trace);
    if (auto* error = std::get_if<FileError>(&log)) return std::move(*error);
    other.name = std::filesystem::path(name).filename().string();
    other.log = std::get<Log>(std::move(log));
    const Log model = tell(input_.trace, {observation_of(*other.log), 0}, [](const Frame&) {});
    other.verdict.divergence = compare(input_.trace, model, *other.log, level);
    if (other.verdict.divergence) {
      other.verdict.outcome = Outcome::divergence;
      other.verdict.signature = other.verdict.divergence->signature;
    }
    return other;
  }

  // First what is broken, by which object; then the way to it.
  [[nodiscard]] int tell_contract(const OtherSide& other) const {
    const Trace& trace = input_.trace;
    const Verdict& verdict = other.verdict;
    if (verdict.outcome == Outcome::agree) {
      fmt::print("{} keeps its contract.\n", other.name);
    } else if (verdict.divergence) {
      fmt::print("{} breaks a promise: {}: {}.\n", other.name, verdict.signature, verdict.divergence->broken);
    } else {
      fmt::print("{} fails: {}\n{}\n", other.name, verdict.signature, verdict.output);
    }
    fmt::print("It promises {}.\n\n", to_string(*other.contract));
    const std::size_t last = verdict.divergence ? verdict.divergence->operation : trace.operations.size();
    for (std::size_t i = 0; i < trace.operations.size() && i <= last; ++i) {
      if (options_.step && *options_.step != i) continue;
      fmt::print("{}: {}\n", i, to_string(trace.operations[i], trace));
      if (!other.log || i >= other.log->operations()) continue;
      const auto events = other.log->of(i);
      for (std::size_t at = 0; at < events.size(); ++at) {
        const std::string text = told(events[at], trace);
        const bool is_it = verdict.divergence && i == last && at == verdict.divergence->at;
        if (!text.empty() || is_it) fmt::print("  {} {}\n", is_it ? '>' : ' ', text.empty() ? "here" : text);
      }
    }
    return verdict.outcome == Outcome::agree ? kAgree : kFailed;
  }

  [[nodiscard]] static const char* end_of(Outcome outcome) {
    switch (outcome) {
      case Outcome::crash:
        return "dies in the middle of the trace";
      case Outcome::hang:
        return "does not answer within the time limit";
      case Outcome::exception:
        return "throws in the middle of the trace";
      case Outcome::agree:
      case Outcome::divergence:
        break;
    }
    return "writes no log that can be compared";
  }

  [[nodiscard]] int tell_verdict(const OtherSide& other) const {
    const Trace& trace = input_.trace;
    if (other.verdict.left_out) {
      fmt::print("{} is spared this trace: CPython uses freed memory in it (rules W6 and C7).\n", other.name);
      return kAgree;
    }
    if (other.verdict.outcome == Outcome::agree) {
      fmt::print("{} says the same as the model.\n", other.name);
      return kAgree;
    }
    if (!other.verdict.divergence) {
      fmt::print("{} {}; the model runs all {} and ends.\n", other.name, end_of(other.verdict.outcome),
                 counted(trace.operations.size(), "operation"));
      fmt::print("DIVERGENCE of {}: {}\n{}\n", other.name, one_line(other.verdict, trace), other.verdict.output);
      return kFailed;
    }
    const auto lines = diagnose(trace, *other.verdict.divergence, other.name, other.listings);
    fmt::print("{}\nDIVERGENCE of {}: {}\n", lines.front(), other.name, one_line(other.verdict, trace));
    fmt::print("{}", side_by_side(*other.verdict.divergence, trace, other.name));
    for (std::size_t i = 1; i < lines.size(); ++i) fmt::print("  {}\n", lines[i]);
    return kFailed;
  }

  const ExplainOptions& options_;
  const Registry& registry_;
  InputTrace input_;
};

}  // namespace

void add_explain(CLI::App& app, const Registry& registry, Action& action) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* command = app.add_subcommand("explain", "A trace step by step in plain words");
  command->footer(
      "Each step is an operation, what happened in it, and what changed: reference counts, generations, who is dead.\n"
      "Of a collection every phase is told, with the numbers on the objects. With --against, or for the folder of a\n"
      "finding, the first difference is explained, too.\n"
      "Exit status: 0 told, and no difference; 1 a divergence or crash; 2 bad usage, unreadable input, an unknown "
      "step\n"
      "or object, output that cannot be written.");
  add_trace_input(*command, options->input);
  command->add_option("--against", options->against, "What to compare with the model: a subject, or a log");
  command->add_option("--level", options->subject.level, "Compare up to this level")
      ->check(one_of({"liveness", "finalizers", "weakrefs", "garbage", "timing", "order"}))
      ->capture_default_str();
  add_duration(*command, "--timeout", options->subject.timeout, "The longest that the subject may take");
  add_number(*command, "--step", options->step, 0, UINT32_MAX,
             "This operation alone; they are counted from 0, as in logs");
  command->add_option("--object", options->object,
                      "Only what concerns this object, named as in logs: a, a#1, a.__dict__");
  command->add_option("--html", options->html, "Write one self-contained page instead, with the graph at every step");
  command->callback([options, command, &registry, &action] {
    for (const char* name : {"--level", "--timeout"}) {
      if (command->get_option(name)->count() > 0) options->about_other_side = name;
    }
    for (const char* name : {"--step", "--object"}) {
      if (!options->html.empty() && command->get_option(name)->count() > 0) {
        throw CLI::ValidationError(name, "has no effect with --html");
      }
    }
    action = [options, &registry] { return Explain(*options, registry).run(); };
  });
}

}  // namespace cyclecheck::cli
