#include "harness/campaign/folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <system_error>

#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

constexpr int kFolderFormat = 1;
// Workers of a campaign that was killed may live for a moment longer.
constexpr int kLockAttempts = 40;
constexpr timespec kLockPause{0, 50'000'000};

FileError error_at(const std::string& path, int error) { return {path + ": " + std::strerror(error)}; }

bool is_campaign(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path + "/campaign.json", ignored) || fs::is_directory(path + "/corpus", ignored) ||
         fs::is_directory(path + "/sessions", ignored) || fs::is_directory(path + "/findings", ignored);
}

}  // namespace

std::string random_digits(std::size_t count) {
  std::random_device random;
  std::string digits;
  while (digits.size() < count) digits += fmt::format("{:08x}", random());
  digits.resize(count);
  return digits;
}

struct CampaignFolder::Lock {
  int file = -1;

  Lock() = default;
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() {
    if (file >= 0) close(file);
  }

  // Takes the lock of a folder; a message if that is not possible.
  [[nodiscard]] std::variant<std::monostate, FileError> take(const std::string& path) {
    file = ::open((path + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) return error_at(path + "/lock", errno);
    for (int i = 0; flock(file, LOCK_EX | LOCK_NB) != 0; ++i) {
      if (errno != EWOULDBLOCK) return error_at(path + "/lock", errno);
      if (i < kLockAttempts) {
        nanosleep(&kLockPause, nullptr);
        continue;
      }
      std::array<char, 32> holder{};
      const bool is_known = pread(file, holder.data(), holder.size() - 1, 0) > 0;
      return FileError{fmt::format("{}: another campaign is at work there{}", path,
                                   is_known ? fmt::format(", process {}", std::atoi(holder.data())) : "")};
    }
    const std::string holder = fmt::format("{}\n", getpid());
    // Only for the message above.
    if (ftruncate(file, 0) != 0 || pwrite(file, holder.data(), holder.size(), 0) < 0) return error_at(path, errno);
    return std::monostate{};
  }
};

std::variant<CampaignFolder, FileError> CampaignFolder::open(const std::string& path, Notes& notes) {
  CampaignFolder folder;
  folder.path_ = path;
  std::error_code error;
  if (fs::exists(path, error) && !fs::is_directory(path, error)) return FileError{path + ": is not a folder"};
  fs::create_directories(path, error);
  if (error) return FileError{path + ": " + error.message()};
  const bool is_empty = fs::is_empty(path, error);
  if (error) return FileError{path + ": " + error.message()};
  if (!is_empty && !is_campaign(path)) return FileError{path + ": holds something else than a campaign"};
  folder.lock_ = std::make_shared<Lock>();
  if (const auto taken = folder.lock_->take(path); std::holds_alternative<FileError>(taken)) {
    return std::get<FileError>(taken);
  }
  for (const char* name : {"corpus", "findings", "sessions", "states", "pending", "failing", "running"}) {
    const std::string part = folder.file(name);
    const bool made = fs::create_directory(part, error);
    if (error) return FileError{part + ": " + error.message()};
    if (made && !is_empty) notes.add("was missing: made again, empty", part);
  }
  const auto read = folder.read_description(notes);
  if (const auto* unread = std::get_if<FileError>(&read)) return *unread;
  if (!std::get<bool>(read)) {
    folder.is_new_ = is_empty;
    if (!is_empty) notes.add("was missing or damaged: made again", folder.file("campaign.json"));
    folder.id_ = random_digits(16);
  }
  // Written in any case: what cannot be written is said now and not after an hour.
  if (const auto written = folder.write_description(); std::holds_alternative<FileError>(written)) {
    return std::get<FileError>(written);
  }
  return folder;
}

std::variant<CampaignFolder, FileError> CampaignFolder::read(const std::string& path, Notes& notes) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return FileError{path + ": there is no such campaign"};
  if (!is_campaign(path)) return FileError{path + ": holds something else than a campaign"};
  CampaignFolder folder;
  folder.path_ = path;
  const auto read = folder.read_description(notes);
  if (const auto* unread = std::get_if<FileError>(&read)) return *unread;
  if (!std::get<bool>(read)) notes.add("is missing or damaged", folder.file("campaign.json"));
  return folder;
}

bool CampaignFolder::is_at_work() const {
  const int lock = ::open(file("lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (lock < 0) return false;
  const bool is_held = flock(lock, LOCK_SH | LOCK_NB) != 0;
  close(lock);
  return is_held;
}

// Whether there is one that can be read.
std::variant<bool, FileError> CampaignFolder::read_description(Notes& notes) {
  const std::string path = file("campaign.json");
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return false;
  const auto content = read_file(path);
  if (const auto* error = std::get_if<FileError>(&content)) return *error;
  try {
    const auto json = nlohmann::json::parse(std::get<std::string>(content));
    if (json.at("format").get<int>() > kFolderFormat) {
      return FileError{path + ": was made by a later version of cyclecheck"};
    }
    id_ = json.at("id").get<std::string>();
    minimised_ = json.value("minimised", std::size_t{0});
    return true;
  } catch (const nlohmann::json::exception& error) {
    notes.add(std::string{"cannot be read: "} + error.what(), path);
    return false;
  }
}

std::variant<std::monostate, FileError> CampaignFolder::write_description() const {
  nlohmann::ordered_json json;
  json["format"] = kFolderFormat;
  json["id"] = id_;
  json["minimised"] = minimised_;
  const std::string path = file("campaign.json");
  const int error = replace_file(path, json.dump(2) + "\n", true);
  if (error != 0) return error_at(path, error);
  return std::monostate{};
}

std::variant<std::monostate, FileError> CampaignFolder::set_minimised(std::size_t inputs) {
  minimised_ = inputs;
  return write_description();
}

}  // namespace cyclecheck
