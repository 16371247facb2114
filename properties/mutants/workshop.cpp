#include "properties/mutants/workshop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "properties/mutants/program.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

// FNV-1a.
std::uint64_t hash(std::string_view bytes, std::uint64_t value = 0xCBF29CE484222325U) {
  for (const char byte : bytes) value = (value ^ static_cast<unsigned char>(byte)) * 0x100000001B3U;
  return value;
}

// A variable of CMakeCache.txt; empty if it is not there.
std::string cached(std::string_view cache, std::string_view name) {
  const std::size_t at = cache.find(fmt::format("\n{}:", name));
  if (at == std::string_view::npos) return {};
  const std::size_t begin = cache.find('=', at) + 1;
  return std::string{cache.substr(begin, cache.find('\n', begin) - begin)};
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
}

constexpr std::chrono::seconds kLimit{300};

}  // namespace

std::variant<Workshop, FileError> Workshop::open(const std::string& build, const std::string& target) {
  Workshop shop;
  std::error_code error;
  shop.build_ = fs::canonical(build, error).string();
  if (error) return FileError{build + ": " + error.message()};
  shop.target_ = target;
  const auto cache = read_file(shop.build_ + "/CMakeCache.txt");
  if (std::holds_alternative<FileError>(cache)) {
    return FileError{build + ": not a build folder of CMake: mutants are built where the program was"};
  }
  shop.sources_ = cached(std::get<std::string>(cache), "CMAKE_HOME_DIRECTORY");
  shop.ninja_ = cached(std::get<std::string>(cache), "CMAKE_MAKE_PROGRAM");
  if (shop.ninja_.find("ninja") == std::string::npos) return FileError{build + ": mutants need a build with Ninja"};
  const auto program = read_file(shop.build_ + "/" + target);
  if (const auto* unread = std::get_if<FileError>(&program)) return *unread;
  shop.hash_ = hash(std::get<std::string>(program));

  const Ended commands = run_program({shop.ninja_, "-C", shop.build_, "-t", "commands", target}, kLimit);
  const Ended headers = run_program({shop.ninja_, "-C", shop.build_, "-t", "deps"}, kLimit);
  if (commands.status != 0 || headers.status != 0) {
    return FileError{
        fmt::format("{}: Ninja does not tell how {} was built: {}{}", build, target, commands.output, commands.errors)};
  }
  // A dependency of the project, relative to its sources.
  const auto of_project = [&](const std::string& path) -> std::optional<std::string> {
    const fs::path relative = fs::path(shop.build_).append(path).lexically_normal().lexically_relative(shop.sources_);
    if (relative.empty() || *relative.begin() == "..") return std::nullopt;
    return relative.string();
  };
  std::map<std::string, std::vector<std::string>> depends;
  std::string object;
  for_each_line(headers.output, [&](const std::string& line) {
    if (line.starts_with("    ")) {
      if (auto path = of_project(line.substr(4))) depends[object].push_back(std::move(*path));
    } else {
      object = line.substr(0, line.find(':'));
    }
  });
  for_each_line(commands.output, [&](const std::string& line) {
    shop.link_ = line;
    const std::size_t source = line.rfind(" -c ");
    const std::size_t output = line.rfind(" -o ", source);
    if (source == std::string::npos || output == std::string::npos) return;
    Step step;
    step.command = line;
    step.object = line.substr(output + 4, source - output - 4);
    step.source = line.substr(source + 4);
    step.depends = depends[step.object];
    shop.steps_.push_back(std::move(step));
  });
  // Behind it a test is asked for its names.
  shop.link_.resize(std::min(shop.link_.find(" && cd "), shop.link_.size()));
  if (shop.link_.find(fmt::format(" -o {} ", target)) == std::string::npos || shop.steps_.empty()) {
    return FileError{fmt::format("{}: the last command of {} does not link it", build, target)};
  }
  if (auto newer = shop.newer_source()) return std::move(*newer);
  return shop;
}

std::optional<FileError> Workshop::newer_source() const {
  std::error_code error;
  const std::string program = build_ + "/" + target_;
  const auto built = fs::last_write_time(program, error);
  for (const Step& step : steps_) {
    for (const std::string& file : step.depends) {
      const auto changed = fs::last_write_time(sources_ + "/" + file, error);
      // One that is gone is newer, too: Ninja would build anew.
      if (!error && changed <= built) continue;
      return FileError{fmt::format("{}: is older than {}: build it again first", program, file)};
    }
  }
  return std::nullopt;
}

std::vector<const Workshop::Step*> Workshop::touched_by(const std::map<std::string, std::string>& files) const {
  std::vector<const Step*> touched;
  for (const Step& step : steps_) {
    if (std::any_of(step.depends.begin(), step.depends.end(), [&](const auto& file) { return files.contains(file); })) {
      touched.push_back(&step);
    }
  }
  return touched;
}

std::string Workshop::mark(const std::map<std::string, std::string>& files, const std::string& flags) const {
  std::uint64_t mark = hash(flags, hash_);
  for (const auto& [file, text] : files) mark = hash(text, hash(file, mark));
  return fmt::format("{:016x}", mark);
}

std::variant<std::string, FileError> Workshop::identity(const Mutant& mutant) const {
  const auto applied = implant(mutant, sources_);
  if (const auto* error = std::get_if<FileError>(&applied)) return *error;
  return mark(std::get<0>(applied), {});
}

std::variant<std::string, FileError> Workshop::build(const Mutant& mutant, const std::string& flags) const {
  if (auto newer = newer_source()) return std::move(*newer);
  auto applied = implant(mutant, sources_);
  if (auto* error = std::get_if<FileError>(&applied)) return std::move(*error);
  const auto& files = std::get<0>(applied);
  const std::string folder = fmt::format("{}/mutants/{}/{}{}", build_, mutant.id, target_,
                                         flags.empty() ? "" : "-" + fmt::format("{:x}", hash(flags)));
  const std::string program = folder + "/" + target_;

  const std::string stamp = mark(files, flags) + "\n";
  const auto old_stamp = read_file(folder + "/stamp");
  std::error_code error;
  if (std::holds_alternative<std::string>(old_stamp) && std::get<std::string>(old_stamp) == stamp &&
      fs::exists(program, error)) {
    return program;
  }

  fs::remove_all(folder, error);
  fs::create_directories(fs::path(program).parent_path(), error);
  if (error) return FileError{folder + ": " + error.message()};
  const auto write = [&](const std::string& path, std::string_view bytes) {
    fs::create_directories(fs::path(path).parent_path(), error);
    return write_file(path, bytes);
  };
  // In one place for all programs of the build, so that a compiler cache knows the objects of the second one.
  const std::string sources = fmt::format("{}/mutants/{}/sources", build_, mutant.id);
  for (const auto& [file, text] : files) {
    const auto written = write(fmt::format("{}/{}", sources, file), text);
    if (const auto* unwritten = std::get_if<FileError>(&written)) return *unwritten;
  }
  // What a mutation makes superfluous must not stop the compiler.
  const std::string added = fmt::format(" -w {} -I{} ", flags, sources);
  const std::vector<const Step*> touched = touched_by(files);
  if (touched.empty()) return FileError{fmt::format("{}: {} does not contain what it changes", mutant.id, target_)};
  std::string link = link_;
  std::string objects;
  for (const Step* step : touched) {
    // Files of two rooms may have the same name.
    std::string name = step->object;
    std::replace(name.begin(), name.end(), '/', '_');
    const std::string object = fmt::format("{}/{}", folder, name);
    std::string command = step->command.substr(0, step->command.rfind(" -c "));
    replace_all(command, step->object, object);
    // Changed copies are found before the sources.
    command.insert(command.find(" -I"), added);
    const std::string relative = fs::path(step->source).lexically_relative(sources_).string();
    std::string source = files.contains(relative) ? fmt::format("{}/{}", sources, relative) : step->source;
    if (step->source.find("/Unity/") != std::string::npos) {
      // A file of CMake's, which includes several sources by their paths.
      const auto read = read_file(step->source);
      if (const auto* unread = std::get_if<FileError>(&read)) return *unread;
      std::string text = std::get<std::string>(read);
      for (const auto& [file, changed] : files) replace_all(text, sources_ + "/" + file, sources + "/" + file);
      source = object + ".cxx";
      const auto written = write(source, text);
      if (const auto* unwritten = std::get_if<FileError>(&written)) return *unwritten;
    }
    const Ended compiled =
        run_program({"/bin/sh", "-c", fmt::format("cd '{}' && {} -c {}", build_, command, source)}, kLimit);
    if (compiled.status != 0) {
      return FileError{fmt::format("{}: does not compile:\n{}{}", mutant.id, compiled.output, compiled.errors)};
    }
    if (link.find(" " + step->object + " ") != std::string::npos) {
      replace_all(link, " " + step->object + " ", " " + object + " ");
    } else {
      objects += " " + object;
    }
  }
  // Objects come before the libraries, which are then not asked for the same functions.
  replace_all(link, fmt::format(" -o {} ", target_), fmt::format("{} -o {} ", objects, program));
  const Ended linked = run_program({"/bin/sh", "-c", fmt::format("cd '{}' && {}", build_, link)}, kLimit);
  if (linked.status != 0) {
    return FileError{fmt::format("{}: does not link:\n{}{}", mutant.id, linked.output, linked.errors)};
  }
  const auto written = write(folder + "/stamp", stamp);
  if (const auto* unwritten = std::get_if<FileError>(&written)) return *unwritten;
  return program;
}

}  // namespace cyclecheck
