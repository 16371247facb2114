// `cyclecheck check-type` finds each fault of faulty.c and faulty_uses.c, names it by its rule and its place, and is
// quiet about the type of the same layout without the fault.
//
// Covers: every type of both on python3. Does not cover other interpreters: ci/check-stdlib-types runs those.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <ostream>
#include <string>
#include <system_error>

#include "properties/support/shell.hpp"
#include "properties/support/temporary_directory.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

struct Fault {
  // Of the module faulty, or MODULE:NAME.
  std::string type;
  // The rule that it breaks; nullptr: it takes no part in collection.
  const char* rule;
  // What the first line about it says.
  const char* said;
};

const Fault kFaults[] = {
    {"Omits", "T2", "Omits.left holds a reference (its referent's count says so) but tp_traverse does not visit it"},
    {"OmitsSecond", "T2", "y of OmitsSecond(x, y) holds a reference"},
    {"OmitsList", "T2", "OmitsList.add() holds a reference"},
    {"VisitsTwice", "T1", "tp_traverse visits VisitsTwice.left 2 times, and it owns 1 reference"},
    {"VisitsBorrowed", "T1", "tp_traverse visits VisitsBorrowed.left, which owns no reference: it is borrowed"},
    {"VisitsNull", "T1", "tp_traverse calls visit with NULL"},
    {"GoesOn", "T15", "tp_traverse visits GoesOn.left, but goes on when visit answers 1"},
    {"TraverseTakes", "T14", "tp_traverse changes counts"},
    {"NoClear", "T3", "NoClear has no tp_clear: a cycle through NoClear.left"},
    {"ClearsHalf", "T3", "tp_clear does not give up ClearsHalf.right"},
    {"ClearsNothing", "T3", "tp_clear does not give up ClearsNothing.left"},
    {"ClearsAndShows", "T16", "after tp_clear tp_traverse still visits what ClearsAndShows.left held"},
    {"ClearResurrects", "T16", "tp_clear keeps a reference to the object itself"},
    {"ClearBreaks", "T16", "after tp_clear the object is not valid: `getattr(a, 'left', None)` ends the interpreter"},
    {"Borrows", "T4", "keeps an object and owns no reference to it"},
    {"SetterLeaks", "T4", "SetterLeaks.left takes a reference that is never given back"},
    {"SetterTakesTwo", "T4", "SetterTakesTwo.left takes a reference that is never given back"},
    {"GetterBorrows", "T4", "`a.left` gives back a reference to what GetterBorrows.left holds that it does not own"},
    {"DeallocLeaks", "T5", "what DeallocLeaks.left held is not given back when the object dies"},
    {"DeallocTwice", "T6", "y of DeallocTwice(x, y) held has a count of 1 less than it has references"},
    {"InitLeaks", "T4", "InitLeaks.__init__() again takes a reference that is never given back"},
    {"RefusalLeaks", "T4", "RefusalLeaks(x, 'k') takes a reference that is never given back"},
    {"MemoryLeaks", "T11", "when a request for memory fails in MemoryLeaks(x)"},
    {"MethodLeaks", "T4", "MethodLeaks.add() takes a reference that is never given back"},
    {"TrackedTooLong", "T12", "PyObject_GC_UnTrack() comes too late"},
    {"NeverTracked", "T17", "is not tracked by the collector"},
    {"WeakrefsStay", "T7", "its weak reference was neither cleared nor called"},
    {"DelTwice", "T8", "__del__ of a subclass ran 2 times for one object"},
    {"CopyBorrows", "T1", "which owns no reference: it is borrowed"},
    {"Garbage", "T3", "goes to gc.garbage"},
    {"DeepFrames", "T13", "nested 1000 deep, `del a` ends the interpreter"},
    {"NoGc", nullptr, "takes no part in collection: a cycle through x of NoGc(x)"},
    {"TypeOmitted", "T9", "tp_traverse does not visit the object's type, which is a heap type"},
    {"TypeTwice", "T9", "tp_traverse of a subclass visits the subclass 2 times"},
    {"TypeLeaks", "T18", "keeps a reference to its type when it dies"},
    {"TypeOverReleased", "T18", "gives back a reference to its type too many"},
    {"faulty_uses:ReleasesFirst", "T20", "`a.left = w` releases what the object holds before it forgets it"},
    {"faulty_uses:EmptiesLate", "T20", "`a.clear()` releases what the object holds before it forgets it"},
    {"faulty_uses:ClearsLate", "T20", "`tp_clear(a)` releases what the object holds before it forgets it"},
    {"faulty_uses:DeletionLeaks", "T4", "del DeletionLeaks.left does not give back a reference"},
    {"faulty_uses:FirstFour", "T4", "FirstFour.append() takes 100 references, tp_traverse visits 4"},
    {"faulty_uses:KeyOmitted", "T2", "KeyOmitted[x] holds a reference"},
    {"faulty_uses:PopKeeps", "T4", "`a.pop()` gives back a reference"},
    {"faulty_uses:EqualLeaks", "T4", "EqualLeaks == x takes a reference that is never given back"},
    {"faulty_uses:ReprLeaks", "T4", "repr(ReprLeaks) takes a reference that is never given back"},
    {"faulty_uses:SumBorrows", "T4", "`a + x` gives back a reference to what SumBorrows + x holds"},
    {"faulty_uses:IteratorHides", "T2", "iter(IteratorHides) holds a reference"},
    {"faulty_uses:CacheBorrowed", "T1", "tp_traverse visits CacheBorrowed.cache, which owns no reference"},
    {"faulty_uses:ExtendLeaks", "T4", "ExtendLeaks.extend() takes a reference that is never given back"},
    {"faulty_uses:CountCaches", "T19", "`a.count(x)` ends the interpreter"},
    {"faulty_uses:SelfBorrowed", "T4", "gives back a reference"},
};

std::string name_of(const Fault& fault) { return fault.type.substr(fault.type.find(':') + 1); }

// The folder that holds the compiled types; empty: they cannot be compiled here.
std::string compiled() {
  const CommandRun asked = shell(
      "python3 -c 'import sys, sysconfig; print(sysconfig.get_path(\"include\"), sys.version.split()[0], "
      "sep=\"\\n\")'");
  const std::string include = asked.output.substr(0, asked.output.find('\n'));
  if (asked.status != 0 || !fs::exists(include + "/Python.h") || shell("cc --version").status != 0) return {};
  const std::string version =
      asked.output.substr(include.size() + 1, asked.output.find('\n', include.size() + 1) - include.size() - 1);
  const std::string folder = std::string(CYCLECHECK_FAULTY) + "/faulty-" + version;
  fs::create_directories(folder);
  for (const std::string name : {"faulty", "faulty_uses"}) {
    const std::string source = CYCLECHECK_SOURCE_DIR "/properties/own_types/" + name + ".c";
    const std::string result = folder + "/" + name + ".so";
    std::error_code error;
    if (fs::exists(result) && fs::last_write_time(result, error) >= fs::last_write_time(source)) continue;
    // Other tests never see it half written.
    const std::string unfinished = result + std::to_string(::getpid());
    const CommandRun built = shell("cc -O2 -shared -fPIC -I" + include + " " + source + " -o " + unfinished);
    EXPECT_EQ(built.status, 0) << built.output;
    fs::rename(unfinished, result);
  }
  return folder;
}

class FaultyTypes : public testing::TestWithParam<Fault> {
 protected:
  void SetUp() override {
    types_ = compiled();
    if (!types_.empty()) return;
    if (std::getenv("CYCLECHECK_NEEDS_ALL") != nullptr) FAIL() << "no python3, its headers, or no C compiler";
    GTEST_SKIP() << "no python3, its headers, or no C compiler";
  }

  // The interpreter imports from where it is started.
  [[nodiscard]] CommandRun check(const std::string& type) const {
    const std::string name = type.find(':') == std::string::npos ? "faulty:" + type : type;
    return shell("cd " + types_ + " && " CYCLECHECK_PROGRAM " check-type " + name +
                 " --programs 50 --deepest 16000 --timeout 60s --findings " + folder_.file("findings"));
  }

  std::string types_;
  TemporaryDirectory folder_;
};

TEST_P(FaultyTypes, FoundAndNamed) {
  const Fault& fault = GetParam();
  const CommandRun run = check(fault.type);
  EXPECT_NE(run.output.find(fault.said), std::string::npos) << run.output;
  EXPECT_EQ(run.status, fault.rule == nullptr ? 0 : 1) << run.output;
  if (fault.rule == nullptr) return;
  const std::string named = std::string("  rule ") + fault.rule + " of docs/contracts.md";
  // The first one is about the fault itself; what follows from it may come behind.
  const auto first = run.output.find("  rule ");
  ASSERT_NE(first, std::string::npos) << run.output;
  EXPECT_EQ(run.output.compare(first, named.size(), named), 0) << run.output;
}

// All twins are one code under many names, in three ways: static types of two modules, and heap types.
class Twins : public FaultyTypes {};

TEST_P(Twins, AreQuiet) {
  const CommandRun run = check(GetParam().type + "Twin");
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_NE(run.output.find("no fault found"), std::string::npos) << run.output;
}

INSTANTIATE_TEST_SUITE_P(OwnTypes, Twins,
                         testing::Values(Fault{"Omits", nullptr, nullptr}, Fault{"TypeOmitted", nullptr, nullptr},
                                         Fault{"faulty_uses:ReleasesFirst", nullptr, nullptr}),
                         [](const testing::TestParamInfo<Fault>& of) { return name_of(of.param); });

INSTANTIATE_TEST_SUITE_P(OwnTypes, FaultyTypes, testing::ValuesIn(kFaults),
                         [](const testing::TestParamInfo<Fault>& of) { return name_of(of.param); });

}  // namespace
}  // namespace cyclecheck
