// Running the program in a folder of its own.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "properties/support/shell.hpp"

namespace cyclecheck {

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

  // Bad input: arguments, and a part of what is said.
  struct Refused {
    std::string arguments;
    std::string message;
  };
  static void expect_refused(const std::string& command, const std::vector<Refused>& cases) {
    for (const auto& [arguments, message] : cases) {
      const CommandRun run = program(command + " " + arguments);
      EXPECT_EQ(run.status, 2) << arguments;
      EXPECT_TRUE(has(run.output, message)) << arguments << ": " << run.output;
    }
  }

  static CommandRun toy(const std::string& arguments) { return shell(CYCLECHECK_TOY " " + arguments); }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("cyclecheck-explain-" + std::to_string(::getpid()));
};

}  // namespace cyclecheck
