// Covers: the exact round trips of both trace formats over random valid traces, the normal form, and the totality of
// the decoder over random and damaged bytes. Does not cover: messages for malformed text (text_test.cpp).
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "properties/trace/random_trace.hpp"
#include "trace/binary.hpp"
#include "trace/normal_form.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

using test::Random;
using test::random_trace;

constexpr std::uint64_t kTraces = 3000;

Trace parsed(const std::string& text) {
  auto result = parse_trace(text);
  if (const auto* error = std::get_if<TextError>(&result)) {
    ADD_FAILURE() << to_string(*error, "text") << "\n" << text;
    return {};
  }
  return std::get<Trace>(std::move(result));
}

void expect_valid(const Trace& trace) {
  const auto defect = find_defect(trace);
  EXPECT_FALSE(defect.has_value()) << *defect;
}

TEST(RoundTrip, text_gives_the_normal_form) {
  for (std::uint64_t seed = 0; seed < kTraces; ++seed) {
    Random random(seed);
    const Trace trace = random_trace(random);
    expect_valid(trace);
    const std::string text = print_trace(trace);
    const Trace back = parsed(text);
    ASSERT_EQ(back, normalised(trace)) << "seed " << seed << "\n" << text;
    expect_valid(back);
    ASSERT_EQ(normalised(back), back);
    ASSERT_EQ(print_trace(back), text);
  }
}

TEST(RoundTrip, binary_is_exact) {
  for (std::uint64_t seed = 0; seed < kTraces; ++seed) {
    Random random(seed);
    const Trace trace = random_trace(random);
    const std::vector<std::uint8_t> bytes = encode_trace(trace);
    ASSERT_EQ(encoded_version(bytes), kBinaryVersion);
    ASSERT_EQ(decode_trace(bytes), trace) << "seed " << seed << "\n" << print_trace(trace);
  }
}

TEST(RoundTrip, both_formats_agree) {
  for (std::uint64_t seed = 0; seed < kTraces; ++seed) {
    Random random(seed);
    const Trace trace = normalised(random_trace(random));
    ASSERT_EQ(parsed(print_trace(decode_trace(encode_trace(trace)))), trace) << "seed " << seed;
  }
}

TEST(RoundTrip, scripts_may_be_shared_and_unordered_in_memory) {
  Trace trace = empty_trace(ProfileId::python2_7);
  Operation raise;
  raise.code = OpCode::raise;
  Operation enable;
  enable.code = OpCode::enable;
  trace.scripts = {{raise}, {raise, raise}, {enable}};
  for (const ScriptId id : {2, 0, 2}) {
    Operation create;
    create.code = OpCode::create;
    create.finalizer = FinalizerKind::del;
    create.script = id;
    trace.operations.push_back(create);
  }
  EXPECT_TRUE(find_defect(trace).has_value());
  const Trace ordered = with_ordered_scripts(trace);
  expect_valid(ordered);
  EXPECT_EQ(ordered.scripts, (std::vector<Script>{{enable}, {raise}, {enable}}));
  EXPECT_EQ(decode_trace(encode_trace(trace)), ordered);
  EXPECT_EQ(parsed(print_trace(trace)), normalised(trace));
}

// Names as numbers, which digests are made of.
TEST(RoundTrip, names_without_spelling_keep_their_numbers) {
  for (std::uint64_t seed = 0; seed < kTraces; ++seed) {
    Random random(seed);
    Trace trace = with_ordered_scripts(random_trace(random));
    trace.names.clear();
    ASSERT_EQ(numbered_as_spelled(parsed(print_trace(trace))), trace) << "seed " << seed;
  }
  Trace spelled = empty_trace(ProfileId::python2_7);
  spelled.names = {"n1", "x"};
  EXPECT_FALSE(numbered_as_spelled(spelled).has_value());
}

TEST(RoundTrip, thresholds_of_the_profile_are_not_written) {
  Trace trace = empty_trace(ProfileId::python3_13);
  EXPECT_EQ(print_trace(trace), "cyclecheck-trace 1\nprofile python3.13\n");
  EXPECT_EQ(encode_trace(trace).size(), 3U);
  trace.settings = {{700, 10, 10}, false};
  EXPECT_EQ(print_trace(trace), "cyclecheck-trace 1\nprofile python3.13\nthreshold 700 10 10\ndisabled\n");
  EXPECT_EQ(decode_trace(encode_trace(trace)), trace);
}

TEST(Binary, common_operations_are_short) {
  const std::string header = "cyclecheck-trace 1\nprofile python3.11\n";
  Trace trace = parsed(header);
  const std::size_t empty = encode_trace(trace).size();
  const std::array<std::pair<const char*, std::size_t>, 7> lengths{{{"new a node", 3},
                                                                    {"append a b", 3},
                                                                    {"append @a @b", 3},
                                                                    {"append a[3] self", 4},
                                                                    {"drop a", 2},
                                                                    {"collect 2", 2},
                                                                    {"weakref w a cb={}", 4}}};
  for (const auto& [line, length] : lengths) {
    trace = parsed(header + line + "\n");
    trace.names.clear();
    EXPECT_EQ(encode_trace(trace).size(), empty + length) << line;
  }
}

// decode is total, its result valid, and encoding the result is canonical.
void check_decode(const std::vector<std::uint8_t>& bytes) {
  const Trace trace = decode_trace(bytes);
  const auto defect = find_defect(trace);
  ASSERT_FALSE(defect.has_value()) << *defect;
  ASSERT_LE(trace.operations.size(), bytes.size());
  const std::vector<std::uint8_t> canonical = encode_trace(trace);
  ASSERT_EQ(decode_trace(canonical), trace);
  ASSERT_EQ(encode_trace(decode_trace(canonical)), canonical);
}

TEST(Binary, random_bytes_decode) {
  for (std::uint64_t seed = 0; seed < 20000; ++seed) {
    Random random(seed);
    std::vector<std::uint8_t> bytes(random.below(120));
    for (std::uint8_t& byte : bytes) {
      // Half of the strings are of small bytes, in which more structure survives.
      byte = static_cast<std::uint8_t>(random.below(seed % 2 == 0 ? 256 : 60));
    }
    check_decode(bytes);
    if (HasFatalFailure()) FAIL() << "seed " << seed;
  }
}

TEST(Binary, damaged_and_cut_off_encodings_decode) {
  for (std::uint64_t seed = 0; seed < kTraces; ++seed) {
    Random random(seed);
    std::vector<std::uint8_t> bytes = encode_trace(random_trace(random));
    bytes[random.below(static_cast<std::uint32_t>(bytes.size()))] = static_cast<std::uint8_t>(random.below(256));
    check_decode(bytes);
    bytes.resize(random.below(static_cast<std::uint32_t>(bytes.size())));
    check_decode(bytes);
    if (HasFatalFailure()) FAIL() << "seed " << seed;
  }
}

// No operation and no kind that came later appears in what was written before.
TEST(Binary, older_versions_know_their_own_operations_only) {
  struct Known {
    std::uint8_t version;
    OpCode last;
    ObjectKind last_kind;
  };
  for (const Known& known : {Known{1, OpCode::raise, ObjectKind::opaque},
                             {2, OpCode::tuple, ObjectKind::dict},
                             {3, OpCode::id, ObjectKind::dict},
                             {4, OpCode::id, ObjectKind::dict},
                             {5, OpCode::weakrefs, ObjectKind::custom},
                             {6, OpCode::unwatch, ObjectKind::cell},
                             {7, OpCode::traceback, ObjectKind::frame},
                             {8, OpCode::delitem, ObjectKind::set}}) {
    for (std::uint64_t seed = 0; seed < kTraces; ++seed) {
      Random random(seed);
      std::vector<std::uint8_t> bytes(1 + random.below(80));
      for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
      bytes[0] = known.version;
      const Trace trace = decode_trace(bytes);
      const auto check = [&](const Operation& operation) {
        EXPECT_LE(operation.code, known.last);
        EXPECT_LE(operation.kind, known.last_kind);
        if (known.version >= 5) return;
        EXPECT_LT(operation.a.slot, 32768);
        EXPECT_TRUE(operation.code != OpCode::bulk || operation.number[0] <= 4096);
        EXPECT_TRUE(operation.code != OpCode::weakref || operation.b == Operand{});
      };
      std::for_each(trace.operations.begin(), trace.operations.end(), check);
      for (const Script& script : trace.scripts) {
        std::for_each(script.begin(), script.end(), check);
        if (known.version >= 5) continue;
        for (const Operation& operation : script) EXPECT_LT(operation.script, 0);
      }
    }
  }
  // What is the first code again is one more operation in the next version.
  const auto first = [](const std::vector<std::uint8_t>& bytes) { return decode_trace(bytes).operations.front().code; };
  EXPECT_EQ(first({1, 6, 0, 44, 0, 0}), OpCode::create);
  EXPECT_EQ(first({2, 6, 0, 44, 3}), OpCode::fail);
  EXPECT_EQ(first({2, 6, 0, 46, 0, 0}), OpCode::create);
  EXPECT_EQ(first({3, 6, 0, 46, 0, 0}), OpCode::integer);
  EXPECT_EQ(first({4, 6, 0, 51, 0, 0}), OpCode::create);
  EXPECT_EQ(first({5, 6, 0, 51, 0, 0}), OpCode::weakmap);
  EXPECT_EQ(first({5, 6, 0, 58, 0, 0}), OpCode::create);
  EXPECT_EQ(first({6, 6, 0, 58, 0, 0}), OpCode::watch);
  EXPECT_EQ(first({6, 6, 0, 60, 0, 0}), OpCode::create);
  EXPECT_EQ(first({7, 6, 0, 60, 0, 0, 0}), OpCode::method);
  EXPECT_EQ(decode_trace(std::vector<std::uint8_t>{6, 6, 0, 0, 0, 8}).operations.front().kind, ObjectKind::node);
}

// Written by hand from docs/trace-format.md.
TEST(Binary, golden_bytes_of_integers_and_strings) {
  const std::vector<std::uint8_t> bytes = {
      3,  6, 0,                                    // version, python3.11, no settings
      46, 0, 0,                                    // int n0 0
      46, 0, 9,                                    // int n0 -5
      46, 0, 0xFF, 0,    0x94, 0x35, 0x77,         // int n0 1000000000
      46, 0, 0xFF, 0xFF, 0x93, 0x35, 0x77,         // int n0 -1000000000
      47, 1, 3,    'a',  ' ',  '~',                // str n1 "a ~"
      47, 1, 17,   92,                             // the length modulo 16, the byte of a backslash modulo 92
      48, 1, 0,    4,    49,   1,    4,    50, 4,  // add n1 n0 n1, intern n1 n1, id n1
  };
  const std::string text =
      "cyclecheck-trace 1\nprofile python3.11\nint n0 0\nint n0 -5\nint n0 1000000000\nint n0 -1000000000\n"
      "str n1 \"a ~\"\nstr n1 \" \"\nadd n1 n0 n1\nintern n1 n1\nid n1\n";
  EXPECT_EQ(print_trace(decode_trace(bytes)), text);
}

// Written by hand from docs/trace-format.md.
TEST(Binary, golden_bytes_of_version_5) {
  const std::vector<std::uint8_t> bytes = {
      5,  6, 0,                                               // version, python3.11, no settings
      13, 0, 4,    3,    8,                                   // weakref n0 n1 cb=n2{}
      13, 0, 4,    4,    8,    4,    2,    0xFF,              // weakref n0 n1 cb=n2{drop n2}
      0,  1, 0x50, 0,    1,    0x50, 0,    1,    0x50, 4, 3,  // new n1 node del={new n1 node del={new n1 node del={
      0,  1, 0x50, 0xFF, 0xFF, 0xFF,                          //   drop n3; new n1 node del={}}}}
      51, 4, 52,   16,   4,    8,    53,   0,    16,   4,     // weakmap n4, mapset n4 n1 n2, mapget n0 n4 n1
      54, 4, 0xFE, 0x40, 0x42, 0x0F, 55,   4,    7,           // hold n1 1000000, unhold n1 7
      56, 6, 0xFE, 0x40, 0x42, 0x0F, 4,    2,                 // fill n1[1000000] n1 2
      57, 1, 8,    0xFE, 0x41, 0x42, 0x0F,                    // weakrefs n1 n2, 1000001 modulo 1000001
      0,  5, 0x16, 0,    5,    0x1D,                          // new n5 custom del={}, new n5 custom del={}: modulo 7
  };
  const std::string text =
      "cyclecheck-trace 1\nprofile python3.11\nweakref n0 n1 cb=n2{}\nweakref n0 n1 cb=n2{drop n2}\n"
      "new n1 node del={new n1 node del={new n1 node del={drop n3; new n1 node del={}}}}\nweakmap n4\n"
      "mapset n4 n1 n2\nmapget n0 n4 n1\nhold n1 1000000\nunhold n1 7\nfill n1[1000000] n1 2\nweakrefs n1 n2 0\n"
      "new n5 custom del={}\nnew n5 custom del={}\n";
  EXPECT_EQ(print_trace(decode_trace(bytes)), text);
  EXPECT_EQ(unknown_code(bytes), std::nullopt);
  EXPECT_EQ(unknown_code(std::vector<std::uint8_t>{5, 6, 0, 58}), 58);
}

// Written by hand from docs/trace-format.md.
TEST(Binary, golden_bytes_of_version_6) {
  const std::vector<std::uint8_t> bytes = {
      6,  6, 0,                          // version, python3.11, no settings
      58, 4, 0,                          // watch n1 start={}
      58, 4, 0xFD,                       // watch n1 stop={}: other bits are ignored, but there is no script
      58, 4, 3,    59,   3, 4, 2, 0xFF,  // watch n1 stop={unwatch self; drop n2}
      58, 4, 2,    0xFF,                 // watch n1 start={}: a script without operations
      59, 5,                             // unwatch @n1
  };
  const std::string text =
      "cyclecheck-trace 1\nprofile python3.11\nwatch n1 start={}\nwatch n1 stop={}\n"
      "watch n1 stop={unwatch self; drop n2}\nwatch n1 start={}\nunwatch @n1\n";
  EXPECT_EQ(print_trace(decode_trace(bytes)), text);
  EXPECT_EQ(unknown_code(bytes), std::nullopt);
  EXPECT_EQ(unknown_code(std::vector<std::uint8_t>{6, 6, 0, 60}), 60);
}

// Written by hand from docs/trace-format.md.
TEST(Binary, golden_bytes_of_version_7) {
  const std::vector<std::uint8_t> bytes = {
      7,  6, 0,           // version, python3.11, no settings
      60, 0, 4, 9,        // method n0 n1 @n2
      60, 1, 6, 1, 3,     // method n1 n1[1] self
      61, 2, 8, 4,        // traceback n2 n2 n1
      0,  1, 8, 0, 1, 9,  // new n1 frame, new n1 node: modulo 9
  };
  const std::string text =
      "cyclecheck-trace 1\nprofile python3.11\nmethod n0 n1 @n2\nmethod n1 n1[1] self\n"
      "traceback n2 n2 n1\nnew n1 frame\nnew n1 node\n";
  EXPECT_EQ(print_trace(decode_trace(bytes)), text);
  EXPECT_EQ(unknown_code(bytes), std::nullopt);
  EXPECT_EQ(unknown_code(std::vector<std::uint8_t>{7, 6, 0, 62}), 62);
}

// Written by hand from docs/trace-format.md.
TEST(Binary, golden_bytes_of_version_8) {
  const std::vector<std::uint8_t> bytes = {
      8,  6, 0,                  // version, python3.11, no settings
      0,  1, 9,                  // new n1 generator
      0,  2, 0x59, 62, 3, 0xFF,  // new n2 generator del={close self}
      62, 5,                     // close @n1
      0,  1, 10,                 // new n1 set
      63, 4, 8,    12,           // setitem n1 n2 n3
      64, 4, 9,                  // delitem n1 @n2
      0,  1, 11,                 // new n1 node: modulo 11
  };
  const std::string text =
      "cyclecheck-trace 1\nprofile python3.11\nnew n1 generator\nnew n2 generator del={close self}\n"
      "close @n1\nnew n1 set\nsetitem n1 n2 n3\ndelitem n1 @n2\nnew n1 node\n";
  EXPECT_EQ(print_trace(decode_trace(bytes)), text);
  EXPECT_EQ(unknown_code(bytes), std::nullopt);
  EXPECT_EQ(unknown_code(std::vector<std::uint8_t>{8, 6, 0, 65}), 65);
}

// Written by hand from docs/trace-format.md.
TEST(Binary, golden_bytes_of_version_9) {
  std::vector<std::uint8_t> bytes = {
      9,   6,   0,                       // version, python3.11, no settings
      0,   1,   11,                      // new n1 coroutine
      0,   2,   0x5B, 65,   3,    0xFF,  // new n2 coroutine del={resume self}
      65,  5,                            // resume @n1
      0,   1,   12,                      // new n1 node: modulo 12
      47,  3,   17,                      // str n3, 17 characters
      'a', 'b', 'c',  'd',  'e',  'f',  'g', 'h',  'i',  'j',  'k', 'l',
      'm', 'n', 'o',  'p',  'q',  47,   3,   0xFD, 0x03, 0x10, 'z', 'z',  // str n3, 4099 modulo 4097
      47,  3,   0xFD, 0x00, 0x10,                                         // str n3, 4096 characters
  };
  bytes.insert(bytes.end(), 4096, std::uint8_t{'y'});
  const std::string text =
      "cyclecheck-trace 1\nprofile python3.11\nnew n1 coroutine\nnew n2 coroutine del={resume self}\n"
      "resume @n1\nnew n1 node\nstr n3 \"abcdefghijklmnopq\"\nstr n3 \"zz\"\nstr n3 \"" +
      std::string(4096, 'y') + "\"\n";
  EXPECT_EQ(print_trace(decode_trace(bytes)), text);
  EXPECT_EQ(unknown_code(bytes), std::nullopt);
  EXPECT_EQ(unknown_code(std::vector<std::uint8_t>{9, 6, 0, kOpCodes}), kOpCodes);
  // Up to version 8 the length is one byte.
  EXPECT_EQ(decode_trace(std::vector<std::uint8_t>{8, 6, 0, 47, 3, 0xFD, 'a', 'b', 'c'}).operations.front().text,
            "abc" + std::string(10, ' '));
}

TEST(RoundTrip, scripts_that_stand_too_deep_go) {
  Trace trace = empty_trace(ProfileId::python3_11);
  Operation create;
  create.code = OpCode::create;
  create.finalizer = FinalizerKind::del;
  for (const ScriptId inner : {1, 2, 3, 4}) {
    create.script = inner;
    trace.scripts.push_back({create});
  }
  create.script = kEmptyScript;
  trace.scripts.push_back({create});
  create.script = 0;
  trace.operations = {create};
  EXPECT_EQ(find_defect(trace),
            "operation 0: in a script: in a script: in a script: 'new': it stands in too many "
            "scripts and has a script");
  const Trace ordered = with_ordered_scripts(trace);
  expect_valid(ordered);
  EXPECT_EQ(print_trace(ordered),
            "cyclecheck-trace 1\nprofile python3.11\n"
            "new n0 node del={new n0 node del={new n0 node del={new n0 node del={}}}}\n");
}

TEST(Binary, other_versions_decode_as_version_1) {
  EXPECT_FALSE(encoded_version({}).has_value());
  EXPECT_EQ(decode_trace({}), empty_trace(ProfileId::python2_7));
  Random random(7);
  std::vector<std::uint8_t> bytes = encode_trace(random_trace(random));
  bytes[0] = 1;
  const Trace trace = decode_trace(bytes);
  bytes[0] = 200;
  EXPECT_EQ(encoded_version(bytes), 200);
  EXPECT_EQ(decode_trace(bytes), trace);
}

// Profiles are taken modulo those that the version knows.
TEST(Binary, older_versions_know_their_own_profiles_only) {
  for (std::uint8_t byte = 0; byte < 30; ++byte) {
    EXPECT_EQ(decode_trace(std::vector<std::uint8_t>{3, byte}).profile, static_cast<ProfileId>(byte % 9));
    EXPECT_EQ(decode_trace(std::vector<std::uint8_t>{4, byte}).profile, static_cast<ProfileId>(byte % 12));
    EXPECT_EQ(decode_trace(std::vector<std::uint8_t>{5, byte}).profile, static_cast<ProfileId>(byte % kProfiles));
  }
}

// The versioning promise: the meaning of these bytes, written by hand from docs/trace-format.md, does not change.
TEST(Binary, golden_bytes) {
  // clang-format off
  std::vector<std::uint8_t> bytes = {
      1, 6, 3, 100, 5, 5,                   // version, python3.11, disabled, threshold 100 5 5
      0, 0, 0x50, 3, 7, 2, 43, 0xFF,        // new a node del={root self[2]; raise}
      5, 0, 1,                              // append a @a
      13, 1, 0, 2, 18, 0, 0xFF,             // weakref w a cb={collect 0}
      22, 1, 0xFD, 0xF4, 0x01, 2,           // set_threshold 500 2
      30, 0, 30, 3,                         // get_objects, get_objects 2
      7, 2, 4, 9, 0x0B, 1,                  // store a[4] 9 @a[1]
      0xFF, 2, 1, 'a', 1, 'w',              // names
  };
  // clang-format on
  const std::string text =
      "cyclecheck-trace 1\nprofile python3.11\nthreshold 100 5 5\ndisabled\n"
      "new a node del={root self[2]; raise}\nappend a @a\nweakref w a cb={collect 0}\nset_threshold 500 2\n"
      "get_objects\nget_objects 2\nstore a[4] 9 @a[1]\n";
  EXPECT_EQ(print_trace(decode_trace(bytes)), text);
  // All of it means the same in later versions.
  for (const std::uint8_t version : {std::uint8_t{2}, std::uint8_t{3}, std::uint8_t{4}, std::uint8_t{5},
                                     std::uint8_t{6}, std::uint8_t{7}, std::uint8_t{8}, kBinaryVersion}) {
    bytes[0] = version;
    EXPECT_EQ(print_trace(decode_trace(bytes)), text);
  }
  EXPECT_EQ(encode_trace(parsed(text)), bytes);
}

TEST(Binary, example_of_the_documentation) {
  const std::vector<std::uint8_t> bytes = {9, 6, 1, 0, 0, 0x50, 3, 3, 0xFF, 5, 0, 1, 4, 0, 0x12, 2, 0xFF, 1, 1, 0x61};
  const std::string text =
      "cyclecheck-trace 1\nprofile python3.11\ndisabled\nnew a node del={root self}\nappend a @a\ndrop a\n"
      "collect 2\n";
  EXPECT_EQ(print_trace(decode_trace(bytes)), text);
  EXPECT_EQ(encode_trace(parsed(text)), bytes);
}

TEST(NormalForm, defects_are_found) {
  const auto defect_of = [](auto&& change) {
    Trace trace = empty_trace(ProfileId::python3_11);
    Operation append;
    append.code = OpCode::append;
    append.a = Operand::variable(Name{0});
    append.b = Operand::label(Name{1});
    trace.operations.push_back(append);
    change(trace, trace.operations.front());
    return find_defect(trace).value_or("");
  };
  EXPECT_EQ(defect_of([](Trace&, Operation&) {}), "");
  EXPECT_EQ(defect_of([](Trace&, Operation& o) { o.a = {}; }), "operation 0: 'append': an operand is missing");
  EXPECT_EQ(defect_of([](Trace&, Operation& o) { o.code = OpCode::watch, o.b = {}; }),
            "operation 0: 'watch': it has no script");
  EXPECT_EQ(defect_of([](Trace&, Operation& o) { o.a.name.value = 0xFFFF; }),
            "operation 0: 'append': a name is out of range");
  EXPECT_EQ(defect_of([](Trace&, Operation& o) { o.a.slot = -2; }),
            "operation 0: 'append': the slot of an operand is negative");
  EXPECT_EQ(defect_of([](Trace&, Operation& o) { o.target = Name{3}; }),
            "operation 0: 'append': a field that it does not use is set");
  EXPECT_EQ(defect_of([](Trace&, Operation& o) { o.script = 0; }),
            "operation 0: 'append': a field that it does not use is set");
  EXPECT_EQ(defect_of([](Trace& t, Operation&) { t.names = {"a", "a"}; }), "two names are spelled 'a'");
  EXPECT_EQ(defect_of([](Trace& t, Operation&) { t.names = {"n1"}; }), "two names are spelled 'n1'");
  EXPECT_EQ(defect_of([](Trace& t, Operation&) { t.names = {"self"}; }), "'self' cannot be a name");
  EXPECT_EQ(defect_of([](Trace& t, Operation&) { t.scripts.resize(1); }), "a script is not used");
  EXPECT_EQ(defect_of([](Trace& t, Operation&) { t.settings.threshold[1] = -1; }),
            "a threshold of the settings is out of range");
}

}  // namespace
}  // namespace cyclecheck
