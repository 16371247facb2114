#include "harness/campaign/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>

#include "harness/campaign/finding_page.hpp"
#include "harness/campaign/plot.hpp"
#include "harness/campaign/state_store.hpp"
#include "harness/campaign/unseen_states.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

// A ledger is written every second.
constexpr double kNoNews = 300;

// Colours are told apart by people who see few, on light and on dark ground.
constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--ground:#fcfcfb;--panel:#fff;--text:#1c1c1a;--quiet:#6a6a65;--grid:#e6e5e1;
--s0:#2a6fc9;--s1:#c2570c;--s2:#15803d;--s3:#7c3aed;--s4:#b3266a;--s5:#6a6a65}
@media(prefers-color-scheme:dark){:root{--ground:#161615;--panel:#1f1f1d;--text:#ecebe6;--quiet:#a3a29b;--grid:#363632;
--s0:#6aa5f0;--s1:#f0914a;--s2:#4fc07a;--s3:#b08cf7;--s4:#ee7bb0;--s5:#a3a29b}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1120px;padding:24px 16px;background:var(--ground);color:var(--text);
font:15px/1.5 system-ui,sans-serif}
h1{font-size:22px;margin:0}h2{font-size:16px;margin:28px 0 8px}
p{margin:4px 0;color:var(--quiet)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:20px 0}
.tile,.plot{background:var(--panel);border:1px solid var(--grid);border-radius:8px;padding:12px 14px}
.tile b{display:block;font-size:24px;font-weight:600;font-variant-numeric:tabular-nums}
.tile span,.plot h3{color:var(--quiet);font-size:13px;font-weight:400;margin:0}
.plot h3 b{color:var(--text);font-weight:600}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(420px,100%),1fr));gap:12px}
svg{display:block;width:100%;height:auto}
svg text{fill:var(--quiet);font-size:11px}
.grid{stroke:var(--grid);fill:none}.line{fill:none;stroke-width:2;stroke-linejoin:round}
.s0{stroke:var(--s0)}.s1{stroke:var(--s1)}.s2{stroke:var(--s2)}.s3{stroke:var(--s3)}.s4{stroke:var(--s4)}.s5{stroke:var(--s5)}
.marks{fill:transparent}.marks circle:hover{fill:var(--text);fill-opacity:.35}
.key{display:inline-block;width:14px;height:3px;margin:0 6px 4px 0;border-radius:2px}
.legend span{margin-right:18px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:13px;white-space:nowrap}
th,td{text-align:left;padding:5px 12px 5px 0;border-bottom:1px solid var(--grid)}
th{color:var(--quiet);font-weight:400}.n{text-align:right;font-variant-numeric:tabular-nums}
code{font:13px ui-monospace,monospace}
)";

std::size_t count_files(const std::string& folder) {
  std::size_t count = 0;
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator{};
       entry.increment(error)) {
    std::error_code ignored;
    const bool counts = entry->is_regular_file(ignored) && !is_left_behind(entry->path().filename().string());
    if (counts) ++count;
  }
  return count;
}

std::string tile(const std::string& value, std::string_view what) {
  return fmt::format("<div class=\"tile\"><b>{}</b><span>{}</span></div>\n", value, what);
}

// What is plotted, by machine. Numbers go on from session to session.
class Plots {
 public:
  explicit Plots(const CampaignSummary& summary) {
    std::map<std::string, Machine> machines;
    for (std::size_t i = 0; i < summary.sessions.size(); ++i) {
      const SessionEntry& session = summary.sessions[i];
      const bool is_new = !machines.contains(session.machine);
      Machine& machine = machines[session.machine];
      if (is_new) {
        machine.index = names_.size();
        names_.push_back(fmt::format("{} ({})", session.host, session.machine.substr(0, 4)));
        for (auto* series : {&executions_, &states_, &findings_}) series->push_back({names_.back(), {}});
      }
      add(session, summary.samples[i], machine);
    }
  }

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] std::string html() const {
    std::string text;
    for (const auto& [unit, series] : coverage_) text += panel("Coverage, " + escaped(unit), unit, series, false);
    text += panel("Heap states", "states", states_, false);
    text += panel("Executions", "executions", executions_, false);
    text += panel("Findings", "findings", findings_, true);
    return text;
  }

 private:
  struct Machine {
    std::size_t index = 0;
    std::uint64_t executions = 0;
    std::uint64_t states = 0;
    std::uint64_t findings = 0;
    std::map<std::string, std::uint64_t> coverage;
  };

  void add(const SessionEntry& session, const std::vector<Sample>& samples, Machine& machine) {
    auto& coverage = coverage_[session.coverage_unit];
    coverage.resize(std::max(coverage.size(), machine.index + 1));
    for (std::size_t i = 0; i < coverage.size(); ++i) coverage[i].name = names_[i];
    // A session that begins counts what it has reached anew; the corpus brings that back soon.
    std::uint64_t& most = machine.coverage[session.coverage_unit];
    const double began = seconds_of(session.started);
    for (const Sample& sample : samples) {
      const double at = began + sample.seconds;
      most = std::max(most, sample.coverage);
      machine.states = std::max(machine.states, sample.states);
      machine.findings = std::max(machine.findings, sample.findings);
      coverage[machine.index].points.push_back({at, static_cast<double>(most)});
      executions_[machine.index].points.push_back({at, static_cast<double>(machine.executions + sample.executions)});
      states_[machine.index].points.push_back({at, static_cast<double>(machine.states)});
      findings_[machine.index].points.push_back({at, static_cast<double>(machine.findings)});
    }
    machine.executions += session.executions;
  }

  static std::string panel(const std::string& title, const std::string& unit, const std::vector<PlotSeries>& series,
                           bool steps) {
    return fmt::format("<div class=\"plot\"><h3><b>{}</b></h3>\n{}</div>\n", title, time_plot(series, unit, steps));
  }

  std::vector<std::string> names_;
  std::map<std::string, std::vector<PlotSeries>> coverage_;
  std::vector<PlotSeries> executions_;
  std::vector<PlotSeries> states_;
  std::vector<PlotSeries> findings_;
};

std::string findings_table(const std::vector<KnownFinding>& findings) {
  if (findings.empty()) return "<p>None.</p>\n";
  std::string text =
      "<div class=\"scroll\"><table><tr><th>signature<th>profile<th "
      "class=\"n\">operations<th>verdict<th>explained<th>trace</tr>\n";
  for (const KnownFinding& finding : findings) {
    const std::string folder = escaped(finding.folder);
    const std::string page =
        finding.is_explained ? fmt::format("<a href=\"findings/{}/{}\">why</a>", folder, kFindingPage) : std::string{};
    text += fmt::format(
        "<tr><td>{}<td>{}<td class=\"n\">{}<td>{}<td>{}<td><a "
        "href=\"findings/{}/trace.txt\"><code>{}</code></a></tr>\n",
        escaped(finding.signature), escaped(finding.profile), finding.operations, escaped(finding.verdict), page,
        folder, folder);
  }
  return text + "</table></div>\n";
}

std::string sessions_table(const std::vector<SessionEntry>& sessions) {
  std::string text =
      "<div class=\"scroll\"><table><tr><th>began (UTC)<th>host<th>engine<th>commit<th>compiler<th class=\"n\">jobs<th "
      "class=\"n\">time<th class=\"n\">CPU time<th class=\"n\">executions<th class=\"n\">failures<th class=\"n\">new "
      "findings<th>end</tr>\n";
  for (const SessionEntry& session : sessions) {
    text += fmt::format(
        "<tr><td>{}<td>{}<td>{}<td><code>{}</code><td>{}<td class=\"n\">{}<td class=\"n\">{}<td class=\"n\">{}<td "
        "class=\"n\">{}<td class=\"n\">{}<td class=\"n\">{}<td{}>{}</tr>\n",
        escaped(session.started), escaped(session.host), escaped(session.engine), escaped(session.commit),
        escaped(session.compiler), session.jobs, short_time(session.seconds), short_time(session.cpu_seconds),
        short_number(static_cast<double>(session.executions)), session.failures, session.findings,
        session.end == "running" ? " class=\"running\"" : "", escaped(session.end));
  }
  return text + "</table></div>\n";
}

// While a session runs the page is written every ten seconds: it is loaded again as often.
constexpr std::string_view kScript = R"("use strict";
const running = document.querySelectorAll("td.running");
const age = Date.now() / 1000 - Number(document.getElementById("written").dataset.at);
if (age > 120) for (const cell of running) cell.textContent = "killed";
else if (running.length > 0) setTimeout(() => location.reload(), 10000);
)";

}  // namespace

CampaignSummary summarise(const CampaignFolder& folder, Notes& notes) {
  CampaignSummary summary;
  summary.sessions = load_sessions(folder.file("sessions"), notes);
  for (const SessionEntry& session : summary.sessions) {
    summary.samples.push_back(load_samples(folder.file("sessions"), session.id));
    summary.executions += session.executions;
    summary.seconds += session.seconds;
    summary.cpu_seconds += session.cpu_seconds;
  }
  // Of this machine's sessions the last one may be at work. One of another machine is taken to be killed if its ledger
  // has had no news for a while.
  const double now = seconds_of(utc_now());
  bool may_run = folder.is_at_work();
  for (auto session = summary.sessions.rbegin(); session != summary.sessions.rend(); ++session) {
    if (session->machine != folder.id()) {
      if (session->end == "running" && seconds_of(session->started) + session->seconds + kNoNews < now) {
        session->end = "killed";
      }
      continue;
    }
    if (session->end == "running" && !may_run) session->end = "killed";
    may_run = false;
  }
  summary.written = utc_now();
  summary.findings = load_findings(folder.file("findings"), notes);
  summary.states = all_states(folder.file("states"), notes);
  summary.corpus = count_files(folder.file("corpus"));
  summary.pending = count_files(folder.file("pending"));
  return summary;
}

std::string campaign_page(const CampaignSummary& summary, const std::string& title) {
  const Plots plots(summary);
  const Unseen unseen = estimate_unseen(summary.states);
  const auto number = [](std::uint64_t value) { return short_number(static_cast<double>(value)); };
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\">\n<title>{} - CycleCheck "
      "campaign</title>\n<style>{}</style></head>"
      "<body>\n<h1>{}</h1>\n",
      escaped(title), kStyle, escaped(title));
  html +=
      fmt::format("<p>A fuzzing campaign of CycleCheck: {} session{}{}.</p>\n", summary.sessions.size(),
                  summary.sessions.size() == 1 ? "" : "s",
                  summary.sessions.empty() ? "" : ", the last one began " + summary.sessions.back().started + " UTC");
  html += "<div class=\"tiles\">\n";
  html += tile(std::to_string(summary.findings.size()), "findings");
  html += tile(number(summary.executions), "executions");
  html += tile(short_time(summary.cpu_seconds), "CPU time");
  html += tile(number(summary.corpus), "inputs in the corpus");
  html += tile(number(summary.states.states), "heap states met");
  html += tile(short_number(std::round(unseen.states)), "heap states not met, at least (estimate)");
  html += "</div>\n";
  html += fmt::format(
      "<p>One execution in {} meets a heap state that none has met before (Good and Turing: {} states were met by "
      "exactly "
      "one of {} executions).</p>\n",
      unseen.per_execution > 0 ? short_number(std::round(1 / unseen.per_execution)) : "many",
      number(summary.states.once), number(summary.states.executions));
  html += "<h2>Over time</h2>\n";
  if (plots.names().size() > 1) {
    html += "<p class=\"legend\">";
    for (std::size_t i = 0; i < plots.names().size(); ++i) {
      html += fmt::format("<span><i class=\"key\" style=\"background:var(--s{})\"></i>{}</span>",
                          std::min(i, kPlotColours - 1), escaped(plots.names()[i]));
    }
    html += "</p>\n";
  }
  html += fmt::format("<div class=\"plots\">\n{}</div>\n", plots.html());
  html += "<h2>Findings</h2>\n" + findings_table(summary.findings);
  html += "<h2>Sessions</h2>\n" + sessions_table(summary.sessions);
  // A page of a session that is said to run, and that nobody writes any more, is of a session that is gone.
  const bool runs = std::any_of(summary.sessions.begin(), summary.sessions.end(),
                                [](const SessionEntry& session) { return session.end == "running"; });
  if (runs) {
    html += fmt::format("<p id=\"written\" data-at=\"{:.0f}\">Written {} UTC.</p>\n<script>\n{}</script>\n",
                        seconds_of(summary.written), escaped(summary.written), kScript);
  }
  return html + "</body></html>\n";
}

std::variant<std::monostate, FileError> write_page(const CampaignFolder& folder, Notes& notes) {
  std::error_code ignored;
  const std::string title = fs::weakly_canonical(folder.path(), ignored).filename().string();
  const std::string path = folder.file("index.html");
  explain_findings(folder.file("findings"));
  const int error = replace_file(path, campaign_page(summarise(folder, notes), title), false);
  if (error != 0) return FileError{path + ": " + std::strerror(error)};
  return std::monostate{};
}

}  // namespace cyclecheck
