// Covers: the heaps of traces, asked about by impl/objgraph and by the real objgraph on the same objects in Python:
// tables, counts, leaking objects, the nodes, edges, depths and colours of pictures, the lengths of chains and cycles.
// Does not cover: the order of nodes in a file, edge labels. Skipped where python3 has no objgraph.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "harness/collector/impl_subject.hpp"
#include "harness/generate/generate_trace.hpp"
#include "harness/subjects/feature.hpp"
#include "impl/objgraph.hpp"
#include "properties/support/explain_command.hpp"
#include "trace/file.hpp"

namespace cyclecheck {
namespace {

using cyclegc::Layout;
using cyclegc::ObjectId;
using cyclegc::Objgraph;
using nlohmann::json;
using Node = Objgraph::Node;

constexpr const char* kPython = "/usr/bin/python3";

// One heap as objgraph.py builds it, and what impl/objgraph answers about it.
struct Case {
  json heap;
  json answers;
};

class Examiner {
 public:
  Examiner(ImplSubject& subject, bool collect) : subject_(subject), gc_(subject.heap()), collect_(collect) {
    if (collect_) gc_.collect();
    Objgraph::Names names;
    names.repr = [&](ObjectId id) { return subject.name_of(id); };
    names.roots = subject.named_roots();
    roots_ = names.roots;
    objgraph_.emplace(subject.heap(), std::move(names));
    gather();
  }

  Case examine() {
    describe();
    ask();
    // Last, because it collects.
    if (collect_) result_.answers["growth"] = sorted_lines(objgraph_->show_growth(0));
    if (collect_) result_.answers["leaking"] = names_of(objgraph_->leaking_objects());
    return std::move(result_);
  }

  static std::string sorted_lines(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    std::sort(lines.begin(), lines.end());
    std::string result;
    for (const std::string& line : lines) result += line + "\n";
    return result;
  }

 private:
  [[nodiscard]] std::vector<std::string> names_of(const std::vector<ObjectId>& ids) const {
    std::vector<std::string> names;
    for (const ObjectId id : ids) names.push_back(subject_.name_of(id));
    std::sort(names.begin(), names.end());
    return names;
  }

  void add(ObjectId id) {
    if (!index_.emplace(id.index, objects_.size()).second) return;
    objects_.push_back(id);
  }

  // Tracked objects, and what can be reached from these and from roots.
  void gather() {
    for (const ObjectId id : gc_.get_objects()) add(id);
    tracked_ = objects_.size();
    for (const cyclegc::NamedRoot& root : roots_) {
      for (const auto& [name, id] : root.variables) add(id);
    }
    for (std::size_t i = 0; i < gc_.garbage_size(); ++i) add(gc_.garbage(i));
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      for (const ObjectId id : gc_.get_referents(objects_[i])) add(id);
    }
  }

  [[nodiscard]] std::string layout_of(ObjectId id) const {
    const cyclegc::Heap& heap = subject_.heap();
    const cyclegc::Semantics& rules = heap.semantics();
    switch (heap.type(heap.type_of(id)).layout) {
      case Layout::node:
        return "list";
      case Layout::instance:
        return rules.own_dictionary ? "dictionary" : "slots";
      case Layout::classic:
        return rules.own_dictionary || rules.classic_instances ? "dictionary" : "slots";
      case Layout::opaque:
        return "untracked";
      // Four members are all that it shows: its payload is seen by nobody but its owner (rule N18).
      case Layout::custom:
        return "slots";
      default:
        // A weak reference shows no references; one that is an object with unset slots shows none either.
        if (heap.is_weak_reference(id)) return "slots";
        return objgraph_->type_name(Node::object(id)) == "list" ? "exact list" : "dict";
    }
  }

  void describe() {
    json& heap = result_.heap;
    heap["objects"] = json::array();
    for (const ObjectId id : objects_) {
      json referents = json::array();
      for (const ObjectId to : gc_.get_referents(id)) referents.push_back(index_.at(to.index));
      heap["objects"].push_back({{"name", subject_.name_of(id)},
                                 {"type", objgraph_->type_name(Node::object(id))},
                                 {"layout", layout_of(id)},
                                 {"finalizer", objgraph_->has_finalizer(Node::object(id))},
                                 {"referents", referents}});
    }
    heap["tracked"] = json::array();
    for (std::size_t i = 0; i < tracked_; ++i) heap["tracked"].push_back(i);
    heap["roots"] = json::array();
    for (const cyclegc::NamedRoot& root : roots_) {
      json variables = json::array();
      for (const auto& [name, id] : root.variables) variables.push_back({name, index_.at(id.index)});
      // The real __main__ is another module.
      heap["roots"].push_back({{"name", "root " + root.name}, {"variables", variables}});
    }
    heap["garbage"] = json::array();
    for (std::size_t i = 0; i < gc_.garbage_size(); ++i) heap["garbage"].push_back(index_.at(gc_.garbage(i).index));
    heap["pictures"] = json::array();
    heap["chains"] = json::array();
    heap["cycles"] = json::array();
  }

  void ask() {
    json& answers = result_.answers;
    answers["most_common"] = objgraph_->show_most_common_types();
    answers["typestats"] = objgraph_->typestats();
    answers["pictures"] = json::array();
    answers["chains"] = json::array();
    answers["cycles"] = json::array();
    const std::size_t step = std::max<std::size_t>(1, objects_.size() / 4);
    for (std::size_t i = 0; i < objects_.size(); i += step) {
      for (const bool backrefs : {true, false}) {
        for (const std::size_t max_depth : {std::size_t{2}, std::size_t{10}}) picture(i, backrefs, max_depth, 1000);
        // Only how many were too many can be compared: which ones come first depends on the order of allocation.
        picture(i, backrefs, 1, 2);
      }
      // Chains begin at modules in Python, and gc.garbage belongs to one.
      if (gc_.garbage_size() == 0) chain(i, std::nullopt);
      chain(i, (i + step) % objects_.size());
      cycle(i);
    }
  }

  void picture(std::size_t object, bool backrefs, std::size_t max_depth, std::size_t too_many) {
    result_.heap["pictures"].push_back(
        {{"object", object}, {"backrefs", backrefs}, {"max_depth", max_depth}, {"too_many", too_many}});
    Objgraph::Options options;
    options.max_depth = max_depth;
    options.too_many = too_many;
    options.max_nodes = 100000;
    const Node start = Node::object(objects_[object]);
    const Objgraph::Picture drawn =
        backrefs ? objgraph_->show_backrefs({start}, options) : objgraph_->show_refs({start}, options);
    result_.answers["pictures"].push_back(parse(objgraph_->to_dot(drawn, options)));
  }

  void chain(std::size_t object, std::optional<std::size_t> to) {
    result_.heap["chains"].push_back({{"object", object}, {"to", to ? json(*to) : json()}});
    const Node start = Node::object(objects_[object]);
    const Objgraph::Chain found =
        to ? objgraph_->find_ref_chain(start, [&](Node node) { return node == Node::object(objects_[*to]); })
           : objgraph_->find_backref_chain(start, Objgraph::is_proper_module);
    // Forwards from all roots is as far as backwards to any, where nothing is hidden from gc.get_referrers.
    if (!to && gc_.get_freeze_count() == 0 && found.size() > 1) {
      EXPECT_EQ(objgraph_->find_root_chain(start).size(), found.size());
    }
    json names = json::array();
    for (const Node node : found) names.push_back((node.root ? "root " : "") + objgraph_->repr(node));
    result_.answers["chains"].push_back(names);
  }

  // The number of references in a shortest cycle; 0: there is none.
  void cycle(std::size_t object) {
    result_.heap["cycles"].push_back(object);
    result_.answers["cycles"].push_back(objgraph_->find_cycle(Node::object(objects_[object])).size() - 1);
  }

  // As objgraph_reference.py parses the other file.
  static json parse(const std::string& dot) {
    static const std::regex label(R"re(  ([or]\d+)\[label="(.*?)\\n(.*?)"\];)re");
    static const std::regex color(R"re(  ([or]\d+)\[fillcolor="(.*)"\];)re");
    static const std::regex del(R"re(  ([or]\d+)->([or]\d+)_has_a_del.*)re");
    static const std::regex more(R"re(  too_many_([or]\d+)\[label="(.*?)".*)re");
    static const std::regex edge(R"re(  ([or]\d+) -> ([or]\d+).*)re");
    std::map<std::string, std::string> by_id;
    json nodes = json::object();
    std::vector<std::pair<std::string, std::string>> edges;
    std::istringstream in(dot);
    for (std::string line; std::getline(in, line);) {
      std::smatch m;
      if (std::regex_match(line, m, label)) {
        const bool root = m[1].str()[0] == 'r' && m[3].str() != "gc.garbage";
        by_id[m[1]] = (root ? "root " : "") + m[3].str();
        nodes[by_id[m[1]]] = {{"type", m[2].str()}, {"del", false}, {"more", ""}};
      } else if (std::regex_match(line, m, color)) {
        nodes[by_id[m[1]]]["color"] = m[2].str();
      } else if (std::regex_match(line, m, del)) {
        nodes[by_id[m[1]]]["del"] = true;
      } else if (std::regex_match(line, m, more)) {
        nodes[by_id[m[1]]]["more"] = m[2].str();
      } else if (std::regex_match(line, m, edge)) {
        edges.emplace_back(m[1], m[2]);
      }
    }
    for (auto& [from, to] : edges) {
      from = by_id[from];
      to = by_id[to];
    }
    std::sort(edges.begin(), edges.end());
    return {{"nodes", nodes}, {"edges", edges}};
  }

  ImplSubject& subject_;
  cyclegc::GcModule gc_;
  bool collect_;
  std::optional<Objgraph> objgraph_;
  std::vector<cyclegc::NamedRoot> roots_;
  std::vector<ObjectId> objects_;
  std::map<std::uint32_t, std::size_t> index_;
  std::size_t tracked_ = 0;
  Case result_;
};

// Roots are not alike: in Python a module's dictionary stands between. Their colours and types are left out, the module
// itself, and the edge to its dictionary.
json without_modules(json picture) {
  json nodes = json::object();
  for (auto& [name, node] : picture["nodes"].items()) {
    if (name.back() == '!') continue;
    const bool root = name.rfind("root ", 0) == 0 || name == "gc.garbage";
    if (root) node = json::object();
    nodes[name] = node;
  }
  picture["nodes"] = nodes;
  json edges = json::array();
  for (const auto& edge : picture["edges"]) {
    if (edge[0].get<std::string>().back() != '!') edges.push_back(edge);
  }
  picture["edges"] = edges;
  return picture;
}

std::size_t length_without_modules(const json& chain) {
  return static_cast<std::size_t>(std::count_if(
      chain.begin(), chain.end(), [](const json& name) { return name.get<std::string>().back() != '!'; }));
}

class ObjgraphReference : public CommandTest {
 protected:
  // True: the test cannot run here; it says why.
  static bool missing() { return shell(std::string(kPython) + " -c 'import objgraph'").status != 0; }

  // Asks about the heap after operation `step`, after a collection if `collect`.
  void examine(const Trace& trace, std::size_t step, bool collect) {
    ImplSubject subject;
    subject.look_after_operations([&](std::size_t operation) {
      if (operation == step) cases_.push_back(Examiner(subject, collect).examine());
    });
    Log log;
    subject.run(trace, Observe::digest, log);
  }

  // Lets Python answer the same, and compares.
  void compare_all() {
    json heaps = json::array();
    for (const Case& item : cases_) heaps.push_back(item.heap);
    const std::string input = write("heaps.json", heaps.dump());
    const CommandRun run =
        shell(std::string(kPython) + " " CYCLECHECK_SOURCE_DIR "/properties/explain/objgraph_reference.py < " + input);
    ASSERT_EQ(run.status, 0) << run.output;
    const json real = json::parse(run.output);
    ASSERT_EQ(real.size(), cases_.size());
    for (std::size_t i = 0; i < cases_.size(); ++i) compare(cases_[i], real[i], i);
  }

  static void compare(const Case& item, const json& real, std::size_t number) {
    SCOPED_TRACE("heap " + std::to_string(number) + ": " + item.heap.dump().substr(0, 2000));
    const json& ours = item.answers;
    EXPECT_EQ(ours["most_common"], real["most_common"]);
    EXPECT_EQ(ours["typestats"], real["typestats"]);
    if (ours.contains("growth")) {
      EXPECT_EQ(ours["growth"], Examiner::sorted_lines(real["growth"]));
      EXPECT_EQ(ours["leaking"], real["leaking"]);
    }
    for (std::size_t i = 0; i < ours["pictures"].size(); ++i) {
      const json& question = item.heap["pictures"][i];
      if (question["too_many"] == 2) {
        // A module's dictionary is referred to by its module: one more.
        const std::string name = item.heap["objects"][question["object"].get<std::size_t>()]["name"];
        EXPECT_EQ(ours["pictures"][i]["nodes"][name], real["pictures"][i]["nodes"][name]) << question;
        EXPECT_EQ(ours["pictures"][i]["nodes"].size(), real["pictures"][i]["nodes"].size()) << question;
        continue;
      }
      EXPECT_EQ(without_modules(ours["pictures"][i]), without_modules(real["pictures"][i])) << question;
    }
    for (std::size_t i = 0; i < ours["chains"].size(); ++i) {
      const json& mine = ours["chains"][i];
      EXPECT_EQ(mine.size(), length_without_modules(real["chains"][i])) << mine << real["chains"][i];
      EXPECT_EQ(mine.front().get<std::string>().rfind("root ", 0) == 0,
                real["chains"][i].front().get<std::string>().rfind("root ", 0) == 0)
          << mine << real["chains"][i];
      EXPECT_EQ(mine.back(), real["chains"][i].back());
    }
    EXPECT_EQ(ours["cycles"], real["cycles"]);
  }

  std::vector<Case> cases_;
};

// A developer's machine may have no objgraph. ci/setup installs it, so that ci/test does not pass over it.
#define SKIP_WITHOUT_OBJGRAPH()                                                                                 \
  if (missing()) {                                                                                              \
    if (std::getenv("CYCLECHECK_NEEDS_ALL") != nullptr) FAIL() << kPython << " has no objgraph";                \
    GTEST_SKIP() << kPython << " has no objgraph (Debian's package python3-objgraph): nothing to compare with"; \
  }

TEST_F(ObjgraphReference, HeapsOfTheNotes) {
  SKIP_WITHOUT_OBJGRAPH();
  for (const auto& entry : std::filesystem::directory_iterator(CYCLECHECK_SOURCE_DIR "/corpus/notes")) {
    if (entry.path().extension() != ".trace") continue;
    const auto loaded = load_trace(entry.path().string());
    ASSERT_TRUE(std::holds_alternative<Trace>(loaded)) << std::get<FileError>(loaded).message;
    const Trace& trace = std::get<Trace>(loaded);
    // A tuple cannot be filled afterwards, as the other side fills what it builds.
    const bool has_tuple = std::any_of(trace.operations.begin(), trace.operations.end(),
                                       [](const Operation& operation) { return operation.code > OpCode::raise; });
    if (has_tuple) continue;
    if (trace.operations.size() > 60) continue;
    for (std::size_t step = 0; step < trace.operations.size(); step += 3) {
      if (trace.operations[step].code == OpCode::bulk || trace.operations[step].code == OpCode::shutdown) break;
      examine(trace, step, step % 2 == 0);
    }
  }
  EXPECT_GE(cases_.size(), 30U);
  compare_all();
}

TEST_F(ObjgraphReference, RandomHeaps) {
  SKIP_WITHOUT_OBJGRAPH();
  for (const ProfileId id : {ProfileId::python2_7, ProfileId::python3_8, ProfileId::python3_11}) {
    for (std::uint64_t index = 0; index < 8; ++index) {
      Trace trace = generate(11, index, {id, 60});
      // Hundreds of objects at once make every picture slow and no different. A tuple cannot be filled afterwards.
      const auto left_out = [](const Operation& operation) {
        return operation.code == OpCode::bulk || operation.code > OpCode::raise;
      };
      std::erase_if(trace.operations, left_out);
      for (Script& script : trace.scripts) std::erase_if(script, left_out);
      FeatureSet frames;
      frames.set(static_cast<std::size_t>(Feature::frames));
      frames.set(static_cast<std::size_t>(Feature::generators));
      frames.set(static_cast<std::size_t>(Feature::sets));
      leave_out(frames, trace);
      std::size_t last = trace.operations.size() / 2;
      while (last > 0 && trace.operations[last].code == OpCode::shutdown) --last;
      examine(trace, last, index % 2 == 0);
    }
  }
  compare_all();
}

}  // namespace
}  // namespace cyclecheck
