// Snapshots as files: for Graphviz, and for Chrome's DevTools.
#include <array>
#include <cstdio>

#include "impl/internal/quoted.hpp"
#include "impl/snapshot.hpp"

namespace cyclegc {
namespace {

// Passes on large pieces.
class Output {
 public:
  explicit Output(const SnapshotSink& sink) : sink_(sink) {}
  Output& operator<<(std::string_view text) {
    text_ += text;
    if (text_.size() >= kPiece) finish();
    return *this;
  }
  Output& operator<<(std::uint64_t number) { return *this << std::string_view(std::to_string(number)); }
  void finish() {
    if (!text_.empty()) sink_(text_);
    text_.clear();
  }

 private:
  static constexpr std::size_t kPiece = std::size_t{1} << 16U;
  const SnapshotSink& sink_;
  std::string text_;
};

// How many bytes the character takes that begins there; 0: it is no UTF-8.
std::size_t character(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  // Longer than it need be, half of a pair, or beyond the last one.
  if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90)) return 0;
  if ((first == 0xED && byte(1) > 0x9F) || (first == 0xF4 && byte(1) > 0x8F)) return 0;
  return size;
}

std::string json(std::string_view text) {
  std::string result = "\"";
  while (!text.empty()) {
    const std::size_t size = character(text);
    const char c = text[0];
    if (size == 0) {
      result += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (size == 1 && static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      result += escape;
    } else {
      result += text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return result + '"';
}

// Calls visit(from, edge).
template <class Visit>
void for_each_edge(const Snapshot& snapshot, Visit&& visit) {
  std::size_t next = 0;
  for (std::size_t from = 0; from < snapshot.nodes.size(); ++from) {
    for (std::uint32_t i = 0; i < snapshot.nodes[from].edges; ++i) visit(from, snapshot.edges[next++]);
  }
}

// The words of V8's heap profiler, which DevTools look for, in its order.
constexpr std::string_view kMeta =
    R"({"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count","trace_node_id",)"
    R"("detachedness"],"node_types":[["hidden","array","string","object","code","closure","regexp","number","native",)"
    R"("synthetic","concatenated string","sliced string","symbol","bigint","object shape"],"string","number",)"
    R"("number","number","number","number"],"edge_fields":["type","name_or_index","to_node"],"edge_types":)"
    R"([["context","element","property","internal","hidden","shortcut","weak"],"string_or_number","node"],)"
    R"("trace_function_info_fields":["function_id","name","script_name","script_id","line","column"],)"
    R"("trace_node_fields":["id","function_info_index","count","size","children"],)"
    R"("sample_fields":["timestamp_us","last_assigned_id"],)"
    R"("location_fields":["object_index","script_id","line","column"]},)";
constexpr std::uint64_t kNodeFields = 7;
enum NodeType : std::uint64_t { type_object = 3, type_native = 8, type_synthetic = 9 };
enum EdgeType : std::uint64_t {
  edge_element = 1,
  edge_property = 2,
  edge_internal = 3,
  edge_shortcut = 5,
  edge_weak = 6
};

}  // namespace

void write_dot(const Snapshot& snapshot, const SnapshotSink& sink) {
  Output out(sink);
  out << "digraph heap {\n  node[shape=box];\n";
  for (std::size_t i = 0; i < snapshot.nodes.size(); ++i) {
    const Snapshot::Node& node = snapshot.nodes[i];
    const bool object = node.kind == Snapshot::NodeKind::object;
    out << "  n" << i << "[label=\"" << internal::quoted(snapshot.strings[node.name]);
    if (object) out << "\\nreferences: " << node.references;
    if (node.bytes != 0) out << "\\nbytes: " << node.bytes;
    out << "\"" << (object ? "" : ",shape=ellipse") << "];\n";
  }
  for_each_edge(snapshot, [&](std::size_t from, const Snapshot::Edge& edge) {
    out << "  n" << from << " -> n" << edge.to << "[label=\"";
    if (edge.kind == Snapshot::EdgeKind::numbered) {
      out << edge.name;
    } else {
      out << internal::quoted(snapshot.strings[edge.name]);
    }
    const bool counted = edge.kind != Snapshot::EdgeKind::weak;
    const bool shown = edge.kind != Snapshot::EdgeKind::hidden;
    out << "\"" << (counted ? "" : ",style=dashed") << (shown ? "" : ",style=dotted") << "];\n";
  });
  out << "}\n";
  out.finish();
}

// DevTools begin with the edges of the first node: to "(GC roots)", and shortcuts to what counts as the program's. All
// that these lead to has a distance. So each root stands behind both.
void write_heapsnapshot(const Snapshot& snapshot, const SnapshotSink& sink) {
  const std::size_t roots = snapshot.nodes[0].edges;
  // "(GC roots)" is the last node.
  const std::size_t nodes = snapshot.nodes.size() + 1;
  const std::uint64_t last_name = snapshot.strings.size();
  Output out(sink);
  out << kMeta << "\"node_count\":" << nodes << ",\"edge_count\":" << snapshot.edges.size() + 1 + roots
      << ",\"trace_function_count\":0},\n\"nodes\":[";
  const auto write_node = [&](std::array<std::uint64_t, 5> fields) {
    for (const std::uint64_t field : fields) out << field << ",";
    out << "0,0";
  };
  for (const Snapshot::Node& node : snapshot.nodes) {
    const bool object = node.kind == Snapshot::NodeKind::object;
    const bool start = node.kind == Snapshot::NodeKind::start;
    const auto place = static_cast<std::uint64_t>(&node - snapshot.nodes.data());
    write_node({object  ? type_object
                : start ? type_synthetic
                        : type_native,
                node.name, object ? std::uint64_t{node.object.index} * 2 + 1 : place * 2 + 2, node.bytes,
                std::uint64_t{node.edges} + (start ? 1U : 0U)});
    out << ",\n";
  }
  write_node({type_synthetic, last_name, nodes * 2, 0, roots});
  out << "],\n\"edges\":[";
  const auto write_edge = [&](std::uint64_t type, std::uint64_t name, std::size_t to) {
    out << type << "," << name << "," << to * kNodeFields;
  };
  write_edge(edge_element, 1, nodes - 1);
  for_each_edge(snapshot, [&](std::size_t from, const Snapshot::Edge& edge) {
    using Kind = Snapshot::EdgeKind;
    out << ",\n";
    if (from == 0) return write_edge(edge_shortcut, snapshot.nodes[edge.to].name, edge.to);
    write_edge(edge.kind == Kind::numbered ? edge_element
               : edge.kind == Kind::named  ? edge_property
               : edge.kind == Kind::hidden ? edge_internal
                                           : edge_weak,
               edge.name, edge.to);
  });
  for (std::size_t i = 0; i < roots; ++i) {
    out << ",\n";
    write_edge(edge_element, i + 1, 1 + i);
  }
  out << "],\n\"trace_function_infos\":[],\n\"trace_tree\":[],\n\"samples\":[],\n\"locations\":[],\n\"strings\":[";
  for (const std::string& text : snapshot.strings) out << json(text) << ",\n";
  out << "\"(GC roots)\"]}\n";
  out.finish();
}

}  // namespace cyclegc
