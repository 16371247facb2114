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
#include "harness/cli/options.hpp"
#include "harness/cli/trace_input.hpp"
#include "harness/collector/collector.hpp"
#include "harness/explain/explain.hpp"

namespace cyclecheck::cli {
namespace {

using cyclegc::ObjectId;
using cyclegc::Objgraph;

struct ObjgraphOptions {
  TraceInput input;
  std::optional<std::size_t> step;
  bool collect = false;

  std::string count;
  std::string by_type;
  std::optional<std::size_t> most_common;
  bool typestats = false;
  bool growth = false;
  std::optional<std::size_t> since;
  bool leaking = false;

  std::string refs;
  std::string backrefs;
  std::string root_chain;
  std::vector<std::string> chain;
  std::string output;
  Objgraph::Options picture;
};

// Answers the questions of the command line about one heap.
class Questions {
 public:
  Questions(const ObjgraphOptions& options, ImplSubject& subject, Objgraph& objgraph)
      : options_(options), subject_(subject), objgraph_(objgraph), gc_(subject.heap()) {}

  int answer() {
    if (options_.collect) gc_.collect();
    roots_ = subject_.named_roots();
    objgraph_.set_roots(roots_);
    if (!options_.count.empty()) fmt::print("{}\n", objgraph_.count(options_.count));
    if (!options_.by_type.empty()) print(objgraph_.by_type(options_.by_type));
    if (options_.most_common) fmt::print("{}", objgraph_.show_most_common_types(*options_.most_common));
    if (options_.typestats) {
      for (const auto& [type, number] : objgraph_.typestats()) fmt::print("{} {}\n", type, number);
    }
    if (options_.growth) fmt::print("{}", objgraph_.show_growth(0));
    if (options_.leaking) print(objgraph_.leaking_objects());
    if (!options_.backrefs.empty()) {
      return draw(options_.backrefs,
                  [&](Objgraph::Node node) { return objgraph_.show_backrefs({node}, options_.picture); });
    }
    if (!options_.refs.empty()) {
      return draw(options_.refs, [&](Objgraph::Node node) { return objgraph_.show_refs({node}, options_.picture); });
    }
    if (!options_.root_chain.empty()) {
      return draw(options_.root_chain, [&](Objgraph::Node node) {
        return chain_picture(objgraph_.find_backref_chain(node, Objgraph::is_proper_module), "no root");
      });
    }
    if (!options_.chain.empty()) {
      const auto from = find(options_.chain[0]);
      if (!from) return kBadInput;
      return draw(options_.chain[1], [&](Objgraph::Node to) {
        return chain_picture(objgraph_.find_backref_chain(to, [&](Objgraph::Node node) { return node == *from; }),
                             options_.chain[0]);
      });
    }
    return kAgree;
  }

 private:
  void print(const std::vector<ObjectId>& objects) const {
    for (const ObjectId id : objects) fmt::print("{}\n", subject_.name_of(id));
  }

  // Everything with a name: tracked objects, what they refer to, and roots.
  [[nodiscard]] std::optional<Objgraph::Node> find(const std::string& name) const {
    for (std::uint32_t i = 0; i < roots_.size(); ++i) {
      if (roots_[i].name == name) return Objgraph::Node{true, i};
    }
    std::vector<std::string> names;
    std::vector<ObjectId> objects = gc_.get_objects();
    for (const cyclegc::NamedRoot& root : roots_) {
      for (const auto& [variable, id] : root.variables) objects.push_back(id);
    }
    for (const ObjectId id : objects) {
      for (const ObjectId near : gc_.get_referents(id)) {
        if (subject_.name_of(near) == name) return Objgraph::Node::object(near);
      }
      if (subject_.name_of(id) == name) return Objgraph::Node::object(id);
      names.push_back(subject_.name_of(id));
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    fmt::print(stderr, "{} at that step\n", unknown_object(options_.input.path, name, names));
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Objgraph::Picture> chain_picture(const Objgraph::Chain& chain,
                                                               const std::string& from) const {
    if (chain.size() < 2) {
      fmt::print("no chain of references: {} does not lead to {}\n", from, objgraph_.repr(chain.front()));
      return std::nullopt;
    }
    std::string text;
    for (const Objgraph::Node node : chain) text += (text.empty() ? "" : " -> ") + objgraph_.repr(node);
    fmt::print("{}\n", text);
    return objgraph_.show_chain({chain}, options_.picture);
  }

  template <class Make>
  int draw(const std::string& name, const Make& make) const {
    const auto node = find(name);
    if (!node) return kBadInput;
    const std::optional<Objgraph::Picture> picture = make(*node);
    if (!picture) return kAgree;
    if (picture->left_out > 0) {
      fmt::print(stderr, "too large to draw whole: the {} objects nearest to {} are drawn, {} more are not\n",
                 picture->nodes.size(), name, picture->left_out);
    }
    if (options_.output.empty()) {
      const bool told = !options_.chain.empty() || !options_.root_chain.empty();
      if (!told) fmt::print("{}", objgraph_.to_text(*picture, options_.picture));
      return kAgree;
    }
    const auto written = write_picture(options_.output, objgraph_.to_dot(*picture, options_.picture));
    if (const auto* error = std::get_if<FileError>(&written)) {
      fmt::print(stderr, "{}\n", error->message);
      return kBadInput;
    }
    const std::string& instead = std::get<PictureWritten>(written).instead;
    if (!instead.empty()) {
      fmt::print(stderr, "Graphviz's program `dot` is not installed: the graph is in {}, and nothing draws it\n",
                 instead);
      return kBadInput;
    }
    fmt::print("{} nodes in {}\n", picture->nodes.size(), options_.output);
    return kAgree;
  }

  const ObjgraphOptions& options_;
  ImplSubject& subject_;
  Objgraph& objgraph_;
  cyclegc::GcModule gc_;
  std::vector<cyclegc::NamedRoot> roots_;
};

int run_objgraph(ObjgraphOptions options) {
  const auto loaded = load_input(options.input);
  if (const auto* error = std::get_if<FileError>(&loaded)) {
    fmt::print(stderr, "{}\n", error->message);
    return kBadInput;
  }
  const Trace& trace = std::get<LoadedTrace>(loaded).trace;
  const std::size_t steps = trace.operations.size();
  for (const auto& asked : {options.step, options.since}) {
    if (!asked || *asked < steps) continue;
    fmt::print(stderr, "{}\n", unknown_step(options.input.path, trace, *asked));
    return kBadInput;
  }
  const bool asks = !options.count.empty() || !options.by_type.empty() || options.most_common || options.typestats ||
                    options.growth || options.leaking || !options.refs.empty() || !options.backrefs.empty() ||
                    !options.root_chain.empty() || !options.chain.empty();
  if (!asks) options.most_common = 10;
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
  Questions questions(options, subject, objgraph);
  subject.look_after_operations([&](std::size_t operation) {
    if (options.growth && options.since == operation && operation + 1 < step) (void)objgraph.growth(0);
    if (operation + 1 == step) status = questions.answer();
  });
  Log log;
  Trace beginning = trace;
  beginning.operations.resize(step);
  if (step > 0) subject.run(beginning, Observe::digest, log);
  return status;
}

}  // namespace

void add_objgraph(CLI::App& app, Action& action) {
  auto options = std::make_shared<ObjgraphOptions>();
  CLI::App* command =
      app.add_subcommand("objgraph", "Who is in the heap, and who refers to whom, at a step of a trace");
  command->footer(
      "The functions of Python's package objgraph, on the collector's heap. Objects are named as in logs (a, a#1,\n"
      "a.__dict__); the variables are a root called __main__, those of a call `call 1`. A picture shows a node's type\n"
      "and name, is darker the farther away it is, and has a red frame around objects that have a finalizer or are in\n"
      "gc.garbage. Without --output it is printed as text.\n"
      "Exit status: 0 done, 2 bad usage, unreadable input, an unknown step or object, output that cannot be written.");
  add_trace_input(*command, options->input);
  add_number(*command, "--step", options->step, 0, UINT32_MAX,
             "Look after this operation, counted from 0 (default: the last one before shutdown)");
  command->add_flag("--collect", options->collect, "Run a full collection first, as objgraph does before each picture");
  command->add_option("--count", options->count, "How many objects of this type there are")->type_name("TYPE");
  command->add_option("--by-type", options->by_type, "The objects of this type")->type_name("TYPE");
  add_number(*command, "--most-common", options->most_common, 0, UINT32_MAX,
             "The most common types, at most so many; 0: all");
  command->add_flag("--typestats", options->typestats, "How many objects there are of each type, by name");
  CLI::Option* growth =
      command->add_flag("--growth", options->growth, "Collect, and say of which types there are more than before");
  add_number(*command, "--since", options->since, 0, UINT32_MAX,
             "The step that --growth compares with (default: the beginning)")
      ->needs(growth);
  command->add_flag("--leaking", options->leaking, "Collect, and list objects that no tracked object refers to");
  auto* pictures = command->add_option_group("pictures", "One of them");
  pictures->add_option("--show-backrefs", options->backrefs, "What refers to an object, and so on")
      ->type_name("OBJECT");
  pictures->add_option("--show-refs", options->refs, "What an object refers to, and so on")->type_name("OBJECT");
  pictures->add_option("--chain", options->chain, "A shortest chain of references from one object or root to another")
      ->expected(2)
      ->type_name("FROM TO");
  pictures->add_option("--root-chain", options->root_chain, "A shortest chain from any root to an object")
      ->type_name("OBJECT");
  pictures->require_option(0, 1);
  command->add_option("-o,--output", options->output, "The picture: .svg, .png, .pdf or .dot");
  add_number(*command, "--max-depth", options->picture.max_depth, 0, UINT32_MAX, "How far a picture goes");
  add_number(*command, "--too-many", options->picture.too_many, 0, UINT32_MAX,
             "Of more neighbours than this the rest is only counted");
  add_number(*command, "--max-nodes", options->picture.max_nodes, 1, UINT32_MAX,
             "More objects than this are not drawn");
  command->add_flag("--refcounts", options->picture.refcounts, "Show reference counts");
  command->callback([command, options, pictures, &action] {
    const auto drawn = pictures->get_options();
    const bool draws = std::any_of(drawn.begin(), drawn.end(), [](const CLI::Option* it) { return it->count() > 0; });
    for (const char* name : {"--output", "--max-depth", "--too-many", "--max-nodes", "--refcounts"}) {
      if (!draws && command->get_option(name)->count() > 0) {
        throw CLI::ValidationError(name, "has no effect without a picture");
      }
    }
    action = [options] { return run_objgraph(*options); };
  });
}

}  // namespace cyclecheck::cli
