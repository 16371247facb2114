// docs/memory-model.md and the model name the same rules.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include "harness/subjects/rule.hpp"

namespace cyclecheck::model {
namespace {

TEST(Rules, TheDocumentAndTheModelNameTheSame) {
  std::ifstream document(CYCLECHECK_SOURCE_DIR "/docs/memory-model.md");
  ASSERT_TRUE(document.is_open());
  std::vector<std::string> written;
  const std::regex heading(R"(^- \*\*([A-Z][0-9]+)\*\* )");
  for (std::string line; std::getline(document, line);) {
    std::smatch match;
    if (std::regex_search(line, match, heading)) written.push_back(match[1]);
  }
  std::vector<std::string> known;
  for (std::size_t i = 0; i < kRules; ++i) known.emplace_back(number_of(static_cast<Rule>(i)));
  EXPECT_EQ(written, known);
}

TEST(Rules, EveryRuleButLivenessAppliesSomewhere) {
  for (std::size_t i = 0; i < kRules; ++i) {
    const auto rule = static_cast<Rule>(i);
    bool somewhere = false;
    for (const Profile& profile : all_profiles()) somewhere = somewhere || applies(rule, profile);
    EXPECT_EQ(somewhere, rule != Rule::R2) << number_of(rule);
  }
}

}  // namespace
}  // namespace cyclecheck::model
