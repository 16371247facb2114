#include "harness/system/build_info.hpp"

#include "harness/system/commit.hpp"

#ifdef __clang__
#define CYCLECHECK_COMPILER "Clang " __clang_version__
#else
#define CYCLECHECK_COMPILER "GCC " __VERSION__
#endif
#ifdef CYCLECHECK_SANITIZED
#define CYCLECHECK_SANITIZERS " sanitized"
#else
#define CYCLECHECK_SANITIZERS ""
#endif

namespace cyclecheck {

std::string_view build_commit() { return CYCLECHECK_COMMIT; }

std::string_view commit_mark() { return CYCLECHECK_COMMIT_MARK; }

std::string_view build_compiler() { return CYCLECHECK_COMPILER CYCLECHECK_SANITIZERS; }

}  // namespace cyclecheck
