// Covers: where a process crashed, read in what its handler or a sanitizer wrote.
// Does not cover: programs without names, of which nothing is told.
#include "harness/system/crash_stack.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/system/worker_process.hpp"

namespace cyclecheck {
namespace {

using Functions = std::vector<std::string>;

TEST(CrashStack, NamesTheSubjectsFunctionsAlone) {
  const CrashStack stack = crash_stack(
      "about to crash\n"
      "cyclecheck: the stack of the crash\n"
      "/usr/bin/x(+0x1234) [0x55d0]\n"
      "/lib/x86_64-linux-gnu/libc.so.6(gsignal+0x12) [0x7f00]\n"
      "/usr/bin/x(_ZN7cyclegc4Heap4dropEj+0x1f) [0x55d1]\n"
      "/usr/bin/x(_ZN7cyclegc4Heap4dropEj+0x2f) [0x55d2]\n"
      "/usr/bin/x(_ZN7cyclegc12_GLOBAL__N_15clearERNS_4HeapE+0x8) [0x55d3]\n"
      "/usr/bin/x(_ZN10cyclecheck11ImplSubject3runEv+0x8) [0x55d4]\n"
      "/usr/bin/x(_ZN7cyclegc5otherEv+0x8) [0x55d5]\n");
  EXPECT_EQ(stack.functions, (Functions{"cyclegc::Heap::drop", "cyclegc::clear"}));
  EXPECT_EQ(stack.output, "about to crash\n");
}

TEST(CrashStack, ReadsTheFirstStackOfASanitizersReport) {
  const std::string report =
      "==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x6020\n"
      "    #0 0x7f in __interceptor_memcpy (/lib/libasan.so.8+0x1)\n"
      "    #1 0x55 in cyclegc::Heap::drop(unsigned int) /src/heap.cpp:3:5\n"
      "    #2 0x55 in (anonymous namespace)::clear() /src/heap.cpp:9:5\n"
      "freed by\n"
      "    #0 0x55 in cyclegc::Heap::free(unsigned int) /src/heap.cpp:3:5\n";
  const CrashStack stack = crash_stack(report);
  EXPECT_EQ(stack.functions, (Functions{"cyclegc::Heap::drop", "clear"}));
  EXPECT_EQ(stack.output, report);
  WorkerProcess::End end;
  end.output = report;
  end.stack = stack.functions;
  EXPECT_EQ(signature_of(end), "crash AddressSanitizer heap-use-after-free at cyclegc::Heap::drop, clear");
}

TEST(CrashStack, NothingIsNothing) {
  EXPECT_TRUE(crash_stack("").functions.empty());
  EXPECT_TRUE(crash_stack("cyclecheck: the stack of the crash\n").functions.empty());
  EXPECT_EQ(crash_stack("half a line").output, "half a line");
}

}  // namespace
}  // namespace cyclecheck
