// fuzz_seeds CORPUS FOLDER: the seed corpora and dictionaries of the fuzz targets.
//
// FOLDER gets a folder of inputs for every target, and TARGET.dict for those that read text. The inputs are the traces
// of CORPUS/notes, the fuzzer's own finds in CORPUS/regressions, and small generated traces of every profile; all of it
// is the same wherever it is made.
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

#include "harness/generate/generate.hpp"
#include "harness/stored/stored.hpp"
#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"
#include "trace/binary.hpp"
#include "trace/file.hpp"
#include "trace/log_text.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongest = 256;
constexpr std::uint64_t kGenerated = 24;

[[noreturn]] void stop(const std::string& message) {
  std::fprintf(stderr, "fuzz_seeds: %s\n", message.c_str());
  std::exit(2);
}

void write(const fs::path& path, std::string_view bytes) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  const auto written = write_file(path.string(), bytes);
  if (const auto* unwritten = std::get_if<FileError>(&written)) stop(unwritten->message);
}

struct Seed {
  std::string name;
  Trace trace;
};

std::vector<Seed> stored(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(folder, error);
       !error && entry != fs::recursive_directory_iterator{}; entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.extension() == ".trace" || path.extension() == ".cyct" || path.filename() == "trace.txt") {
      paths.push_back(path);
    }
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Seed> seeds;
  for (const fs::path& path : paths) {
    auto loaded = load_trace(path.string());
    if (const auto* unread = std::get_if<FileError>(&loaded)) stop(unread->message);
    const bool is_finding = path.filename() == "trace.txt";
    seeds.push_back({(is_finding ? path.parent_path() : path).stem().string(), std::get<Trace>(std::move(loaded))});
  }
  return seeds;
}

std::string input_of(Trace trace) {
  trace.names.clear();
  const auto bytes = encode_trace(trace);
  return {bytes.begin(), bytes.end()};
}

std::vector<Seed> generated() {
  std::vector<Seed> seeds;
  for (const Profile& row : all_profiles()) {
    std::size_t found = 0;
    for (std::uint64_t i = 0; found < kGenerated; ++i) {
      Trace trace = generate(1, i, {.profile = row.id, .max_operations = 60});
      if (trace.operations.size() < 4 || input_of(trace).size() > kLongest) continue;
      seeds.push_back({std::string(row.name) + "-" + std::to_string(i), std::move(trace)});
      ++found;
    }
  }
  return seeds;
}

void write_trace_seeds(const fs::path& folder, const std::vector<Seed>& seeds) {
  for (const Seed& seed : seeds) {
    const std::string input = input_of(seed.trace);
    write(folder / "fuzz_differential" / seed.name, input);
    write(folder / "fuzz_collector" / seed.name, input);
    write(folder / "fuzz_text" / (seed.name + ".txt"), print_trace(seed.trace));
    write(folder / "fuzz_text" / (seed.name + ".bin"), input);
  }
}

// The lines that a subject in another process would answer.
std::string answer_of(const Log& log, const Trace& trace) {
  std::string text;
  for (std::size_t i = 0; i < log.operations(); ++i) {
    text.append("op ").append(std::to_string(i)).append("\n");
    for (const Event& event : log.of(i)) text.append(to_string(event, trace)).append("\n");
  }
  return text.append("end ").append(std::to_string(log.operations())).append("\n");
}

void write_protocol_seeds(const fs::path& folder, std::vector<Seed> seeds) {
  const fs::path target = folder / "fuzz_protocol";
  ModelSubject model;
  const auto is_long = [](const Seed& seed) { return input_of(seed.trace).size() > 100; };
  seeds.erase(std::remove_if(seeds.begin(), seeds.end(), is_long), seeds.end());
  for (const Seed& seed : seeds) {
    Log log;
    model.run(seed.trace, Observe::full, log);
    const std::string printed = print_trace(seed.trace);
    // As the parser numbers the names.
    const Trace trace = std::get<Trace>(parse_trace(printed));
    Trace unnamed = trace;
    unnamed.names.clear();
    model.run(trace, Observe::full, log);
    write(target / (seed.name + ".answer"), "A" + answer_of(log, unnamed));
    write(target / (seed.name + ".log"), "B" + printed + '\0' + print_log(log, trace));
    Recording recording;
    recording.interpreter = "CPython 3.11.7";
    recording.observe = Observe::full;
    recording.recorded = all_recorded_kinds();
    recording.traces.push_back({"one", 0, trace, log});
    write(target / (seed.name + ".conformance"), "C" + print_recording(recording));
  }
  const std::string program = "new 1 P\nnew 2 D del=root self\nadd 1 2\nadd 2 1\ndrop 1\ndrop 2\ncollect 2\n";
  write(target / "program", "E" + program);
  write(
      target / "recording",
      std::string("D") + R"({"id": "a", "cls": "plain", "text": "new 1 P\ncollect 2"})" + '\0' +
          R"({"id": "a", "rec": [{"c": [1, 0, 0], "g": [[1], [], []]}, {"c": [0, 0, 0], "ret": 0, "coll": [0, 0, 1]}]})");
  write(target / "gzip", "F" + gzip(program));
}

// An entry of a libFuzzer dictionary.
std::string entry(std::string_view word) {
  std::string text = "\"";
  for (const char c : word) {
    if (c == '\n') {
      text += "\\x0A";
    } else {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
  }
  return text + "\"\n";
}

void write_dictionaries(const fs::path& folder) {
  std::set<std::string> words{"cyclecheck-trace 1\n",
                              "profile ",
                              "threshold ",
                              "disabled\n",
                              "free_lists_filled\n",
                              "self",
                              "del={",
                              "legacy={",
                              "cb={",
                              "}",
                              "; ",
                              "@",
                              "[0]",
                              "on",
                              "off"};
  for (const OperationInfo& operation : all_operations()) words.insert(std::string(operation.word) + " ");
  for (const Profile& row : all_profiles()) words.insert(std::string(row.name));
  for (std::size_t kind = 0; kind < kObjectKinds; ++kind) {
    words.insert(std::string(to_string(static_cast<ObjectKind>(kind))));
  }
  std::string text;
  for (const std::string& word : words) text += entry(word);
  write(folder / "fuzz_text.dict", text);

  std::set<std::string> more{"cyclecheck-log 1\n",
                             "cyclecheck-conformance 1\n",
                             "interpreter ",
                             "observed every\n",
                             "observed full\n",
                             "events ",
                             "trace ",
                             "log\n",
                             "end\n",
                             "op ",
                             "end ",
                             "error ",
                             "\"id\":",
                             "\"cls\":",
                             "\"text\":",
                             "\"rec\":",
                             "\"c\":",
                             "\"g\":",
                             "\"log\":",
                             "\"ret\":",
                             "\"coll\":",
                             "\"garb\":",
                             "\"dbg\":",
                             "None",
                             ".__dict__",
                             "(callbacks)"};
  for (std::size_t kind = 0; kind < kEventKinds; ++kind) {
    more.insert(std::string(info(static_cast<EventKind>(kind)).word) + " ");
  }
  for (const std::string& word : more) text += entry(word);
  write(folder / "fuzz_protocol.dict", text);
}

}  // namespace
}  // namespace cyclecheck

int main(int argc, char** argv) {
  using namespace cyclecheck;
  if (argc != 3) stop("expected CORPUS and FOLDER");
  const fs::path corpus = argv[1];
  const fs::path folder = argv[2];
  std::error_code error;
  for (const char* target : {"fuzz_differential", "fuzz_collector", "fuzz_text", "fuzz_protocol"}) {
    fs::remove_all(folder / target, error);
  }
  std::vector<Seed> seeds = stored(corpus / "notes");
  for (Seed& seed : stored(corpus / "regressions")) seeds.push_back(std::move(seed));
  for (Seed& seed : generated()) seeds.push_back(std::move(seed));
  write_trace_seeds(folder, seeds);
  write_protocol_seeds(folder, std::move(seeds));
  write_dictionaries(folder);
  return 0;
}
