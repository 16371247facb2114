#include "harness/cli/heap_questions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <variant>

#include "harness/cli/exit_status.hpp"
#include "harness/cli/trace_input.hpp"
#include "harness/explain/explain.hpp"

namespace cyclecheck::cli {

using cyclegc::ObjectId;
using cyclegc::Objgraph;

bool HeapQuestionOptions::asks() const {
  return !count.empty() || !by_type.empty() || most_common || typestats || growth || leaking || !refs.empty() ||
         !backrefs.empty() || !root_chain.empty() || !chain.empty() || !why.empty();
}

HeapQuestions::HeapQuestions(const HeapQuestionOptions& options, Objgraph& objgraph, const Subject& subject)
    : options_(options), objgraph_(objgraph), subject_(subject) {}

int HeapQuestions::answer() {
  if (!options_.count.empty()) fmt::print("{}\n", objgraph_.count(options_.count));
  if (!options_.by_type.empty()) print(objgraph_.by_type(options_.by_type));
  if (options_.most_common) fmt::print("{}", objgraph_.show_most_common_types(*options_.most_common));
  if (options_.typestats) {
    for (const auto& [type, number] : objgraph_.typestats()) fmt::print("{} {}\n", type, number);
  }
  if (options_.growth) fmt::print("{}", objgraph_.show_growth(0));
  if (options_.leaking) print(objgraph_.leaking_objects());
  if (!options_.backrefs.empty()) return tell_picture(options_.backrefs, true);
  if (!options_.refs.empty()) return tell_picture(options_.refs, false);
  if (!options_.root_chain.empty()) return tell_root_chain(options_.root_chain);
  if (!options_.chain.empty()) return tell_chain(options_.chain[0], options_.chain[1]);
  if (!options_.why.empty()) {
    std::vector<std::string> lines = why_alive(objgraph_, options_.why, subject_.facts);
    if (lines.empty()) {
      const auto node = find_or_tell(options_.why);
      if (!node) return kBadInput;
      lines = why_alive(objgraph_, *node, subject_.facts);
    }
    for (const std::string& line : lines) fmt::print("{}\n", line);
  }
  return kAgree;
}

void HeapQuestions::print(const std::vector<ObjectId>& objects) const {
  for (const ObjectId id : objects) fmt::print("{}\n", objgraph_.repr(Node::object(id)));
}

std::optional<HeapQuestions::Node> HeapQuestions::find(const std::string& name) const {
  if (subject_.find) return subject_.find(name);
  for (const Node root : objgraph_.roots()) {
    if (objgraph_.repr(root) == name) return root;
  }
  for (const ObjectId id : objgraph_.objects()) {
    if (objgraph_.repr(Node::object(id)) == name) return Node::object(id);
  }
  return std::nullopt;
}

std::optional<HeapQuestions::Node> HeapQuestions::find_or_tell(const std::string& name) const {
  auto found = find(name);
  if (found) return found;
  std::vector<std::string> names;
  if (subject_.many) {
    for (const auto& [type, number] : objgraph_.most_common_types(12)) names.push_back(type + "#1");
  } else {
    for (const ObjectId id : objgraph_.objects()) names.push_back(objgraph_.repr(Node::object(id)));
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
  }
  fmt::print(stderr, "{} {}\n", unknown_object(subject_.path, name, names), subject_.where);
  return found;
}

int HeapQuestions::tell_picture(const std::string& name, bool backrefs) const {
  const auto node = find_or_tell(name);
  if (!node) return kBadInput;
  Objgraph::Options options = options_.picture;
  options.max_depth = options_.max_depth.value_or(options.max_depth);
  const Objgraph::Picture picture =
      backrefs ? objgraph_.show_backrefs({*node}, options) : objgraph_.show_refs({*node}, options);
  if (options_.output.empty()) fmt::print("{}", objgraph_.to_text(picture, options));
  return draw(picture, name);
}

int HeapQuestions::tell_chain(const std::string& from, const std::string& to) const {
  const auto first = find_or_tell(from);
  if (!first) return kBadInput;
  const auto last = find_or_tell(to);
  if (!last) return kBadInput;
  const auto search = [&](std::size_t max_depth) {
    if (*first == *last) return objgraph_.find_cycle(*first, max_depth);
    return objgraph_.find_ref_chain(
        *first, [&](Node node) { return node == *last; }, max_depth);
  };
  return tell_chain(search, *first == *last ? from + " is in no cycle" : from + " does not lead to " + to);
}

int HeapQuestions::tell_root_chain(const std::string& to) const {
  const auto node = find_or_tell(to);
  if (!node) return kBadInput;
  const auto search = [&](std::size_t max_depth) { return objgraph_.find_root_chain(*node, max_depth); };
  return tell_chain(search, "no root leads to " + to);
}

int HeapQuestions::tell_chain(const Search& search, const std::string& missing) const {
  const std::size_t limit = options_.max_depth.value_or(Objgraph::kChainDepth);
  const Chain chain = search(limit);
  if (chain.size() < 2) {
    const std::size_t longer = search(SIZE_MAX).size();
    if (longer < 2) {
      fmt::print("{}\n", missing);
    } else {
      fmt::print("{} within {} references; the shortest chain has {}: --max-depth {}\n", missing, limit, longer - 1,
                 longer - 1);
    }
    return kAgree;
  }
  std::string text;
  for (const Node node : chain) text += (text.empty() ? "" : " -> ") + objgraph_.repr(node);
  fmt::print("{}\n", text);
  return draw(objgraph_.show_chain({chain}, options_.picture, false), objgraph_.repr(chain.front()));
}

int HeapQuestions::draw(const Objgraph::Picture& picture, const std::string& name) const {
  if (picture.left_out > 0) {
    fmt::print(stderr, "too large to draw whole: the {} objects nearest to {} are drawn, {} more are not\n",
               picture.nodes.size(), name, picture.left_out);
  }
  if (options_.output.empty()) return kAgree;
  const auto written = write_picture(options_.output, objgraph_.to_dot(picture, options_.picture));
  if (const auto* error = std::get_if<FileError>(&written)) {
    fmt::print(stderr, "{}\n", error->message);
    return kBadInput;
  }
  const std::string& instead = std::get<PictureWritten>(written).instead;
  if (!instead.empty()) {
    fmt::print(stderr, "Graphviz's program `dot` is not installed: the graph is in {}\n", instead);
    return kBadInput;
  }
  fmt::print("{} nodes in {}\n", picture.nodes.size(), options_.output);
  return kAgree;
}

}  // namespace cyclecheck::cli
