// A directory that lives as long as a test.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace cyclecheck {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cyclecheck-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary directory");
    path_ = pattern;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(file(name), std::ios::binary) << bytes;
    return file(name);
  }

 private:
  std::string path_;
};

inline std::string slurp(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The folders of findings in a directory, without what a search keeps there beside them.
inline std::vector<std::string> finding_folders(const std::string& directory) {
  std::vector<std::string> folders;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().filename() != ".cyclecheck-findings") folders.push_back(entry.path().string());
  }
  return folders;
}

// Every file below a directory by its relative path, hidden ones too.
inline std::map<std::string, std::string> all_files(const std::string& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) {
      files[std::filesystem::relative(entry.path(), directory).string()] = slurp(entry.path());
    }
  }
  return files;
}

// The same without what differs between two runs that find the same.
inline std::map<std::string, std::string> files_but_run_json(const std::string& directory) {
  auto files = all_files(directory);
  std::erase_if(files, [](const auto& file) { return file.first.ends_with("run.json"); });
  return files;
}

}  // namespace cyclecheck
