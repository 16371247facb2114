// What cyclecheck_dump.py writes (the file says what stands in it), as values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "trace/file.hpp"

namespace cyclecheck {

struct HeapDump {
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  struct Type {
    // "app.Connection", and "Connection".
    std::string name;
    std::string short_name;
    // It has a __del__.
    bool finalizer = false;
  };
  // A reference. `label` is an index into labels: ".peer", "['key']", "[3]".
  struct Edge {
    std::uint32_t to = 0;
    std::uint32_t label = 0;
  };
  enum class How : std::uint8_t { tracked, frozen, untracked };
  struct Object {
    std::uint64_t address = 0;
    std::uint32_t type = 0;
    // The reference count; 0: it is not known.
    std::uint32_t references = 0;
    How how = How::tracked;
    // Its own name, an index into names; 0: it has none.
    std::uint32_t name = 0;
    // Its edges begin here, and end where those of the next object begin.
    std::size_t edges = 0;
  };
  struct Root {
    std::string name;
    // Its references are counted by the objects. Otherwise they are those of the object `same`, told again.
    bool counted = false;
    // kNone: the dump does not have it.
    std::uint32_t same = kNone;
    std::vector<Edge> edges;
  };

  std::string python;
  bool gc_enabled = true;
  unsigned gc_debug = 0;
  std::vector<Type> types;
  std::vector<Object> objects;
  // Of all objects, in order.
  std::vector<Edge> edges;
  std::vector<std::string> labels{""};
  std::vector<std::string> names{""};
  std::vector<Root> roots;

  // Where the edges of an object end.
  [[nodiscard]] std::size_t end_of(std::size_t object) const {
    return object + 1 < objects.size() ? objects[object + 1].edges : edges.size();
  }
};

// The Python module that writes dumps.
[[nodiscard]] std::string_view dump_module();

// Errors: those of read_file; another kind of file, another version of the format, a file that is cut off; a line that
// is wrong, with its number. O(bytes).
[[nodiscard]] std::variant<HeapDump, FileError> read_dump(const std::string& path);

}  // namespace cyclecheck
