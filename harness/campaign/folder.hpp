// The folder of a fuzzing campaign: what is where, and who may write to it.
//
//   campaign.json   the version of the format, and a number of its own that tells it from campaigns on other machines
//   corpus/         inputs that brought something new, each named by its SHA-1, as libFuzzer names them
//   findings/       failures, shrunk, as `cyclecheck run` stores them
//   sessions/       the ledger: one file a session, and beside it what there was at what time
//   states/         how many executions met each heap state, one file a machine
//   pending/        inputs that failed and are yet to be shrunk
//   failing/        inputs that once brought something new and now end the process: no longer in the corpus
//   running/        what runs at the moment
//   index.html      the page
//   lock            held while somebody writes
//
// Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "harness/campaign/folder_notes.hpp"
#include "trace/file.hpp"

namespace cyclecheck {

class CampaignFolder {
 public:
  // Opens a campaign to write to it, makes what is missing, and keeps others out as long as the object lives. Errors:
  // the folder cannot be made or written; it holds something else; somebody else has it; a later program made it.
  [[nodiscard]] static std::variant<CampaignFolder, FileError> open(const std::string& path, Notes& notes);
  // Opens a campaign to read it, whoever writes at the moment. Errors: there is none, or a later program made it.
  [[nodiscard]] static std::variant<CampaignFolder, FileError> read(const std::string& path, Notes& notes);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
  // 16 hexadecimal digits, made at random when the folder was.
  [[nodiscard]] const std::string& id() const { return id_; }
  // Whether this call made the folder.
  [[nodiscard]] bool is_new() const { return is_new_; }

  // Whether somebody writes to it at the moment.
  [[nodiscard]] bool is_at_work() const;

  // How many inputs the corpus had when it was last minimised.
  [[nodiscard]] std::size_t minimised() const { return minimised_; }
  [[nodiscard]] std::variant<std::monostate, FileError> set_minimised(std::size_t inputs);

 private:
  struct Lock;

  CampaignFolder() = default;
  [[nodiscard]] std::variant<bool, FileError> read_description(Notes& notes);
  [[nodiscard]] std::variant<std::monostate, FileError> write_description() const;

  std::string path_;
  std::string id_;
  std::size_t minimised_ = 0;
  bool is_new_ = false;
  std::shared_ptr<Lock> lock_;
};

// Random hexadecimal digits, for names.
[[nodiscard]] std::string random_digits(std::size_t count);

}  // namespace cyclecheck
