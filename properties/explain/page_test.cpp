// Covers: the page of `cyclecheck explain --html`: its structure, the data inside of it, that objects keep their
// places, graphs that are too large, bad input; the page's own logic in node. A real browser: ci/browser.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "harness/explain/dot.hpp"
#include "harness/explain/page.hpp"
#include "properties/support/explain_command.hpp"
#include "trace/file.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

using nlohmann::json;

constexpr const char* kCycle =
    "cyclecheck-trace 1\nprofile python3.11\nnew a node\nnew b node\nappend a b\nappend b a\ndrop a\ndrop b\ncollect "
    "2\n";

std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t from = text.find(begin) + begin.size();
  return text.substr(from, text.find(end, from) - from);
}

json data_of(const std::string& page) {
  return json::parse(between(page, "id=\"story\" data-encoding=\"plain\">", "</script>"));
}

class ExplainPage : public CommandTest {
 protected:
  std::string cycle_ = write("cycle.trace", kCycle);

  // What the page of a trace holds.
  std::string page_of(const std::string& trace) {
    const CommandRun run = program("explain " + trace + " --html " + path("out.html"));
    EXPECT_EQ(run.status, 0) << run.output;
    return std::get<std::string>(read_file(path("out.html")));
  }
};

TEST_F(ExplainPage, StandsAlone) {
  const std::string page = page_of(cycle_);
  for (const char* forbidden : {"http://", "https://", "src=", "@import", "url(http"}) {
    // The one address is the name of SVG's vocabulary, which nobody fetches.
    std::string text = page;
    const std::string vocabulary = "\"http://www.w3.org/2000/svg\"";
    text.erase(text.find(vocabulary), vocabulary.size());
    EXPECT_FALSE(has(text, forbidden)) << forbidden;
  }
  EXPECT_TRUE(has(page, "default-src 'none'"));
  EXPECT_TRUE(has(page, "@media print"));
  EXPECT_TRUE(has(page, "prefers-color-scheme: dark"));
  EXPECT_TRUE(has(page, "aria-label=\"Step of the trace\""));
  EXPECT_FALSE(has(page, "@DATA@"));
}

TEST_F(ExplainPage, HoldsEveryFrameAndBothLogs) {
  const json data = data_of(page_of(cycle_));
  EXPECT_EQ(data["operations"].size(), 7U);
  EXPECT_EQ(data["operations"][6], "collect 2");
  EXPECT_EQ(data["model"][6], json({"collect 2", "died a", "died b", "returned 2", "ran 0 0 1", "members 0 0 0",
                                    data["model"][6][6], "count 0 0 0"}));
  // null: what the model's log says.
  EXPECT_EQ(data["other"]["log"], json(std::vector<json>(7)));
  EXPECT_EQ(data["differs"], json::array());
  EXPECT_EQ(data["python"][2], "a.append(b)");
  EXPECT_EQ(data["python"][6], "gc.collect(2)");
  EXPECT_EQ(data["other"]["name"], "impl");
  EXPECT_EQ(data["verdict"], json({"impl says the same as the model."}));
  EXPECT_TRUE(data["divergence"].is_null());
  EXPECT_EQ(data["objects"][0]["name"], "a");
  bool subtracted = false;
  for (const json& frame : data["frames"]) {
    if (frame.value("phase", "") != "subtract_refs") continue;
    subtracted = true;
    // Both white: 1.
    EXPECT_EQ(frame["colours"], json({1, 1}));
  }
  EXPECT_TRUE(subtracted);
  // Both are freed at the end.
  std::map<int, unsigned> flags;
  for (const json& frame : data["frames"]) {
    for (const json& object : frame.value("objects", json::array())) flags[object[0]] = object[4];
  }
  EXPECT_TRUE((flags[0] & 2U) != 0 && (flags[1] & 2U) != 0);
}

TEST_F(ExplainPage, ObjectsKeepTheirPlaces) {
  const json data = data_of(page_of(CYCLECHECK_SOURCE_DIR "/corpus/notes/finalizer_in_a_cycle.trace"));
  std::map<int, int> place;
  for (const json& frame : data["frames"]) {
    for (const json& move : frame.value("slots", json::array())) {
      const int id = move[0];
      const int slot = move[1];
      EXPECT_TRUE(slot < 0 || place.count(id) == 0) << id;
      if (slot >= 0) place[id] = slot;
    }
    EXPECT_FALSE(frame.contains("near"));
  }
}

TEST_F(ExplainPage, ALargeGraphShowsTheNeighbourhood) {
  const json data = data_of(page_of(
      write("large.trace",
            "cyclecheck-trace 1\nprofile python3.11\nnew keep node\nbulk keep 300\nnew a node\nappend keep a\n")));
  const json& last = data["frames"].back();
  EXPECT_EQ(last["near"].size(), 24U);
  EXPECT_EQ(last["cut"], 302 - 24);
  // Number 301 is `a`, and 0 is what it is appended to: first what was touched, then what is near to it.
  EXPECT_EQ(std::set<int>({last["near"][0], last["near"][1]}), std::set<int>({0, 301}));
}

// A step that touches nothing shows what the one before it touched.
TEST_F(ExplainPage, AStepThatTouchesNothingKeepsTheMiddle) {
  const json data =
      data_of(page_of(write("quiet.trace",
                            "cyclecheck-trace 1\nprofile python3.11\nnew keep node\nbulk keep 40\nnew a node\n"
                            "get_count\n")));
  const json& frames = data["frames"];
  EXPECT_EQ(frames[frames.size() - 1]["near"], frames[frames.size() - 2]["near"]);
  EXPECT_EQ(frames.back()["near"][0], 41);
}

TEST_F(ExplainPage, ALongTraceIsLessThanAMegabyte) {
  std::string text = "cyclecheck-trace 1\nprofile python3.11\nset_threshold 5 3 2\nnew keep node\n";
  for (int i = 0; i < 750; ++i) {
    const std::string name = "n" + std::to_string(i % 60);
    text += "new " + name + " instance\nstore " + name + " 1 keep\nappend keep " + name + "\ndrop " + name + "\n";
    if (i % 30 == 29) text += "clear keep\n";
  }
  const std::string page = page_of(write("long.trace", text));
  EXPECT_LT(page.size(), 1'000'000U);
  EXPECT_TRUE(has(page, "data-encoding=\"gzip\""));
}

TEST_F(ExplainPage, NamesCannotLeaveTheData) {
  PageOptions options;
  options.title = "</title><script>alert(1)</script>";
  options.verdict = {"</script><script>alert(2)</script>"};
  const Trace trace = std::get<Trace>(parse_trace(kCycle));
  const std::string page = explanation_page(trace, options);
  EXPECT_FALSE(has(page, "<script>alert"));
  EXPECT_EQ(data_of(page)["verdict"], json(options.verdict));
}

TEST_F(ExplainPage, ADivergenceIsOnThePage) {
  const std::string log = write("wrong.log", "cyclecheck-log 1\n0: new a node\n  count 2 0 0\n");
  const CommandRun run = program("explain " + cycle_ + " --against " + log + " --html " + path("out.html"));
  EXPECT_EQ(run.status, 1);
  const json data = data_of(std::get<std::string>(read_file(path("out.html"))));
  EXPECT_TRUE(has(data["verdict"][0], "counts allocations as `count 2 0 0`, the model `count 1 0 0` (rules G2"))
      << data["verdict"];
  EXPECT_EQ(data["divergence"], 0);
  // The log ends there: it differs in all that comes.
  EXPECT_EQ(data["differs"], json({0, 1, 6}));
  // What the level does not compare is no difference.
  const CommandRun low =
      program("explain " + cycle_ + " --level garbage --against " + log + " --html " + path("low.html"));
  const json lower = data_of(std::get<std::string>(read_file(path("low.html"))));
  EXPECT_EQ(lower["differs"], json({6})) << low.output;
}

TEST_F(ExplainPage, OutputThatCannotBeWritten) {
  const CommandRun run = program("explain " + cycle_ + " --html " + path("no/out.html"));
  EXPECT_EQ(run.status, 2);
  EXPECT_TRUE(has(run.output, "no/out.html")) << run.output;
}

// The page's script without a browser; `ci/browser` runs the same script in a real one.
TEST_F(ExplainPage, LogicInNode) {
  if (shell("node --version").status != 0) {
    if (std::getenv("CYCLECHECK_NEEDS_ALL") != nullptr) FAIL() << "node is not installed";
    GTEST_SKIP() << "node is not installed (Debian's package nodejs): the page's logic is not tried";
  }
  const std::string page = page_of(CYCLECHECK_SOURCE_DIR "/corpus/notes/fifty_cycles_collector_off.trace");
  const std::string data = write("story.json", data_of(page).dump());
  const std::string test =
      write("test.js",
            "const { Story, perRow } = require('" CYCLECHECK_SOURCE_DIR
            "/harness/explain/page/page.js');\n"
            "const assert = require('assert');\n"
            "const data = JSON.parse(require('fs').readFileSync('" +
                data +
                "'));\n"
                "const story = new Story(data);\n"
                "const forwards = [];\n"
                "for (let i = 0; i < story.length; ++i) forwards.push(story.stateAt(i));\n"
                "// Backwards, and without what was kept on the way.\n"
                "const fresh = new Story(data);\n"
                "for (let i = story.length; i-- > 0;) assert.deepEqual(fresh.stateAt(i), forwards[i]);\n"
                "for (let i = 0; i < story.length; ++i) {\n"
                "  for (const columns of [2, 3, 8]) {\n"
                "    const layout = story.layout(i, columns);\n"
                "    const seen = new Set();\n"
                "    assert.equal(layout.places.size, story.frames[i].near ? story.frames[i].near.length : "
                "forwards[i].slots.size);\n"
                "    for (const { x, y } of layout.places.values()) {\n"
                "      assert(x >= 0 && x < layout.width && y >= 0 && y < layout.height);\n"
                "      assert(layout.lanes.some((lane) => y > lane.y && y < lane.y + lane.height));\n"
                "      assert(!seen.has(x + ',' + y));\n"
                "      seen.add(x + ',' + y);\n"
                "    }\n"
                "    // Lanes are as high as what is in them.\n"
                "    for (const { lane } of layout.lanes) {\n"
                "      assert([...layout.places.keys()].some((id) => forwards[i].objects.get(id).lane === lane));\n"
                "    }\n"
                "  }\n"
                "}\n"
                "const first = story.otherCollection(0, 1);\n"
                "assert(story.frames[first].begins);\n"
                "assert.equal(story.otherCollection(story.otherCollection(first, 1), -1), first);\n"
                "assert.equal(story.opening(), 0);\n"
                "assert(story.history(0)[0].text.includes('is made'));\n"
                "assert(perRow(360) === 2 && perRow(1000) === 8);\n"
                "assert.equal(story.frames[story.otherOperation(5, 1)].operation, 6);\n"
                "assert.equal(story.frames[story.otherOperation(5, -1)].operation, 4);\n"
                "console.log('ok');\n");
  EXPECT_EQ(shell("node " + test).output, "ok\n");
}

// --- export --to dot ---

TEST_F(ExplainPage, AHeapAsAGraph) {
  const CommandRun run = program("export " + cycle_ + " --to dot --step 3");
  EXPECT_EQ(run.status, 0);
  for (const char* part : {"digraph heap {", "label=\"generation 0\"", "o0[label=\"a\\nrefs 2\"", "o0 -> o1;",
                           "r0[label=\"variable a\"", "bgcolor=\"#ffd9b0\">not reachable"}) {
    EXPECT_TRUE(has(run.output, part)) << part << "\nin\n" << run.output;
  }
  EXPECT_FALSE(has(program("export " + cycle_ + " --to dot").output, "o0"));
  EXPECT_EQ(program("export " + cycle_ + " --to dot --step 9").status, 2);
  const Trace large =
      std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile python3.11\nnew keep node\nbulk keep 300\n"));
  EXPECT_TRUE(has(to_dot(heap_after(large, std::nullopt), large), "51 more objects left out"));
}

}  // namespace
}  // namespace cyclecheck
