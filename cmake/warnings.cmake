# What every target of the project is compiled with.
add_library(cyclecheck_options INTERFACE)
target_compile_features(cyclecheck_options INTERFACE cxx_std_20)
target_compile_options(cyclecheck_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast)
if(CYCLECHECK_WARNINGS_ARE_ERRORS)
  target_compile_options(cyclecheck_options INTERFACE -Werror)
endif()
# GCC 12 reports overlapping copies in std::string's operator+ that are not there (its bug 105651).
target_compile_options(cyclecheck_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
if(CYCLECHECK_SANITIZE)
  target_compile_options(cyclecheck_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
                         -fno-omit-frame-pointer)
  target_link_options(cyclecheck_options INTERFACE -fsanitize=address,undefined)
  # For tests; compilers have different names for it.
  target_compile_definitions(cyclecheck_options INTERFACE CYCLECHECK_SANITIZED)
  # GCC's manual warns of false warnings with sanitizers; 12 gives this one for its own <regex>. The release build has it on.
  target_compile_options(cyclecheck_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()
if(CYCLECHECK_FUZZ_ENGINE STREQUAL "libfuzzer")
  # Edges are counted in what is tested: targets with the property FUZZED; the fuzzer itself is linked to the fuzz targets
  # alone. Comparisons are not traced: that took half of the time, and the mutator knows the values.
  target_compile_options(cyclecheck_options INTERFACE
    $<$<BOOL:$<TARGET_PROPERTY:FUZZED>>:-fsanitize=fuzzer-no-link>
    $<$<BOOL:$<TARGET_PROPERTY:FUZZED>>:-fno-sanitize-coverage=trace-cmp,indirect-calls,stack-depth>)
  target_link_options(cyclecheck_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# For code that takes longer to optimise than to run: the command line, which is mostly CLI11, and the tests themselves.
add_library(cyclecheck_quick_build INTERFACE)
target_compile_options(cyclecheck_quick_build INTERFACE $<$<CONFIG:Debug>:-O0> $<$<CONFIG:Release>:-O1>)
