// Covers: what the text parser accepts, and the message, line and column of every kind of error. Does not cover: round
// trips (round_trip_test.cpp).
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "trace/normal_form.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

constexpr std::string_view kHeader = "cyclecheck-trace 1\nprofile python3.11\n";

std::string error_of(const std::string& text) {
  const auto result = parse_trace(text);
  const auto* error = std::get_if<TextError>(&result);
  return error == nullptr ? "" : to_string(*error, "x");
}

std::string reprinted(const std::string& text) {
  const auto result = parse_trace(text);
  if (const auto* error = std::get_if<TextError>(&result)) return to_string(*error, "x");
  return print_trace(std::get<Trace>(result));
}

// What the line below the header becomes.
std::string canonical(const std::string& line, std::string_view header = kHeader) {
  const std::string text = reprinted(std::string(header) + line + "\n");
  return text.starts_with(header) ? text.substr(header.size()) : text;
}

TEST(Text, canonical_lines_stay) {
  const std::vector<std::string> lines = {"new person instance",
                                          "new x node del={root self; collect 1}",
                                          "new x classic legacy={}",
                                          "new x opaque",
                                          "bulk x 4096",
                                          "let y x[2]",
                                          "root self[1]",
                                          "root @x",
                                          "drop x",
                                          "append person dog",
                                          "append @a @b",
                                          "remove a a[0]",
                                          "store a 3 @b[32767]",
                                          "erase a 0",
                                          "clear a",
                                          "call a b",
                                          "return",
                                          "safepoint",
                                          "weakref w x cb={drop x}",
                                          "subref w x",
                                          "proxy p x cb={}",
                                          "deref y w",
                                          "use p",
                                          "collect 3",
                                          "int i 0",
                                          "int i -5",
                                          "int i -1000000000",
                                          "str s \"\"",
                                          "str s \"hello word\"",
                                          "str s \"}; {=@[']~\"",
                                          "new x node del={str s \"; drop\"; int i -1}",
                                          "add s s t[1]",
                                          "intern s @t",
                                          "id self",
                                          "set_threshold 500 2 2",
                                          "set_threshold 0",
                                          "set_debug 38",
                                          "take_garbage x 0",
                                          "get_objects",
                                          "get_objects 1",
                                          "callbacks on",
                                          "callbacks off",
                                          "same a b",
                                          "shutdown",
                                          "raise",
                                          "tuple t x[2]",
                                          "new x list",
                                          "new x dict",
                                          "new x node del={new y node del={}; weakref w y cb={}; set_threshold 5 2}"};
  for (const std::string& line : lines) EXPECT_EQ(canonical(line), line + "\n");
}

TEST(Text, every_operation_is_written_and_read) {
  for (const OperationInfo& row : all_operations()) EXPECT_EQ(find_operation(row.word), row.code) << row.word;
}

TEST(Text, space_comments_and_line_ends_do_not_matter) {
  const std::string text =
      "# a comment\r\n\n  cyclecheck-trace 1 # version\r\nprofile python2.7\n\n disabled\nthreshold 1 2 3\n"
      "\tnew  a node del = { root self ;collect 1 }# why\n"
      "append @ a a [ 1 ]";
  EXPECT_EQ(reprinted(text),
            "cyclecheck-trace 1\nprofile python2.7\nthreshold 1 2 3\ndisabled\n"
            "new a node del={root self; collect 1}\nappend @a a[1]\n");
}

TEST(Text, flags_by_name) {
  EXPECT_EQ(canonical("set_debug STATS|SAVEALL"), "set_debug 33\n");
  EXPECT_EQ(canonical("set_debug DEBUG_LEAK"), "set_debug 38\n");
  EXPECT_EQ(canonical("set_debug LEAK | STATS"), "set_debug 39\n");
  EXPECT_EQ(canonical("set_debug LEAK", "cyclecheck-trace 1\nprofile python2.7\n"), "set_debug 62\n");
  EXPECT_EQ(canonical("set_debug COLLECTABLE|UNCOLLECTABLE|INSTANCES|OBJECTS"), "set_debug 30\n");
}

TEST(Text, names_are_numbered_by_first_appearance) {
  const auto result = parse_trace(std::string(kHeader) + "new b node del={drop a}\nappend c b\n");
  const Trace& trace = std::get<Trace>(result);
  EXPECT_EQ(trace.names, (std::vector<std::string>{"b", "a", "c"}));
  EXPECT_EQ(normalised(trace), trace);
}

struct Case {
  const char* text;
  const char* error;
};

TEST(Text, header_errors) {
  const std::vector<Case> cases = {
      {"", "x:1:1: expected 'cyclecheck-trace 1', found the end of the text"},
      {"# nothing\n\n", "x:3:1: expected 'cyclecheck-trace 1', found the end of the text"},
      {"new x node\n", "x:1:1: expected 'cyclecheck-trace', found 'new'"},
      {"cyclecheck-trace\n",
       "x:1:17: expected version 1, the only one that is known, after 'cyclecheck-trace', found end of line"},
      {"cyclecheck-trace 2\n",
       "x:1:18: expected version 1, the only one that is known, after 'cyclecheck-trace', found '2'"},
      {"cyclecheck-trace 1 2\n", "x:1:20: expected the end of the line after 'cyclecheck-trace 1', found '2'"},
      {"cyclecheck-trace 1\n", "x:2:1: expected 'profile' and its name, found the end of the text"},
      {"cyclecheck-trace 1\nnew x node\n", "x:2:1: expected 'profile', found 'new'"},
      {"cyclecheck-trace 1\nprofile python3.16\n",
       "x:2:9: expected a profile (python2.7, python3.6, python3.7, python3.8, python3.9, python3.10, python3.11, "
       "python3.12, python3.13, python3.13.13, python3.14, python3.15) after 'profile', found 'python3.16'"},
      {"cyclecheck-trace 1\nprofile python3.11\nthreshold 1 2\n",
       "x:3:14: expected a threshold from 0 to 1000000000 after 'threshold 1 2', found end of line"},
      {"cyclecheck-trace 1\nprofile python3.11\nthreshold 1 2 3\nthreshold 1 2 3\n",
       "x:4:1: 'threshold' stands in the header a second time"},
      {"cyclecheck-trace 1\nprofile python3.11\ndisabled\ndisabled\n",
       "x:4:1: 'disabled' stands in the header a second time"},
      {"cyclecheck-trace 1\nprofile python3.11\nfree_lists_filled\nfree_lists_filled\n",
       "x:4:1: 'free_lists_filled' stands in the header a second time"},
      {"cyclecheck-trace 1\nprofile python3.11\nfreeze\ndisabled\n",
       "x:4:1: 'disabled' belongs into the header, before the first operation"},
  };
  for (const Case& c : cases) EXPECT_EQ(error_of(c.text), c.error);
}

TEST(Text, operation_errors) {
  const std::string too_long = "str s \"" + std::string(4097, 'a') + "\"";
  const std::vector<Case> cases = {
      {"append a", "x:3:9: expected an operand after 'append a', found end of line"},
      {"append a # b", "x:3:9: expected an operand after 'append a', found end of line"},
      {"append a 7", "x:3:10: expected an operand after 'append a', found '7'"},
      {"append a b c", "x:3:12: expected the end of the line after 'append a b', found 'c'"},
      {"append a[ b", "x:3:11: expected a slot from 0 to 1000000 after 'append a[', found 'b'"},
      {"append a[1000001] b", "x:3:10: expected a slot from 0 to 1000000 after 'append a[', found '1000001'"},
      {"append a[1 b", "x:3:12: expected ']' after 'append a[1', found 'b'"},
      {"append @self a", "x:3:9: a name cannot be 'self', which is an operand"},
      {"new self node", "x:3:5: a name cannot be 'self', which is an operand"},
      {"new None node", "x:3:5: a name cannot be 'None', which stands for no object"},
      {"new 1x node", "x:3:5: expected a name after 'new', found '1x'"},
      {"new x-y node", "x:3:5: expected a name after 'new', found 'x-y'"},
      {"new x",
       "x:3:6: expected a kind of object (node, instance, classic, opaque, list, dict, custom, cell, frame, generator, "
       "set, coroutine) after 'new "
       "x', "
       "found "
       "end of "
       "line"},
      {"new x dog",
       "x:3:7: expected a kind of object (node, instance, classic, opaque, list, dict, custom, cell, frame, generator, "
       "set, coroutine) after 'new "
       "x', "
       "found "
       "'dog'"},
      {"new x node cb={}", "x:3:12: expected the end of the line after 'new x node', found 'cb'"},
      {"new x node del", "x:3:15: expected '=' after 'new x node del', found end of line"},
      {"new x node del=", "x:3:16: expected '{' after 'new x node del=', found end of line"},
      {"new x node del={", "x:3:17: expected an operation, found end of line"},
      {"new x node del={root self", "x:3:26: expected ';' or '}' after 'root self', found end of line"},
      {"new x node del={root self;}", "x:3:27: expected an operation, found '}'"},
      {"new x node del={fly}", "x:3:17: expected an operation, found 'fly'"},
      {"new x node del={new y node del={new z node del={new v node del={raise}}}}",
       "x:3:65: a script inside of three scripts must be empty: expected '}'"},
      {"weakref w a cb=", "x:3:16: expected an operand after 'weakref w a cb=', found end of line"},
      {"weakref w a cb=b", "x:3:17: expected '{' after 'weakref w a cb=b', found end of line"},
      {"new x node del=b{}", "x:3:16: expected '{' after 'new x node del=', found 'b'"},
      {"mapset m a", "x:3:11: expected an operand after 'mapset m a', found end of line"},
      {"weakrefs a b",
       "x:3:13: expected a number of objects from 0 to 1000000 after 'weakrefs a b', found end of line"},
      {"watch a", "x:3:8: expected 'start' or 'stop' after 'watch a', found end of line"},
      {"watch a stop", "x:3:13: expected '=' after 'watch a stop', found end of line"},
      {"module g", "x:3:1: 'module' is of a later version"},
      {"collect", "x:3:8: expected a generation from 0 to 3 after 'collect', found end of line"},
      {"collect 4", "x:3:9: expected a generation from 0 to 3 after 'collect', found '4'"},
      {"collect -1", "x:3:9: expected a generation from 0 to 3 after 'collect', found '-1'"},
      {"collect 99999999999999999999",
       "x:3:9: expected a generation from 0 to 3 after 'collect', found '99999999999999999999'"},
      {"set_threshold 1 2 3 4", "x:3:21: expected the end of the line after 'set_threshold 1 2 3', found '4'"},
      {"callbacks yes", "x:3:11: expected 'on' or 'off' after 'callbacks', found 'yes'"},
      {"set_debug 64", "x:3:11: expected debug flags from 0 to 63 after 'set_debug', found '64'"},
      {"set_debug STATS|X",
       "x:3:17: expected debug flags (0 to 63, or STATS, COLLECTABLE, UNCOLLECTABLE, INSTANCES, OBJECTS, SAVEALL, "
       "LEAK) "
       "after 'set_debug STATS|', found 'X'"},
      {"fail 1000001", "x:3:6: expected a number of allocations from 0 to 1000000 after 'fail', found '1000001'"},
      {"bulk x 1000001", "x:3:8: expected a number of objects from 0 to 1000000 after 'bulk x', found '1000001'"},
      {"int i", "x:3:6: expected an integer from -1000000000 to 1000000000 after 'int i', found end of line"},
      {"int i 1000000001",
       "x:3:7: expected an integer from -1000000000 to 1000000000 after 'int i', found '1000000001'"},
      {"int i --1", "x:3:7: expected an integer from -1000000000 to 1000000000 after 'int i', found '--1'"},
      {"str s a", "x:3:7: expected a text in quotation marks after 'str s', found 'a'"},
      {"str s \"a", "x:3:7: the text has no closing quotation mark"},
      {"str s \"", "x:3:7: the text has no closing quotation mark"},
      {"str s \"a#b\"", "x:3:7: a text cannot contain '#'"},
      {"str s \"a\\b\"", "x:3:7: a text cannot contain '\\'"},
      {"str s \"\xC3\xA9\"", "x:3:7: a text cannot contain '\\xC3'"},
      {too_long.c_str(), "x:3:7: the text is longer than 4096 characters"},
      {"str s \"a\"\"b\"", "x:3:10: expected the end of the line after 'str s \"a\"', found '\"b\"'"},
      {"\xC3\xA9", "x:3:1: expected an operation, found '\\xC3'"},
  };
  for (const Case& c : cases) EXPECT_EQ(error_of(std::string(kHeader) + c.text + "\n"), c.error) << c.text;
}

TEST(Text, only_the_first_error_is_reported) {
  EXPECT_EQ(error_of(std::string(kHeader) + "fly\nswim\n"), "x:3:1: expected an operation, found 'fly'");
}

TEST(Text, too_many_names) {
  std::string text{kHeader};
  for (std::uint32_t i = 0; i <= kMaxNames; ++i) text += "drop v" + std::to_string(i) + "\n";
  EXPECT_EQ(error_of(text), "x:65538:6: a trace has at most 65535 names");
}

TEST(Text, zero_byte_is_an_error) {
  EXPECT_EQ(error_of(std::string(kHeader) + std::string("drop \0x\n", 8)),
            "x:3:6: expected a name after 'drop', found '\\x00'");
}

}  // namespace
}  // namespace cyclecheck
