// Runs a fuzz target on files, for compilers without a fuzzing engine: every argument is an input, or a folder of
// inputs.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

#include "fuzz/target.hpp"
#include "trace/file.hpp"

namespace {

namespace fs = std::filesystem;

int complain(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> inputs;
  for (int i = 1; i < argc; ++i) {
    std::error_code error;
    if (!fs::is_directory(argv[i], error)) {
      inputs.emplace_back(argv[i]);
      continue;
    }
    for (auto entry = fs::recursive_directory_iterator(argv[i], error);
         !error && entry != fs::recursive_directory_iterator{}; entry.increment(error)) {
      if (entry->is_regular_file(error)) inputs.push_back(entry->path().string());
    }
    if (error) return complain(std::string(argv[i]) + ": " + error.message());
  }
  if (inputs.empty()) return complain("expected inputs or folders of inputs");
  std::sort(inputs.begin(), inputs.end());
  for (const std::string& input : inputs) {
    const auto bytes = cyclecheck::read_file(input);
    if (const auto* unread = std::get_if<cyclecheck::FileError>(&bytes)) return complain(unread->message);
    const auto& text = std::get<std::string>(bytes);
    // Seen last if the target ends the process.
    std::fprintf(stderr, "running %s\n", input.c_str());
    const int answer = LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    // Other answers keep an input out of libFuzzer's corpus, or mean nothing.
    if (answer != 0) {
      complain(input + ": the target answers " + std::to_string(answer) + ", expected 0");
      return 1;
    }
  }
  std::printf("%zu inputs ran\n", inputs.size());
  return 0;
}
