#include "harness/types/stored_fault.hpp"

#include <fmt/format.h>

#include <cctype>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace

std::string fault_folder_name(const std::string& type, const TypeFault& fault) {
  const std::string all = type + " " + fault.signature();
  std::uint32_t hash = 2166136261U;
  for (const char c : all) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  std::string name;
  for (const char c : fault.signature()) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  name.resize(std::min<std::size_t>(name.size(), 40));
  return fmt::format("{}{}{:08x}", name, name.ends_with('-') ? "" : "-", hash);
}

std::optional<std::string> store_fault(const std::string& folder, const std::string& type,
                                       const std::string& interpreter, const TypeFault& fault,
                                       const std::string& command) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return folder + ": " + error.message();
  nlohmann::ordered_json finding;
  finding["signature"] = fault.signature();
  finding["type"] = type;
  finding["interpreter"] = interpreter;
  finding["what"] = fault.words;
  finding["steps"] = fault.steps.size();
  finding["original_steps"] = fault.original_steps;
  finding["shrink"] = fault.one_minimal ? "1-minimal" : "unshrunk";
  finding["replays"] = fault.replays;
  finding["reproduced"] = fault.reproduced;
  finding["command"] = command;
  const std::pair<const char*, std::string> files[] = {
      {"steps.txt", joined(fault.steps)},
      {"reproducer.py", "# " + fault.signature() + ": " + fault.words + "\n" + joined(fault.script)},
      {"finding.json", finding.dump(2) + "\n"}};
  for (const auto& [name, text] : files) {
    const std::string path = (fs::path(folder) / name).string();
    if (const int number = replace_file(path, text, false); number != 0) return path + ": " + std::strerror(number);
  }
  return std::nullopt;
}

std::variant<std::vector<std::string>, std::string> read_steps(const std::string& path) {
  const std::string file = fs::is_directory(path) ? (fs::path(path) / "steps.txt").string() : path;
  std::ifstream input(file);
  if (!input) return file + ": " + std::strerror(errno);
  std::vector<std::string> steps;
  for (std::string line; std::getline(input, line);) {
    if (!line.empty()) steps.push_back(line);
  }
  if (input.bad()) return file + ": cannot be read";
  if (steps.empty()) return file + ": holds no steps";
  return steps;
}

}  // namespace cyclecheck
