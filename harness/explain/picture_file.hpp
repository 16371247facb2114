// Graphs as files: Graphviz draws them. Thread-safe for different paths.
#pragma once

#include <string>
#include <variant>

#include "trace/file.hpp"

namespace cyclecheck {

// What became of a picture.
struct PictureWritten {
  // Graphviz's program `dot` is not there: the graph is in this file instead, for it or another viewer.
  std::string instead;
};

// Writes a graph in Graphviz's language to a file: as it is for .dot and .gv, drawn by `dot` for .svg, .png and .pdf.
// The file is written whole or not at all. Where there is no `dot`, x.dot is written in place of x.svg. Errors: another
// ending, a file that cannot be written, what `dot` has to say.
[[nodiscard]] std::variant<PictureWritten, FileError> write_picture(const std::string& path, const std::string& dot);

}  // namespace cyclecheck
