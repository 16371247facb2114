// Foreign recordings as recordings. Thread-safe.
#pragma once

#include <string>
#include <variant>

#include "harness/stored/foreign_recording.hpp"
#include "harness/stored/recording.hpp"
#include "trace/profile.hpp"

namespace cyclecheck {

// The recording of an interpreter of this profile. Each of its traces has a `garbage` operation behind each operation
// of the program, which shows gc.garbage and changes nothing else (rule B1).
//
// Counts, or generations, are compared if they were recorded; all records have them or none has.
// Errors name file and line: those of convert_program; a record that lacks what others have, an event number that has
// no meaning, an object that the program does not have. O(size).
[[nodiscard]] std::variant<Recording, FileError> convert_foreign(const ForeignRecording& foreign, ProfileId profile);

// Both steps: what stands in a pair of files, as a recording.
[[nodiscard]] std::variant<Recording, FileError> read_foreign_as_recording(const std::string& traces_path,
                                                                           const std::string& version_path,
                                                                           ProfileId profile);

}  // namespace cyclecheck
