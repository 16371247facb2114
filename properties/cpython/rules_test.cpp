// docs/memory-model.md and the model name the same rules.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "harness/subjects/rule.hpp"

namespace cyclecheck {
namespace {

TEST(Rules, TheDocumentAndTheModelNameTheSame) {
  std::ifstream document(CYCLECHECK_SOURCE_DIR "/docs/memory-model.md");
  ASSERT_TRUE(document.is_open());
  std::vector<std::string> written;
  const std::regex heading(R"(^- \*\*([A-Z][0-9]+b?)\*\* )");
  for (std::string line; std::getline(document, line);) {
    std::smatch match;
    if (std::regex_search(line, match, heading)) written.push_back(match[1]);
  }
  std::vector<std::string> known;
  for (std::size_t i = 0; i < kRules; ++i) known.emplace_back(number_of(static_cast<Rule>(i)));
  EXPECT_EQ(written, known);
}

// "C7.3": the third step of rule C7.
TEST(Rules, EveryStepThatCodeCitesIsWritten) {
  std::ifstream document(CYCLECHECK_SOURCE_DIR "/docs/memory-model.md");
  std::set<std::string> written;
  const std::regex heading(R"(^  - \*\*([A-Z][0-9]+\.[0-9]+)\*\* )");
  for (std::string line; std::getline(document, line);) {
    std::smatch match;
    if (std::regex_search(line, match, heading)) written.insert(match[1]);
  }
  const std::regex step(R"(\b([BCDFGIMNRSTWX][0-9]{1,2}\.[0-9]+)\b)");
  std::set<std::string> cited;
  for (const char* folder : {"trace", "model", "impl", "harness", "properties"}) {
    const std::filesystem::path root = std::filesystem::path(CYCLECHECK_SOURCE_DIR) / folder;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
      std::ifstream file(entry.path());
      const std::string text(std::istreambuf_iterator<char>(file), {});
      for (std::sregex_iterator match(text.begin(), text.end(), step), end; match != end; ++match) {
        EXPECT_TRUE(written.contains((*match)[1])) << entry.path() << ": " << (*match)[1];
        cited.insert((*match)[1]);
      }
    }
  }
  EXPECT_EQ(cited.count("C7.3"), 1U);
}

// N17 is for collectors that are not CPython's.
TEST(Rules, EveryRuleButLivenessAndEphemeronsAppliesSomewhere) {
  for (std::size_t i = 0; i < kRules; ++i) {
    const auto rule = static_cast<Rule>(i);
    bool somewhere = false;
    for (const Profile& profile : all_profiles()) somewhere = somewhere || applies(rule, profile);
    EXPECT_EQ(somewhere, rule != Rule::R2 && rule != Rule::N17) << number_of(rule);
  }
}

}  // namespace
}  // namespace cyclecheck
