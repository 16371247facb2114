// What a fuzzer leaves behind: inputs that made a target fail, and its corpus. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "trace/file.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// Whether a fuzzer names its files so. libFuzzer: 40 hexadecimal digits, alone or behind `crash-`, `timeout-`, `oom-`,
// `leak-`, `slow-unit-` or `minimized-from-`. AFL++: `id:` or `id_` and six digits. `name` is without folders.
[[nodiscard]] bool is_fuzzer_file_name(std::string_view name);

// Whether these bytes can only be a fuzzer's input: no text, and no file that says that it is a trace.
[[nodiscard]] bool is_fuzzer_input(std::string_view bytes);

// The trace in a file: what load_trace reads, or an input of the targets whose inputs are traces, as they read it
// (harness/inputs/input.hpp), told apart by its name or its bytes. Errors: those of load_trace.
[[nodiscard]] std::variant<Trace, FileError> load_any_trace(const std::string& path);

}  // namespace cyclecheck
