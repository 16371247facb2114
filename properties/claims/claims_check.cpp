// Checks every claim of the notes on the model, and on real interpreters where there are any, and compares what comes
// out with docs/tables/claims.md.
//
//     claims_check [--update] [--all-pythons] [--print]
//
// The interpreters' answers are recorded in properties/claims/answers.txt: python3 is asked again each time, others
// with --all-pythons. --update rewrites both files. Exit status: 0 as recorded, 1 something differs, 2 bad usage.
#include <unistd.h>

#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "harness/collector/impl_subject.hpp"
#include "harness/cpython/interpreter.hpp"
#include "harness/subjects/model_subject.hpp"
#include "properties/claims/claim.hpp"
#include "properties/support/shell.hpp"
#include "trace/file.hpp"

namespace cyclecheck::claims {
namespace {

// claim, profile: answer.
using Answers = std::map<std::pair<std::size_t, ProfileId>, std::string>;

const std::string kFolder = CYCLECHECK_SOURCE_DIR "/properties/claims/";
const std::string kDocument = CYCLECHECK_SOURCE_DIR "/docs/tables/claims.md";

std::string content(const std::string& path) {
  auto file = read_file(path);
  if (const auto* error = std::get_if<FileError>(&file)) throw std::runtime_error(error->message);
  return std::get<std::string>(std::move(file));
}

std::string ask_interpreter(const Claim& claim, const std::string& python) {
  const auto path = std::filesystem::temp_directory_path() / ("cyclecheck-claim-" + std::to_string(::getpid()) + ".py");
  std::ofstream(path) << content(kFolder + "prelude.py") << claim.python << "told()\n";
  auto [status, output] = shell("timeout 30 " + python + " " + path.string());
  if (status < 0) throw std::runtime_error("no process can be started");
  std::filesystem::remove(path);
  while (!output.empty() && output.back() == '\n') output.pop_back();
  if (output.empty()) output = "nothing";
  if (status != 0) output += " (exit status " + std::to_string(status) + ")";
  for (char& c : output) {
    if (c == '\n') c = ' ';
  }
  return output;
}

Answers read_answers() {
  Answers answers;
  std::istringstream in(content(kFolder + "answers.txt"));
  std::size_t claim = 0;
  for (std::string name, answer; in >> claim >> name && std::getline(in, answer);) {
    if (const auto id = find_profile(name)) answers[{claim, *id}] = answer.substr(1);
  }
  return answers;
}

std::string to_text(const Answers& answers) {
  std::string text;
  for (const auto& [key, answer] : answers) {
    text += std::to_string(key.first) + " " + std::string(profile(key.second).name) + " " + answer + "\n";
  }
  return text;
}

// "2.7 to 3.10: `a`; 3.11 to 3.13: `b`": neighbours with one answer together.
std::string by_version(const std::map<ProfileId, std::string>& answers) {
  std::string text;
  for (auto item = answers.begin(); item != answers.end();) {
    auto last = item;
    for (auto next = item; next != answers.end() && next->second == item->second; ++next) last = next;
    const auto version = [](ProfileId id) { return std::string(profile(id).name.substr(6)); };
    const bool all = item == answers.begin() && std::next(last) == answers.end();
    text += (text.empty() ? "" : "; ");
    if (!all) text += version(item->first) + (last == item ? "" : " to " + version(last->first)) + ": ";
    text += "`" + item->second + "`";
    item = std::next(last);
  }
  return text;
}

std::string verdict(const Claim& claim, const std::map<ProfileId, std::string>& answers) {
  std::vector<ProfileId> yes;
  std::vector<ProfileId> no;
  for (const auto& [id, answer] : answers) (answer == claim.claimed ? yes : no).push_back(id);
  const auto version = [](ProfileId id) { return std::string(profile(id).name.substr(6)); };
  if (no.empty()) return "true";
  if (yes.empty()) return "not so";
  if (yes.back() < no.front()) return "true up to " + version(yes.back());
  if (no.back() < yes.front()) return "true from " + version(yes.front()) + " on";
  return "true in some versions";
}

struct Outcome {
  std::string document;
  // Where the model and an interpreter disagree.
  std::vector<std::string> disagreements;
};

// What the model answers. Where the collector or an interpreter answers something else, that is a disagreement.
std::string ask_model(const Claim& claim, const Profile& row, const std::string* real,
                      std::vector<std::string>& disagreements) {
  ModelSubject model;
  ImplSubject collector(ImplSubject::Checks::verify);
  const std::string answer = ask(model, claim, row.id);
  const auto compare = [&](const char* who, const std::string& other) {
    if (other == answer) return;
    disagreements.push_back("claim " + std::to_string(claim.number) + ", " + std::string(row.name) + ": model `" +
                            answer + "`, " + who + " `" + other + "`");
  };
  compare("collector", ask(collector, claim, row.id));
  if (real != nullptr) compare("interpreter", *real);
  return answer;
}

Outcome write_document(const std::vector<Claim>& claims, const Answers& answers) {
  Outcome outcome;
  std::string& text = outcome.document;
  text =
      "# The claims of the notes\n\n"
      "What the notes that this project began with say of CPython's memory management, claim by claim, and what is. "
      "Each is a\n"
      "check: a trace that model and collector run in every profile from 2.7 to " +
      std::string(newest_profile().name.substr(6)) +
      ", and a few lines of Python that real interpreters\n"
      "ran (" +
      std::to_string(answers.size()) +
      " recorded answers). `properties/claims/claims.txt` holds both; this file is what the check prints, and\n"
      "a test compares it. `claims_check --update --all-pythons` asks again and rewrites it.\n\n"
      "*Answer* is the model's, and the collector's and the interpreters' are the same wherever they are asked. Where "
      "it "
      "says\n"
      "*interpreters only* the other two are not asked. What is not checked here: that Instagram gained 10 % without "
      "the collector, and that memory "
      "comes from\n"
      "a pool, of which a program sees nothing.\n";
  std::string section;
  std::map<std::string, int> tally;
  for (const Claim& claim : claims) {
    if (claim.section != section) text += "\n## " + claim.section + "\n";
    section = claim.section;
    std::map<ProfileId, std::string> real;
    std::map<ProfileId, std::string> modelled;
    for (const Profile& row : all_profiles()) {
      if (!claim.asks(row.id)) continue;
      const auto found = answers.find({claim.number, row.id});
      if (found != answers.end()) real[row.id] = found->second;
      if (claim.model.empty()) continue;
      const std::string* const answer = found == answers.end() ? nullptr : &found->second;
      modelled[row.id] = ask_model(claim, row, answer, outcome.disagreements);
    }
    const auto& shown = claim.model.empty() ? real : modelled;
    const std::string judged = verdict(claim, shown);
    ++tally[judged == "true" || judged == "not so" ? judged : "true in some versions"];
    text += "\n**" + std::to_string(claim.number) + "** " + claim.text + "\n- Verdict: **" + judged +
            "**. The notes: `" + claim.claimed + "`. Answer" + (claim.model.empty() ? " (interpreters only): " : ": ") +
            by_version(shown) + ".\n";
    if (claim.since) text += "- Can be asked from " + std::string(profile(*claim.since).name.substr(6)) + " on.\n";
    if (!claim.note.empty()) text += "- " + claim.note + "\n";
  }
  text += "\n## Summary\n\n" + std::to_string(claims.size()) + " claims:";
  for (const auto& [word, number] : tally) text += " " + std::to_string(number) + " " + word + ",";
  text.back() = '.';
  text += "\n";
  return outcome;
}

// Asks interpreters again. True: each answered as recorded.
bool ask_again(const std::vector<Claim>& claims, Answers& answers, bool all, bool update) {
  std::vector<Interpreter> interpreters;
  if (all) {
    interpreters = find_interpreters().usable;
  } else {
    try {
      interpreters.push_back(cyclecheck::ask_interpreter("python3"));
    } catch (const std::exception& error) {
      std::cout << "claims: python3 is not asked: " << error.what() << "\n";
    }
  }
  bool same = true;
  for (const Interpreter& interpreter : interpreters) {
    for (const Claim& claim : claims) {
      if (!claim.asks(interpreter.profile)) continue;
      const std::string answer = ask_interpreter(claim, interpreter.path);
      std::string& recorded = answers[{claim.number, interpreter.profile}];
      if (recorded == answer) continue;
      if (!update) {
        std::cout << "claims: claim " << claim.number << ", CPython " << interpreter.version << ": answers `" << answer
                  << "`, recorded is `" << recorded << "`\n";
        same = false;
      }
      recorded = answer;
    }
  }
  return same;
}

int run(const std::set<std::string>& options) {
  const bool update = options.count("--update") > 0;
  const std::vector<Claim> claims = read_claims(kFolder + "claims.txt");
  Answers answers = read_answers();
  const Answers recorded = answers;
  bool good = ask_again(claims, answers, options.count("--all-pythons") > 0, update);
  const Outcome outcome = write_document(claims, update ? answers : recorded);
  for (const std::string& line : outcome.disagreements) std::cout << "claims: " << line << "\n";
  good = good && outcome.disagreements.empty();
  if (options.count("--print") > 0) std::cout << outcome.document;
  if (update) {
    for (const auto& [path, text] :
         {std::pair{kDocument, outcome.document}, {kFolder + "answers.txt", to_text(answers)}}) {
      const auto written = write_file(path, text);
      if (const auto* error = std::get_if<FileError>(&written)) throw std::runtime_error(error->message);
    }
  } else if (content(kDocument) != outcome.document) {
    std::cout << "claims: docs/tables/claims.md is not what the checks print; claims_check --update rewrites it\n";
    good = false;
  }
  std::cout << "claims: " << claims.size() << " claims, " << answers.size() << " answers of interpreters\n";
  return good ? 0 : 1;
}

}  // namespace
}  // namespace cyclecheck::claims

int main(int argc, char** argv) {
  const std::set<std::string> options(argv + 1, argv + argc);
  for (const std::string& option : options) {
    if (option == "--update" || option == "--all-pythons" || option == "--print") continue;
    std::cerr << "usage: claims_check [--update] [--all-pythons] [--print]\n";
    return 2;
  }
  try {
    return cyclecheck::claims::run(options);
  } catch (const std::exception& error) {
    std::cerr << "claims: " << error.what() << "\n";
    return 2;
  }
}
