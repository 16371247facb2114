#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "harness/cli/commands.hpp"
#include "harness/cli/exit_status.hpp"
#include "harness/cli/heap_questions.hpp"
#include "harness/cli/options.hpp"
#include "harness/cli/trace_input.hpp"
#include "harness/collector/collector.hpp"
#include "harness/live/live.hpp"

namespace cyclecheck::cli {
namespace {

using cyclegc::ObjectId;
using cyclegc::Objgraph;

struct ObjgraphOptions {
  TraceInput input;
  std::string dump;
  // The dump that --growth compares with.
  std::string earlier;
  bool prints_module = false;
  std::optional<std::size_t> step;
  std::optional<std::size_t> since;
  HeapQuestionOptions questions;
};

int run_objgraph(ObjgraphOptions options) {
  const auto loaded = load_input(options.input);
  if (const auto* error = std::get_if<FileError>(&loaded)) {
    fmt::print(stderr, "{}\n", error->message);
    return kBadInput;
  }
  const Trace& trace = std::get<InputTrace>(loaded).trace;
  const std::size_t steps = trace.operations.size();
  for (const auto& named : {options.step, options.since}) {
    if (!named || *named < steps) continue;
    fmt::print(stderr, "{}\n", unknown_step(options.input.path, trace, *named));
    return kBadInput;
  }
  HeapQuestionOptions& asked = options.questions;
  if (!asked.asks()) asked.most_common = 10;
  // After `shutdown` there is nothing left to look at.
  std::size_t step = steps;
  for (std::size_t i = 0; i < steps && step == steps; ++i) {
    if (trace.operations[i].code == OpCode::shutdown) step = i;
  }
  if (options.step) step = *options.step + 1;

  int status = kAgree;
  ImplSubject subject;
  Objgraph::Names names;
  names.repr = [&](ObjectId id) { return subject.name_of(id); };
  Objgraph objgraph(subject.heap(), std::move(names));
  HeapQuestions::Subject asked_about{options.input.path, "at that step", false, {}, {}};
  HeapQuestions questions(asked, objgraph, asked_about);
  subject.look_after_operations([&](std::size_t operation) {
    if (asked.growth && options.since == operation && operation + 1 < step) (void)objgraph.growth(0);
    if (operation + 1 != step) return;
    if (asked.collect) cyclegc::GcModule(subject.heap()).collect();
    objgraph.set_roots(subject.named_roots());
    const cyclegc::GcModule gc(subject.heap());
    asked_about.facts = {gc.is_enabled(), (gc.get_debug() & cyclegc::debug_flag::save_all) != 0,
                         !subject.heap().semantics().pep442};
    status = questions.answer();
  });
  Log log;
  Trace beginning = trace;
  beginning.operations.resize(step);
  if (step > 0) subject.run(beginning, Observe::digest, log);
  return status;
}

// How many more objects of each type there are than in the earlier dump; most first.
void print_growth(const Objgraph& earlier, const Objgraph& later) {
  const auto before = earlier.typestats();
  std::vector<std::pair<std::string, Objgraph::Growth>> rows;
  for (const auto& [type, count] : later.typestats()) {
    const auto old = before.find(type);
    const std::size_t counted = old == before.end() ? 0 : old->second;
    if (count > counted) rows.push_back({type, {type, count, count - counted}});
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& x, const auto& y) { return x.second.delta > y.second.delta; });
  for (const auto& [type, row] : rows) fmt::print("{} {} +{}\n", type, row.count, row.delta);
}

std::variant<std::unique_ptr<DumpedHeap>, FileError> load_dump(const std::string& path) {
  auto dump = read_dump(path);
  if (auto* error = std::get_if<FileError>(&dump)) return std::move(*error);
  return std::make_unique<DumpedHeap>(std::get<HeapDump>(std::move(dump)));
}

int run_on_dump(ObjgraphOptions options) {
  auto loaded = load_dump(options.dump);
  if (const auto* error = std::get_if<FileError>(&loaded)) {
    fmt::print(stderr, "{}\n", error->message);
    return kBadInput;
  }
  DumpedHeap& heap = *std::get<std::unique_ptr<DumpedHeap>>(loaded);
  HeapQuestionOptions& asked = options.questions;
  if (!options.earlier.empty()) {
    const auto earlier = load_dump(options.earlier);
    if (const auto* error = std::get_if<FileError>(&earlier)) {
      fmt::print(stderr, "{}\n", error->message);
      return kBadInput;
    }
    print_growth(std::get<std::unique_ptr<DumpedHeap>>(earlier)->objgraph(), heap.objgraph());
    return kAgree;
  }
  if (!asked.asks()) asked.most_common = 10;
  for (std::string* type : {&asked.count, &asked.by_type, &asked.why}) *type = heap.type_named(*type).value_or(*type);
  HeapQuestions::Subject asked_about{options.dump, "in that dump", true, {}, {}};
  const HeapDump& dump = heap.dump();
  constexpr unsigned kSaveAll = 32;
  asked_about.facts = {dump.gc_enabled, (dump.gc_debug & kSaveAll) != 0, dump.python.rfind("2.", 0) == 0};
  asked_about.find = [&](const std::string& name) { return heap.find(name); };
  return HeapQuestions(asked, heap.objgraph(), asked_about).answer();
}

}  // namespace

void add_objgraph(CLI::App& app, Action& action) {
  auto options = std::make_shared<ObjgraphOptions>();
  CLI::App* command = app.add_subcommand(
      "objgraph",
      "What is in a heap, who refers to whom, and why it is alive: at a step of a trace, or in a running Python");
  command->footer(
      "The functions of Python's package objgraph, on the collector's heap. Objects are named as in logs (a, a#1,\n"
      "a.__dict__); the variables are a root called __main__, those of a call `call 1`. A picture shows a node's type\n"
      "and name, is darker the farther away it is, and has a red frame around objects that have a finalizer or are in\n"
      "gc.garbage. Without --output it is printed as text.\n"
      "A running interpreter (2.7, 3.6 to 3.15): `cyclecheck objgraph --dump-module >cyclecheck_dump.py`; there\n"
      "`import cyclecheck_dump; cyclecheck_dump.dump(\"heap.dump\")`; then `cyclecheck objgraph --from-dump heap.dump\n"
      "--why Connection`. Objects are called app.Connection#3 (the third one of the dump), `module app`, `class "
      "app.A`,\n"
      "`function app.f`, or by their addresses: 0x7f3a10.\n"
      "Exit status: 0 done, 2 bad usage, unreadable input, an unknown step or object, output that cannot be written.");
  add_trace_input(*command, options->input);
  CLI::Option* trace = command->get_option("TRACE")->required(false);
  CLI::Option* dump =
      command->add_option("--from-dump", options->dump, "Instead of a trace: what cyclecheck_dump.py wrote")
          ->type_name("FILE")
          ->excludes(trace);
  command->add_flag("--dump-module", options->prints_module, "Print cyclecheck_dump.py, which writes dumps")
      ->excludes(trace)
      ->excludes(dump);
  add_number(*command, "--step", options->step, 0, UINT32_MAX,
             "Look after this operation, counted from 0 (default: the last one before shutdown)");
  command->add_flag("--collect", options->questions.collect,
                    "Run a full collection first, as objgraph does before each picture");
  command->add_option("--count", options->questions.count, "How many objects of this type there are")
      ->type_name("TYPE");
  command->add_option("--by-type", options->questions.by_type, "The objects of this type")->type_name("TYPE");
  add_number(*command, "--most-common", options->questions.most_common, 0, UINT32_MAX,
             "The most common types, at most so many; 0: all");
  command->add_flag("--typestats", options->questions.typestats, "How many objects there are of each type, by name");
  CLI::Option* growth = command->add_flag("--growth", options->questions.growth,
                                          "Collect, and say of which types there are more than before");
  add_number(*command, "--since", options->since, 0, UINT32_MAX,
             "The step that --growth compares with (default: the beginning)")
      ->needs(growth);
  command->add_option("--earlier", options->earlier, "The dump that --growth compares with")
      ->type_name("FILE")
      ->needs(growth)
      ->needs(dump);
  command->add_flag("--leaking", options->questions.leaking,
                    "Collect, and list objects that no tracked object refers to");
  auto* pictures = command->add_option_group("pictures", "One of them");
  pictures->add_option("--show-backrefs", options->questions.backrefs, "What refers to an object, and so on")
      ->type_name("OBJECT");
  pictures->add_option("--show-refs", options->questions.refs, "What an object refers to, and so on")
      ->type_name("OBJECT");
  pictures
      ->add_option("--chain", options->questions.chain,
                   "A shortest chain of references from an object or root to an object; from it to itself: a cycle")
      ->expected(2)
      ->type_name("FROM TO");
  pictures
      ->add_option("--root-chain", options->questions.root_chain,
                   "A shortest chain from any root, or gc.garbage, to an object")
      ->type_name("OBJECT");
  pictures
      ->add_option("--why", options->questions.why,
                   "Why an object is alive, and what would free it; or the objects of a type")
      ->type_name("OBJECT");
  pictures->require_option(0, 1);
  command->add_option("-o,--output", options->questions.output, "The picture: .svg, .png, .pdf or .dot");
  add_number(*command, "--max-depth", options->questions.max_depth, 0, UINT32_MAX,
             "How many references far a picture goes (default: 3), or a chain (default: 20)");
  add_number(*command, "--too-many", options->questions.picture.too_many, 0, UINT32_MAX,
             "Of more neighbours than this the rest is only counted");
  add_number(*command, "--max-nodes", options->questions.picture.max_nodes, 1, UINT32_MAX,
             "More objects than this are not drawn");
  command->add_flag("--refcounts", options->questions.picture.refcounts, "Show reference counts");
  command->callback([command, options, pictures, trace, dump, growth, &action] {
    if (options->prints_module) {
      action = [] {
        fmt::print("{}", dump_module());
        return int{kAgree};
      };
      return;
    }
    if (dump->count() > 0) {
      for (const char* name : {"--step", "--since", "--collect", "--profile"}) {
        if (command->get_option(name)->count() > 0) throw CLI::ValidationError(name, "has no effect on a dump");
      }
      if (growth->count() > 0 && options->earlier.empty()) {
        throw CLI::ValidationError("--growth", "needs --earlier FILE, the dump to compare with");
      }
    } else if (trace->count() == 0) {
      throw CLI::RequiredError("TRACE");
    }
    const auto drawn = pictures->get_options();
    const bool draws = std::any_of(drawn.begin(), drawn.end(), [](const CLI::Option* it) { return it->count() > 0; });
    for (const char* name : {"--output", "--max-depth", "--too-many", "--max-nodes", "--refcounts"}) {
      if (!draws && command->get_option(name)->count() > 0) {
        throw CLI::ValidationError(name, "has no effect without a picture");
      }
      if (command->get_option("--why")->count() > 0 && command->get_option(name)->count() > 0) {
        throw CLI::ValidationError(name, "has no effect with --why");
      }
    }
    action = [options] { return options->dump.empty() ? run_objgraph(*options) : run_on_dump(*options); };
  });
}

}  // namespace cyclecheck::cli
