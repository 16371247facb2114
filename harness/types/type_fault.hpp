// What is wrong with a type, and the steps that show it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace cyclecheck {

struct TypeFault {
  // A rule of docs/contracts.md: "T2".
  std::string rule;
  // The place in the type: "Node.left".
  std::string label;
  std::string words;
  // Lines of Python; "  # " and the place may stand behind one.
  std::vector<std::string> steps;
  // Those of them that raise an exception, as far as is known.
  std::vector<std::size_t> raised;
  // A plain script: what the steps need, and the steps.
  std::vector<std::string> script;
  std::size_t original_steps = 0;
  // No single step can be left out.
  bool one_minimal = false;
  // How often it came back in a fresh interpreter, of how many times.
  int reproduced = 0;
  int replays = 0;
  // A step did not return.
  bool hangs = false;

  [[nodiscard]] std::string signature() const { return rule + " " + label; }
};

}  // namespace cyclecheck
