// The binary encoding of traces, for corpora and fuzzers: docs/trace-format.md defines it byte by byte.
//
// The encoding is total: every byte string decodes to a valid trace. Numbers out of range are taken modulo, missing
// bytes read as zero, and a change of one byte touches one operation unless it changes the operation's fields. All
// functions are pure and thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "trace/trace.hpp"

namespace cyclecheck {

// What encode_trace writes. Each version has more operations than the one before it, which is read as it always was.
inline constexpr std::uint8_t kBinaryVersion = 9;

// The canonical encoding: decode_trace(encode_trace(t)) == t for every valid trace (trace/normal_form.hpp).
// REQUIRES: the trace is valid; if scripts are shared, unused or in another order than that of their use, what is
// encoded is with_ordered_scripts(trace). O(length of the encoding).
std::vector<std::uint8_t> encode_trace(const Trace& trace);

// The valid trace that the bytes describe. A first byte of 2 to 9 is that version, any other is read as version 1. The
// trace has at most as many operations as there are bytes. encode_trace(decode_trace(b)) is the canonical encoding of
// what b means. O(bytes * log(names)).
Trace decode_trace(std::span<const std::uint8_t> bytes);

// The first byte in the place of an operation's code that is no code of the version, if there is one. O(bytes).
std::optional<std::uint8_t> unknown_code(std::span<const std::uint8_t> bytes);

// The version that the first byte states, if there is a first byte.
std::optional<std::uint8_t> encoded_version(std::span<const std::uint8_t> bytes);

}  // namespace cyclecheck
