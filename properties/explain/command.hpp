// Running the program in a folder of its own.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace cyclecheck {

struct CommandRun {
  int status = -1;
  // Standard output and error output.
  std::string output;
};

inline CommandRun shell(const std::string& command) {
  CommandRun run;
  FILE* pipe = ::popen(("(" + command + ") 2>&1").c_str(), "r");
  if (pipe == nullptr) return run;
  std::array<char, 4096> bytes{};
  for (std::size_t size = 0; (size = std::fread(bytes.data(), 1, bytes.size(), pipe)) > 0;) {
    run.output.append(bytes.data(), size);
  }
  const int status = ::pclose(pipe);
  run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return run;
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class CommandTest : public testing::Test {
 protected:
  CommandTest() { std::filesystem::create_directories(folder_); }
  ~CommandTest() override { std::filesystem::remove_all(folder_); }

  // Writes a file of the folder, and answers its path.
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    const std::filesystem::path file = folder_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
    return file.string();
  }

  static CommandRun program(const std::string& arguments) { return shell(CYCLECHECK_PROGRAM " " + arguments); }
  static CommandRun toy(const std::string& arguments) { return shell(CYCLECHECK_TOY " " + arguments); }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("cyclecheck-explain-" + std::to_string(::getpid()));
};

}  // namespace cyclecheck
