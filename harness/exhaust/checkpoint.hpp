// How far an exhaustive search is, in a file: written anew as a whole every few seconds, so that a search that is
// killed at any moment goes on from there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "harness/search/search.hpp"
#include "trace/file.hpp"

namespace cyclecheck {

struct Checkpoint {
  // What is done in one profile.
  struct Row {
    std::string profile;
    std::uint64_t traces = 0;
    std::uint64_t operations = 0;
    std::uint64_t failures = 0;
    // Of DistinctCount.
    std::uint32_t zeros = 0;
    std::vector<std::uint64_t> kept;

    friend bool operator==(const Row&, const Row&) = default;
  };

  // Everything that decides which traces there are and how they are compared, but the part of `--shard`.
  std::string search;
  std::uint32_t shard = 1;
  std::uint32_t shards = 1;
  // Of EveryTrace; and whether nothing is left.
  ChunksDone chunks;
  bool is_done = false;
  std::vector<Row> rows;

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// A file: one line of JSON, and the numbers kept, eight bytes each with the lowest first.
[[nodiscard]] std::string print_checkpoint(const Checkpoint& checkpoint);

// Errors name the path: it is no checkpoint, or it is cut off.
[[nodiscard]] std::variant<Checkpoint, FileError> parse_checkpoint(const std::string& path, const std::string& bytes);

}  // namespace cyclecheck
