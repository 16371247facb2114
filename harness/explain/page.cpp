#include "harness/explain/page.hpp"

#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "harness/explain/changes.hpp"
#include "harness/explain/page_layout.hpp"
#include "harness/explain/page_source.hpp"
#include "harness/explain/story.hpp"
#include "harness/explain/wording.hpp"
#include "harness/system/system.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

using nlohmann::json;

// As in page.js.
enum Flag : unsigned { kDead = 1, kFreed = 2, kReachable = 4, kGarbage = 8, kFinalized = 16, kFinalizer = 32 };

std::string_view source(std::string_view name) {
  for (const SourceFile& file : kPageSource) {
    if (file.name == name) return file.text;
  }
  return {};
}

void replace(std::string& text, std::string_view mark, std::string_view content) {
  for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += content.size()) {
    text.replace(at, mark.size(), content);
  }
}

bool is_same(const ViewedObject& x, const ViewedObject& y) {
  return x.references == y.references && x.gc_refs == y.gc_refs && x.lane == y.lane && x.dead == y.dead &&
         x.freed == y.freed && x.reachable == y.reachable && x.in_garbage == y.in_garbage &&
         x.finalized == y.finalized && x.referent == y.referent && x.referents == y.referents;
}

class PageData {
 public:
  PageData(const Trace& trace, const PageOptions& options)
      : trace_(trace), options_(options), layout_(options.max_drawn) {
    data_["operations"] = json::array();
    for (const Operation& operation : trace.operations) data_["operations"].push_back(to_string(operation, trace));
    data_["objects"] = json::array();
    data_["frames"] = json::array();
    data_["verdict"] = options.verdict;
  }

  json make() {
    const Log model = tell(trace_, {}, [&](const Frame& frame) { add(frame); });
    data_["model"] = log_of(model);
    data_["other"] = nullptr;
    if (options_.other) data_["other"] = {{"name", options_.other_name}, {"log", log_of(*options_.other)}};
    return std::move(data_);
  }

 private:
  [[nodiscard]] json log_of(const Log& log) const {
    json operations = json::array();
    for (std::size_t i = 0; i < log.operations(); ++i) {
      json events = json::array();
      for (const Event& event : log.of(i)) events.push_back(to_string(event, trace_));
      operations.push_back(std::move(events));
    }
    return operations;
  }

  void add(const Frame& frame) {
    const HeapView& heap = frame.heap;
    json& item = data_["frames"].emplace_back();
    item["operation"] = frame.operation;
    item["phase"] = frame.phase ? json(phase_name(frame.phase->phase)) : json();
    item["sentence"] = frame.phase ? sentence(frame, trace_) : sentence(trace_.operations[frame.operation], trace_);
    item["lines"] = lines_of(frame);
    item["counts"] = heap.counts;
    item["roots"] = json::array();
    for (const model::Root& root : heap.roots) item["roots"].push_back({short_name(root), root.id});
    if (frame.colours.empty()) {
      item["colours"] = nullptr;
    } else {
      for (const Colour colour : frame.colours) item["colours"].push_back(static_cast<int>(colour));
    }
    item["objects"] = json::array();
    std::vector<model::Id> touched;
    for (model::Id id = 0; id < heap.objects.size(); ++id) {
      const ViewedObject& object = heap.objects[id];
      if (id == data_["objects"].size()) {
        data_["objects"].push_back({{"name", to_string(object.label, trace_)}, {"kind", kind_of(object)}});
      } else if (is_same(object, before_.objects[id])) {
        continue;
      }
      touched.push_back(id);
      item["objects"].push_back(row_of(object, id));
    }
    if (frame.phase && frame.phase->scanned != model::kNone) touched.insert(touched.begin(), frame.phase->scanned);
    const PageLayout::Step step = layout_.next(heap, touched, frame.operation);
    item["slots"] = step.moves;
    item["cut"] = step.left_out;
    before_ = heap;
  }

  [[nodiscard]] static json row_of(const ViewedObject& object, model::Id id) {
    const bool finalizer = object.finalizer != FinalizerKind::none;
    const unsigned flags = (object.dead ? kDead : 0U) | (object.freed ? kFreed : 0U) |
                           (object.reachable ? kReachable : 0U) | (object.in_garbage ? kGarbage : 0U) |
                           (object.finalized ? kFinalized : 0U) | (finalizer ? kFinalizer : 0U);
    const json referent = object.referent == model::kNone ? json() : json(object.referent);
    return {id, object.references, object.gc_refs, static_cast<int>(object.lane), flags, referent, object.referents};
  }

  // A variable is named by itself, as it stands in the trace.
  [[nodiscard]] std::string short_name(const model::Root& root) const {
    const bool global = root.kind == model::Root::Kind::global;
    return global ? spelling(trace_, root.name) : name_of(root, trace_);
  }

  [[nodiscard]] json lines_of(const Frame& frame) const {
    json lines = json::array();
    for (const Event& event : frame.events) {
      if (event.kind != EventKind::digest) lines.push_back(meaning(event, trace_));
    }
    if (frame.phase && frame.phase->phase == model::CollectionPhase::subtract_refs) return lines;
    constexpr std::size_t kMaxLines = 60;
    for (const Change& change : changes(before_, frame.heap, trace_)) {
      if (lines.size() == kMaxLines) {
        lines.push_back("...");
        break;
      }
      lines.push_back(change.topic + ": " + change.text);
    }
    return lines;
  }

  const Trace& trace_;
  const PageOptions& options_;
  PageLayout layout_;
  HeapView before_;
  json data_;
};

}  // namespace

std::string explanation_page(const Trace& trace, const PageOptions& options) {
  std::string data = PageData(trace, options).make().dump();
  // Nothing in it can end the element that holds it.
  replace(data, "<", "\\u003c");
  std::string page(source("page.html"));
  replace(page, "@TITLE@", escaped(options.title));
  replace(page, "@STYLE@", source("page.css"));
  replace(page, "@SCRIPT@", source("page.js"));
  replace(page, "@DATA@", data);
  return page;
}

}  // namespace cyclecheck
