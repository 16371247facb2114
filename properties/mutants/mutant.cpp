#include "properties/mutants/mutant.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExtension = ".patch";

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string_view trimmed(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
}

std::vector<std::string> words_of(std::string_view text, std::string_view separators) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

class Parser {
 public:
  Parser(const std::string& path, std::string_view text) : path_(path), lines_(lines_of(text)) {
    mutant_.id = fs::path(path).stem().string();
  }

  std::variant<Mutant, FileError> run() {
    for (; !error_ && at_ < lines_.size() && !lines_[at_].empty(); ++at_) header(lines_[at_]);
    ++at_;
    for (; !error_ && at_ < lines_.size(); ++at_) patch(lines_[at_]);
    if (!error_) check();
    if (error_) return *error_;
    return std::move(mutant_);
  }

 private:
  void fail(const std::string& what) {
    if (!error_) error_ = FileError{fmt::format("{}:{}: {}", path_, at_ + 1, what)};
  }

  void header(std::string_view line) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) return fail("expected a line `key: value`");
    const std::string_view key = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 2));
    if (key == "bug") {
      mutant_.bug = value;
    } else if (key == "kind") {
      const auto is_word = [&](const MutantKind& kind) { return kind.word == value; };
      if (std::none_of(kMutantKinds.begin(), kMutantKinds.end(), is_word)) {
        return fail(fmt::format("no kind '{}'", value));
      }
      mutant_.kind = value;
    } else if (key == "rule") {
      mutant_.rules = words_of(value, ", ");
    } else if (key == "level") {
      const auto level = find_level(value);
      if (!level) return fail(fmt::format("no level '{}'", value));
      mutant_.level = *level;
      has_level_ = true;
    } else if (key == "operations") {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), mutant_.operations);
      if (error != std::errc{} || end != value.data() + value.size()) fail("expected a number of operations");
    } else if (key == "run") {
      mutant_.options = words_of(value, " ");
    } else if (key == "test") {
      const auto words = words_of(value, " ");
      if (words.size() != 2) return fail("expected a test program and names of its tests");
      mutant_.test_program = words[0];
      mutant_.tests = words[1];
    } else {
      fail(fmt::format("no key '{}'", key));
    }
  }

  void patch(std::string_view line) {
    if (line.starts_with("--- ")) {
      file_ = trimmed(line.substr(4));
    } else if (line.starts_with("@@")) {
      if (file_.empty()) return fail("a hunk before the file that it changes (`--- impl/...`)");
      mutant_.hunks.push_back({file_, {}, {}});
    } else if (mutant_.hunks.empty()) {
      fail("expected `--- FILE` or `@@`");
    } else if (line.empty() || line[0] == ' ' || line[0] == '-' || line[0] == '+') {
      const std::string text{line.substr(std::min<std::size_t>(1, line.size()))};
      if (line.empty() || line[0] != '+') mutant_.hunks.back().before.push_back(text);
      if (line.empty() || line[0] != '-') mutant_.hunks.back().after.push_back(text);
    } else {
      fail("expected a line of a diff: ' ', '-' or '+' first");
    }
  }

  void check() {
    at_ = 0;
    if (mutant_.bug.empty()) fail("the header has no `bug`");
    if (mutant_.tests.empty()) {
      if (mutant_.kind.empty()) fail("the header has no `kind`");
      if (mutant_.rules.empty()) fail("the header has no `rule`");
      if (!has_level_) fail("the header has no `level`");
      if (mutant_.operations == 0) fail("the header has no `operations`");
    }
    if (mutant_.hunks.empty()) fail("the patch has no hunk");
    for (const Hunk& hunk : mutant_.hunks) {
      if (hunk.before.empty()) fail("a hunk without a line that says where it stands");
      if (hunk.before == hunk.after) fail("a hunk that changes nothing");
    }
  }

  const std::string& path_;
  std::vector<std::string_view> lines_;
  std::size_t at_ = 0;
  std::string file_;
  bool has_level_ = false;
  Mutant mutant_;
  std::optional<FileError> error_;
};

}  // namespace

std::variant<Mutant, FileError> parse_mutant(const std::string& path, std::string_view text) {
  return Parser(path, text).run();
}

std::variant<std::vector<Mutant>, FileError> load_catalogue(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> paths;
  for (auto entry = fs::directory_iterator(directory, error); !error && entry != fs::directory_iterator{};
       entry.increment(error)) {
    if (entry->path().extension() == kExtension) paths.push_back(entry->path().string());
  }
  if (error) return FileError{directory + ": " + error.message()};
  if (paths.empty()) return FileError{directory + ": no mutants in this directory"};
  std::sort(paths.begin(), paths.end());
  std::vector<Mutant> mutants;
  for (const std::string& path : paths) {
    const auto text = read_file(path);
    if (const auto* unread = std::get_if<FileError>(&text)) return *unread;
    auto mutant = parse_mutant(path, std::get<std::string>(text));
    if (auto* bad = std::get_if<FileError>(&mutant)) return std::move(*bad);
    mutants.push_back(std::get<Mutant>(std::move(mutant)));
  }
  return mutants;
}

std::variant<std::string, FileError> implant(const Hunk& hunk, std::string_view text) {
  const std::vector<std::string_view> lines = lines_of(text);
  const auto same = [](std::string_view line, std::string_view other) { return trimmed(line) == trimmed(other); };
  const auto find = [&](auto from) {
    return std::search(from, lines.end(), hunk.before.begin(), hunk.before.end(), same);
  };
  const auto found = find(lines.begin());
  if (found == lines.end()) return FileError{fmt::format("{}: its lines are not there any more", hunk.file)};
  if (find(found + 1) != lines.end()) return FileError{fmt::format("{}: its lines stand in two places", hunk.file)};
  std::string changed;
  const auto put = [&](std::string_view line) { (changed += line) += '\n'; };
  std::for_each(lines.begin(), found, put);
  std::for_each(hunk.after.begin(), hunk.after.end(), put);
  std::for_each(found + static_cast<std::ptrdiff_t>(hunk.before.size()), lines.end(), put);
  return changed;
}

std::variant<std::map<std::string, std::string>, FileError> implant(const Mutant& mutant, const std::string& sources) {
  std::map<std::string, std::string> files;
  for (const Hunk& hunk : mutant.hunks) {
    if (!files.contains(hunk.file)) {
      auto text = read_file(sources + "/" + hunk.file);
      if (auto* error = std::get_if<FileError>(&text)) return FileError{mutant.id + ": " + error->message};
      files[hunk.file] = std::get<std::string>(std::move(text));
    }
    auto changed = implant(hunk, files[hunk.file]);
    if (auto* error = std::get_if<FileError>(&changed)) return FileError{mutant.id + ": " + error->message};
    files[hunk.file] = std::get<std::string>(std::move(changed));
  }
  return files;
}

}  // namespace cyclecheck
