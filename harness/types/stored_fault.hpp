// A fault of a type in a folder: steps.txt, reproducer.py, finding.json. Thread-safe for different folders.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/types/type_fault.hpp"

namespace cyclecheck {

// "t2-node-left-1a2b3c4d": the same for the same type, rule and place.
[[nodiscard]] std::string fault_folder_name(const std::string& type, const TypeFault& fault);

// Writes a fault into `folder`, which is made. A problem in words, or nothing.
[[nodiscard]] std::optional<std::string> store_fault(const std::string& folder, const std::string& type,
                                                     const std::string& interpreter, const TypeFault& fault,
                                                     const std::string& command);

// The steps in a file that store_fault wrote, or in a folder of it; lines that are empty are passed over. A
// problem in words: it cannot be read, or holds nothing.
[[nodiscard]] std::variant<std::vector<std::string>, std::string> read_steps(const std::string& path);

}  // namespace cyclecheck
