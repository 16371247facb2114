#include "harness/live/dump_file.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <unordered_map>

#include "harness/live/dump_source.hpp"

namespace cyclecheck {
namespace {

constexpr std::string_view kFirstLine = "cyclecheck-heap 1";

// Thrown and caught in this file.
struct Wrong {
  std::string what;
};

std::uint64_t number(std::string_view text, int base, const char* what) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) {
    throw Wrong{fmt::format("'{}' is no {}", text, what)};
  }
  return value;
}

// The fields of one line, one after the other.
class Fields {
 public:
  explicit Fields(std::string_view line) : rest_(line) {}

  [[nodiscard]] bool more() const { return !over_; }
  std::string_view next(const char* what) {
    if (over_) throw Wrong{fmt::format("the line ends where its {} must stand", what)};
    const std::size_t tab = rest_.find('\t');
    const std::string_view field = rest_.substr(0, tab);
    over_ = tab == std::string_view::npos;
    if (!over_) rest_.remove_prefix(tab + 1);
    return field;
  }
  void end() const {
    if (!over_) throw Wrong{fmt::format("the line goes on after its last field: '{}'", rest_)};
  }

 private:
  std::string_view rest_;
  bool over_ = false;
};

class Reader {
 public:
  HeapDump take() {
    for (std::size_t i = 0; i < targets_.size(); ++i) dump_.edges[i].to = object_at(targets_[i]);
    std::size_t next = 0;
    for (std::size_t r = 0; r < dump_.roots.size(); ++r) {
      HeapDump::Root& root = dump_.roots[r];
      const auto same = index_.find(same_[r]);
      if (same != index_.end()) root.same = same->second;
      for (HeapDump::Edge& edge : root.edges) edge.to = object_at(root_targets_[next++]);
    }
    return std::move(dump_);
  }

  void read(std::string_view line) {
    Fields fields(line);
    const std::string_view kind = fields.next("kind");
    if (kind == "object") return read_object(fields);
    if (kind == "type") return read_type(fields);
    if (kind == "root") return read_root(fields);
    if (kind == "gc") return read_collector(fields);
    if (kind == "end") return read_end(fields);
    throw Wrong{fmt::format("'{}' is no kind of line: expected type, object, root or end", kind.substr(0, 40))};
  }

 private:
  void read_collector(Fields& fields) {
    dump_.python = fields.next("version");
    dump_.gc_enabled = number(fields.next("state"), 10, "state of the collector") != 0;
    dump_.gc_debug = static_cast<unsigned>(number(fields.next("debug flags"), 10, "number"));
    fields.next("thresholds");
    fields.next("counts");
    fields.end();
  }

  void read_type(Fields& fields) {
    const std::uint64_t address = number(fields.next("address"), 16, "address");
    HeapDump::Type type;
    type.name = fields.next("name");
    type.short_name = fields.next("short name");
    type.finalizer = fields.next("flags").find('d') != std::string_view::npos;
    fields.end();
    types_[address] = static_cast<std::uint32_t>(dump_.types.size());
    dump_.types.push_back(std::move(type));
  }

  void read_object(Fields& fields) {
    HeapDump::Object object;
    object.address = number(fields.next("address"), 16, "address");
    const std::string_view type = fields.next("type");
    const auto found = types_.find(number(type, 16, "address"));
    if (found == types_.end()) throw Wrong{fmt::format("no line before this one has the type {}", type)};
    object.type = found->second;
    // Counts of immortal objects are larger.
    object.references = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(number(fields.next("reference count"), 10, "reference count"), UINT32_MAX));
    const std::string_view how = fields.next("kind of tracking");
    if (how != "t" && how != "f" && how != "u") throw Wrong{fmt::format("'{}' is none of t, f, u", how)};
    object.how = how == "t" ? HeapDump::How::tracked : how == "f" ? HeapDump::How::frozen : HeapDump::How::untracked;
    const std::string_view name = fields.next("name");
    if (!name.empty()) {
      object.name = static_cast<std::uint32_t>(dump_.names.size());
      dump_.names.emplace_back(name);
    }
    object.edges = dump_.edges.size();
    read_edges(fields, dump_.edges, targets_);
    if (!index_.emplace(object.address, static_cast<std::uint32_t>(dump_.objects.size())).second) {
      throw Wrong{fmt::format("there was an object at {:x} before", object.address)};
    }
    dump_.objects.push_back(object);
  }

  void read_root(Fields& fields) {
    HeapDump::Root root;
    root.name = fields.next("name");
    const std::string_view how = fields.next("kind");
    if (how != "h" && how != "v") throw Wrong{fmt::format("'{}' is none of h, v", how)};
    root.counted = how == "h";
    same_.push_back(number(fields.next("address"), 16, "address"));
    read_edges(fields, root.edges, root_targets_);
    dump_.roots.push_back(std::move(root));
  }

  void read_edges(Fields& fields, std::vector<HeapDump::Edge>& edges, std::vector<std::uint64_t>& targets) {
    while (fields.more()) {
      const std::string_view label = fields.next("label");
      targets.push_back(number(fields.next("address"), 16, "address"));
      edges.push_back({0, label_at(label)});
    }
  }

  void read_end(Fields& fields) {
    const std::uint64_t objects = number(fields.next("number of objects"), 10, "number");
    fields.end();
    if (objects == dump_.objects.size()) return;
    throw Wrong{fmt::format("the dump has {} objects, and says that it has {}", dump_.objects.size(), objects)};
  }

  std::uint32_t label_at(std::string_view label) {
    const auto [place, is_new] = labels_.emplace(label, static_cast<std::uint32_t>(dump_.labels.size()));
    if (is_new) dump_.labels.emplace_back(label);
    return place->second;
  }

  [[nodiscard]] std::uint32_t object_at(std::uint64_t address) const {
    const auto found = index_.find(address);
    if (found != index_.end()) return found->second;
    throw Wrong{fmt::format("something refers to {:x}, and the dump has no object there", address)};
  }

  HeapDump dump_;
  // Types and objects by their addresses.
  std::unordered_map<std::uint64_t, std::uint32_t> types_;
  std::unordered_map<std::uint64_t, std::uint32_t> index_;
  std::unordered_map<std::string_view, std::uint32_t> labels_{{"", 0}};
  // The addresses that edges lead to, in order: objects come in any order.
  std::vector<std::uint64_t> targets_;
  std::vector<std::uint64_t> root_targets_;
  // Of each root.
  std::vector<std::uint64_t> same_;
};

// What is wrong with the file as a whole, if anything is.
std::optional<std::string> wrong_as_a_whole(std::string_view text) {
  const std::string_view first = text.substr(0, text.find('\n'));
  if (first != kFirstLine) {
    constexpr std::string_view kName = "cyclecheck-heap ";
    if (first.substr(0, kName.size()) == kName) {
      return fmt::format(
          "is a dump of version {}, and this program reads version 1: write it with the module of this "
          "program (cyclecheck objgraph --dump-module)",
          first.substr(kName.size(), 20));
    }
    return fmt::format(
        "is no dump of a heap: its first line must be '{}', as the module writes it that cyclecheck "
        "objgraph --dump-module prints",
        kFirstLine);
  }
  const std::size_t end = text.rfind("\nend\t");
  if (end != std::string_view::npos && text.find('\n', end + 1) == text.size() - 1) return std::nullopt;
  return "is cut off: its last line must be 'end' with the number of objects; either the program that wrote it was "
         "stopped, or it still writes";
}

}  // namespace

std::string_view dump_module() { return kDumpSource[0].text; }

std::variant<HeapDump, FileError> read_dump(const std::string& path) {
  const auto content = read_file(path);
  if (const auto* error = std::get_if<FileError>(&content)) return *error;
  const std::string_view text = std::get<std::string>(content);
  if (const auto wrong = wrong_as_a_whole(text)) return FileError{path + ": " + *wrong};
  Reader reader;
  std::size_t line = 1;
  try {
    for (std::size_t at = text.find('\n') + 1; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      ++line;
      reader.read(text.substr(at, end - at));
      at = end + 1;
    }
    return reader.take();
  } catch (const Wrong& wrong) {
    return FileError{fmt::format("{}:{}: {}", path, line, wrong.what)};
  }
}

}  // namespace cyclecheck
