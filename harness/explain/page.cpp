#include "harness/explain/page.hpp"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "harness/explain/changes.hpp"
#include "harness/explain/page_layout.hpp"
#include "harness/explain/page_source.hpp"
#include "harness/explain/python_line.hpp"
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

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve(bytes.size() / 3 * 4 + 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      word = word << 8U | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += i + k > bytes.size() ? '=' : kDigits[word >> (18 - 6 * k) & 63U];
    }
  }
  return text;
}

bool is_same(const ViewedObject& x, const ViewedObject& y) {
  return x.references == y.references && x.gc_refs == y.gc_refs && x.lane == y.lane && x.dead == y.dead &&
         x.freed == y.freed && x.reachable == y.reachable && x.in_garbage == y.in_garbage &&
         x.finalized == y.finalized && x.referent == y.referent && x.referents == y.referents;
}

class PageData {
 public:
  PageData(const Trace& trace, const PageOptions& options)
      : trace_(trace), options_(options), layout_(options.max_whole, options.max_near) {
    for (const char* list : {"operations", "python", "objects", "frames", "differs"}) data_[list] = json::array();
    for (const Operation& operation : trace.operations) {
      data_["operations"].push_back(to_string(operation, trace));
      data_["python"].push_back(python_line(operation, trace));
    }
    data_["verdict"] = options.verdict;
    data_["divergence"] = options.divergence ? json(*options.divergence) : json();
  }

  json make() {
    StoryOptions story;
    // Nobody looks at each object that was scanned in hundreds of collections.
    constexpr std::size_t kLong = 500;
    if (trace_.operations.size() > kLong) story.max_scans = 0;
    const Log model = tell(trace_, story, [&](const Frame& frame) { add(frame); });
    data_["model"] = log_of(model, nullptr);
    data_["other"] = nullptr;
    if (options_.other) {
      data_["other"] = {{"name", options_.other_name}, {"log", log_of(*options_.other, &model)}};
      for (std::size_t i = 0; i < trace_.operations.size(); ++i) {
        if (differ(model, *options_.other, i)) data_["differs"].push_back(i);
      }
    }
    return std::move(data_);
  }

 private:
  // An operation whose events are those of `same` is null.
  [[nodiscard]] json log_of(const Log& log, const Log* same) const {
    json operations = json::array();
    for (std::size_t i = 0; i < log.operations(); ++i) {
      const auto mine = log.of(i);
      if (same != nullptr && i < same->operations() &&
          std::equal(mine.begin(), mine.end(), same->of(i).begin(), same->of(i).end())) {
        operations.emplace_back();
        continue;
      }
      json events = json::array();
      for (const Event& event : mine) events.push_back(to_string(event, trace_));
      operations.push_back(std::move(events));
    }
    return operations;
  }

  // Whether the level compares something in which the operation differs. Deaths that `liveness` defers differ where the
  // divergence is, if at all.
  [[nodiscard]] bool differ(const Log& model, const Log& other, std::size_t operation) const {
    if (options_.divergence == operation) return true;
    const auto compared = [&](const Log& log) {
      std::vector<std::string> events;
      if (operation >= log.operations()) return events;
      for (const Event& event : log.of(operation)) {
        const bool deferred = options_.level == Level::liveness && event.kind == EventKind::died;
        if (info(event.kind).level <= options_.level && !deferred) events.push_back(to_string(event, trace_));
      }
      if (options_.level != Level::order) std::sort(events.begin(), events.end());
      return events;
    };
    return compared(model) != compared(other);
  }

  // What is as in the frame before, or empty, is left out.
  void add(const Frame& frame) {
    const HeapView& heap = frame.heap;
    const std::string said =
        frame.phase ? sentence(frame, trace_) : sentence(trace_.operations[frame.operation], trace_);
    json lines = lines_of(frame);
    // A phase that had nothing to do is no frame.
    if (said.empty() && lines.empty()) return;
    json& item = data_["frames"].emplace_back();
    item["operation"] = frame.operation;
    if (frame.phase) {
      item["phase"] = phase_name(frame.phase->phase);
      if (frame.phase->phase == model::CollectionPhase::merge) item["begins"] = true;
    }
    item["sentence"] = said.empty() ? "Meanwhile:" : said;
    const auto set = [&](const char* key, json value) {
      if (!value.empty()) item[key] = std::move(value);
    };
    set("lines", std::move(lines));
    if (heap.counts != before_.counts || data_["frames"].size() == 1) item["counts"] = heap.counts;
    json roots = json::array();
    for (const model::Root& root : heap.roots) roots.push_back({short_name(root), root.id});
    if (roots != roots_) item["roots"] = roots_ = roots;
    json colours = json::array();
    for (const Colour colour : frame.colours) colours.push_back(static_cast<int>(colour));
    set("colours", std::move(colours));
    std::vector<model::Id> touched;
    json objects = json::array();
    for (model::Id id = 0; id < heap.objects.size(); ++id) {
      const ViewedObject& object = heap.objects[id];
      if (id == data_["objects"].size()) {
        data_["objects"].push_back({{"name", to_string(object.label, trace_)}, {"kind", kind_of(object)}});
      } else if (is_same(object, before_.objects[id])) {
        continue;
      }
      touched.push_back(id);
      objects.push_back(row_of(object, id));
    }
    set("objects", std::move(objects));
    if (frame.phase && frame.phase->scanned != model::kNone) touched.insert(touched.begin(), frame.phase->scanned);
    const PageLayout::Step step = layout_.next(heap, touched, frame.operation);
    set("slots", step.moves);
    if (step.neighbourhood) {
      item["near"] = *step.neighbourhood;
      item["cut"] = step.left_out;
    }
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
  json roots_ = json::array();
  json data_;
};

}  // namespace

std::string explanation_page(const Trace& trace, const PageOptions& options) {
  std::string data = PageData(trace, options).make().dump();
  // Browsers can decompress; what is short stays readable in the page's source.
  constexpr std::size_t kLong = std::size_t{1} << 18;
  const bool compress = data.size() > kLong;
  if (compress) data = base64(gzip(data));
  // Nothing in it can end the element that holds it.
  replace(data, "<", "\\u003c");
  std::string page(source("page.html"));
  replace(page, "@TITLE@", escaped(options.title));
  replace(page, "@STYLE@", source("page.css"));
  replace(page, "@SCRIPT@", source("page.js"));
  replace(page, "@ENCODING@", compress ? "gzip" : "plain");
  replace(page, "@DATA@", data);
  return page;
}

}  // namespace cyclecheck
