// The program around the workloads of one collector.
//
//   bench_cyclegc --serve                          one line in, one line out: for bench/compare, which alternates
//   bench_cyclegc --benchmark_filter=full ...      the same workloads under Google Benchmark
//   bench_cyclegc --count SPEC                     one run, without repetitions: for bench/instructions
//
//   version       ->  version NAME
//   prepare SPEC  ->  ready repeatable | ready once | unsupported [REASON]
//   run           ->  time NANOSECONDS_PER_UNIT
//   finish        ->  answers KEY=NUMBER ...       the program ends
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "bench/groups.hpp"
#include "bench/workload.hpp"

// What callgrind counts, by this name.
extern "C" [[gnu::noinline]] void cyclecheck_counted(cyclecheck::bench::Workload& workload) {
  static_cast<void>(workload.run());
}

namespace cyclecheck::bench {
namespace {

void say(const std::string& line) {
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

int serve() {
  std::unique_ptr<Workload> workload;
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "version") {
      say("version " + version());
    } else if (line.starts_with("prepare ")) {
      try {
        workload = make_workload(parse_spec(std::string_view(line).substr(8)));
        say(workload == nullptr ? "unsupported" : workload->repeatable() ? "ready repeatable" : "ready once");
      } catch (const Unavailable& reason) {
        say(std::string("unsupported ") + reason.what());
      }
    } else if (line == "run" && workload != nullptr) {
      say(fmt::format("time {}", workload->run()));
    } else if (line == "finish" && workload != nullptr) {
      std::string answers = "answers";
      for (const auto& [key, value] : workload->answers()) answers += fmt::format(" {}={}", key, value);
      say(answers);
      // Taking a heap of millions of objects apart in good order would take long and tell nothing.
      ::_exit(0);
    } else {
      throw std::invalid_argument("not understood: " + line);
    }
  }
  ::_exit(0);
}

int count(const char* line) {
  Stopwatch::do_not_repeat();
  const std::unique_ptr<Workload> workload = make_workload(parse_spec(line));
  if (workload == nullptr) throw std::invalid_argument("this collector does not do that");
  cyclecheck_counted(*workload);
  std::fflush(stdout);
  ::_exit(0);
}

void run_under_google_benchmark(benchmark::State& state, const Spec& spec) {
  const std::unique_ptr<Workload> workload = make_workload(spec);
  if (workload == nullptr) {
    state.SkipWithError("this collector does not do that");
    return;
  }
  for (auto _ : state) state.SetIterationTime(workload->run() * 1e-9);
}

int run_all(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  for (const Spec& spec : workloads_of_all_groups()) {
    // A workload repeats short work by itself; some can be run once only.
    benchmark::RegisterBenchmark(text(spec).c_str(),
                                 [spec](benchmark::State& state) { run_under_google_benchmark(state, spec); })
        ->UseManualTime()
        ->Iterations(1)
        ->Repetitions(3);
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace cyclecheck::bench

int main(int argc, char** argv) {
  try {
    if (argc == 2 && std::string_view(argv[1]) == "--serve") return cyclecheck::bench::serve();
    if (argc == 3 && std::string_view(argv[1]) == "--count") return cyclecheck::bench::count(argv[2]);
    return cyclecheck::bench::run_all(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 2;
  }
}
