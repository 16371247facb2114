// Covers: subjects with a contract, from the greeting to the shrunk finding: the toy collector of adapters/ keeps its
// contract and is found out in each of its faults, with the rule; std::shared_ptr keeps its own, and no stronger one;
// so does this project's own library as an embedder uses it. Does not cover: other adapters, which need packages;
// ci/adapters does.
#include <gtest/gtest.h>

#include <string>

#include "properties/support/shell.hpp"
#include "properties/support/temporary_directory.hpp"

namespace cyclecheck {
namespace {

const std::string kPlugins = CYCLECHECK_ADAPTERS;

// What `cyclecheck run` prints of a few traces.
std::string run(const std::string& environment, const std::string& subject, const std::string& options) {
  const TemporaryDirectory directory;
  return shell(environment + " " + CYCLECHECK_PROGRAM + " run --subject '" + subject + "' --findings " +
               directory.file("findings") + " --jobs 1 " + options)
      .output;
}

struct ToyFault {
  int number;
  const char* name;
  const char* rule;
};

class ToyCollector : public testing::TestWithParam<ToyFault> {};

// The finding is the first of its rule; "  N operations, shrunk from M" stands below it.
TEST_P(ToyCollector, IsFoundOut) {
  const std::string text =
      run("TOY_FAULT=" + std::to_string(GetParam().number), "plugin:" + kPlugins + "/adapter_toy.so",
          "--traces 3000 --max-findings 3 --shrink-time 5s");
  const std::size_t found = text.find("FINDING " + std::string(GetParam().rule) + " ");
  ASSERT_NE(found, std::string::npos) << text;
  const std::size_t operations = std::stoul(text.substr(text.find('\n', found) + 1));
  EXPECT_LE(operations, 8U) << text;
}

INSTANTIATE_TEST_SUITE_P(
    Faults, ToyCollector,
    testing::Values(ToyFault{1, "CallbackTwice", "J10"}, ToyFault{2, "CallbackForgotten", "J12"},
                    ToyFault{3, "WeakReferenceClearedTooEarly", "J8"}, ToyFault{4, "WeakReferenceClearedTooLate", "J7"},
                    ToyFault{5, "ChildrenNotScanned", "J2"}, ToyFault{6, "FinalizerTwice", "J5"},
                    ToyFault{7, "FinalizerAfterTheDeath", "J6"}, ToyFault{8, "FinalizerForgotten", "J6"},
                    ToyFault{9, "LeakAtShutdown", "J15"}, ToyFault{10, "ReachableFromOpaqueFreed", "J2"},
                    ToyFault{11, "NeighbourOfTheResurrectedFreed", "J2"},
                    ToyFault{12, "NestedCollectionFreesTwice", "J3"}, ToyFault{13, "AttributeKeepsItsReference", "J13"},
                    ToyFault{14, "CollectionCutShort", "J14"}, ToyFault{15, "FinalizerTooSoon", "J4"},
                    ToyFault{16, "CallbackBeforeTheDeath", "J11"}, ToyFault{17, "ValueOfAnEphemeronLost", "J2"}),
    [](const auto& fault) { return std::string(fault.param.name); });

TEST(Adapters, ToyKeepsItsContract) {
  for (const char* const subject : {"plugin:%/adapter_toy.so", "process:%/adapter_toy_program"}) {
    std::string name = subject;
    const std::string text = run("", name.replace(name.find('%'), 1, kPlugins), "--traces 1000");
    EXPECT_NE(text.find("1,000 traces agree"), std::string::npos) << text;
  }
}

TEST(Adapters, OthersKeepTheirContracts) {
  for (const char* const name : {"shared_ptr", "cyclegc"}) {
    const std::string text = run("", "plugin:" + kPlugins + "/adapter_" + name + ".so", "--traces 1000");
    EXPECT_NE(text.find("1,000 traces agree"), std::string::npos) << text;
  }
}

// The greeting is all that differs: a stronger promise than shared_ptr can keep is found broken.
TEST(Adapters, AContractThatIsTooStrongIsRefuted) {
  const std::string program = kPlugins + "/adapter_shared_ptr_program";
  const std::string text = run("", "process:" + program + " | sed -u s/left=cycles/left=none/", "--traces 100");
  EXPECT_NE(text.find("FINDING J15 shutdown leaves an object"), std::string::npos) << text;
  EXPECT_NE(text.find("a is left"), std::string::npos) << text;
}

TEST(Adapters, ExplainSpeaksOfTheContract) {
  const std::string trace = CYCLECHECK_SOURCE_DIR "/corpus/contracts/neighbour_freed.trace";
  const auto told = shell("TOY_FAULT=11 " + std::string(CYCLECHECK_PROGRAM) + " explain " + trace +
                          " --against 'plugin:" + kPlugins + "/adapter_toy.so'");
  EXPECT_EQ(told.status, 1);
  EXPECT_NE(told.output.find("breaks a promise: J2 a reachable object dies: "), std::string::npos) << told.output;
  EXPECT_NE(told.output.find(" holds "), std::string::npos) << told.output;
  EXPECT_EQ(told.output.find("generation"), std::string::npos) << told.output;
}

// The table of adapters/README.md: what fits is what is promised, and a trace excludes each stronger value.
TEST(Adapters, ProbesFindTheContracts) {
  const auto toy =
      shell(std::string(CYCLECHECK_PROGRAM) + " subjects --probe 'plugin:" + kPlugins + "/adapter_toy.so'");
  EXPECT_EQ(toy.status, 0) << toy.output;
  EXPECT_NE(toy.output.find("fits      counts=prompt collections=1 weakrefs=death left=opaque finalizers=once "
                            "callbacks=after ephemerons=collected"),
            std::string::npos)
      << toy.output;
  EXPECT_NE(toy.output.find("left=none is excluded: "), std::string::npos) << toy.output;
  const auto shared =
      shell(std::string(CYCLECHECK_PROGRAM) + " subjects --probe 'plugin:" + kPlugins + "/adapter_shared_ptr.so'");
  EXPECT_NE(shared.output.find("collections=8 is excluded: "), std::string::npos) << shared.output;
  EXPECT_NE(shared.output.find("fits      counts=prompt collections=none weakrefs=death left=cycles"),
            std::string::npos)
      << shared.output;
}

TEST(Adapters, ExhaustAndReplayTakeThem) {
  const std::string subject = " --subject 'plugin:" + kPlugins + "/adapter_toy.so' ";
  const auto all = shell(std::string(CYCLECHECK_PROGRAM) + " exhaust --alphabet links --objects 2 --ops 4" + subject);
  EXPECT_EQ(all.status, 0) << all.output;
  const auto faulty =
      shell("TOY_FAULT=13 " + std::string(CYCLECHECK_PROGRAM) + " exhaust --alphabet containers --objects 2 --ops 4 " +
            "--findings " + TemporaryDirectory().file("findings") + subject);
  EXPECT_EQ(faulty.status, 1) << faulty.output;
  EXPECT_NE(faulty.output.find("J13"), std::string::npos) << faulty.output;
}

}  // namespace
}  // namespace cyclecheck
