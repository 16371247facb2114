// Covers: trace files of both formats, what is said about files that cannot be read or written, and that a failed
// write leaves what was there.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

#include "properties/trace/random_trace.hpp"
#include "properties/trace/temporary_folder.hpp"
#include "trace/file.hpp"
#include "trace/normal_form.hpp"

namespace cyclecheck {
namespace {

using test::TemporaryFolder;

class FileTest : public ::testing::Test {
 protected:
  // The message about a file, without the folder.
  [[nodiscard]] std::string error_of(const std::string& path) const {
    const auto loaded = load_trace(path);
    const auto* error = std::get_if<FileError>(&loaded);
    return error == nullptr ? "" : shortened(error->message);
  }

  [[nodiscard]] std::string shortened(std::string message) const {
    const std::size_t at = message.find(folder_.path());
    return at == std::string::npos ? message : message.replace(at, folder_.path().size() + 1, "");
  }

  TemporaryFolder folder_;
};

TEST_F(FileTest, both_formats_are_recognised) {
  test::Random random(3);
  for (int i = 0; i < 20; ++i) {
    const Trace trace = normalised(test::random_trace(random));
    for (const TraceFormat format : {TraceFormat::text, TraceFormat::binary}) {
      const auto saved = save_trace(trace, folder_ / "t", format);
      ASSERT_TRUE(std::holds_alternative<std::monostate>(saved));
      const auto loaded = load_trace(folder_ / "t");
      ASSERT_TRUE(std::holds_alternative<Trace>(loaded)) << std::get<FileError>(loaded).message;
      EXPECT_EQ(std::get<Trace>(loaded), trace);
    }
  }
  EXPECT_EQ(folder_.files(), 1U);
}

TEST_F(FileTest, unreadable_files) {
  EXPECT_EQ(error_of(folder_ / "none"), "none: cannot be opened: No such file or directory");
  std::filesystem::create_directory(folder_ / "inner");
  EXPECT_EQ(error_of(folder_ / "inner"), "inner: is a directory, expected a file");
  EXPECT_EQ(error_of(folder_.write("empty", "")), "empty: is empty, expected a trace");
  EXPECT_EQ(error_of(folder_.write("bad", "cyclecheck-trace 1\nprofile python2.7\nfly\n")),
            "bad:3:1: expected an operation, found 'fly'");
  EXPECT_EQ(error_of(folder_.write("short", "CYCT")), "short: ends after 'CYCT', expected a version");
  EXPECT_EQ(error_of(folder_.write("new", "CYCT\x0A")), "new: has version 10 of the binary encoding, expected 1 to 9");
  EXPECT_EQ(error_of(folder_.write("later", std::string("CYCT\x09\x06\0\x46\x01", 9))),
            "later: has the operation 'class', which is of a later version");
  EXPECT_EQ(error_of(folder_.write("later", std::string("CYCT\x06\x06\0\x3C\0\0\0", 11))),
            "later: has the operation 'method', which is of a later version");
}

TEST_F(FileTest, unwritable_files) {
  const auto result = write_file(folder_ / "no/where", "x");
  ASSERT_TRUE(std::holds_alternative<FileError>(result));
  EXPECT_EQ(shortened(std::get<FileError>(result).message), "no/where: cannot be written: No such file or directory");
  std::filesystem::create_directory(folder_ / "folder");
  const auto onto_folder = write_file(folder_ / "folder", "x");
  ASSERT_TRUE(std::holds_alternative<FileError>(onto_folder));
  EXPECT_EQ(shortened(std::get<FileError>(onto_folder).message), "folder: cannot be written: Is a directory");
  EXPECT_EQ(folder_.files(), 1U);
}

// A limit on the size of files fails in the same place as a full disk.
TEST_F(FileTest, failed_write_leaves_the_old_file) {
  const std::string path = folder_.write("kept", "old");
  rlimit old_limit{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  auto* const old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{1000, old_limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  const auto result = write_file(path, std::string(5000, 'x'));
  const auto long_result = write_file(path, std::string(500000, 'x'));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &old_limit), 0);
  std::signal(SIGXFSZ, old_handler);
  ASSERT_TRUE(std::holds_alternative<FileError>(result));
  ASSERT_TRUE(std::holds_alternative<FileError>(long_result));
  EXPECT_EQ(shortened(std::get<FileError>(result).message), "kept: cannot be written: File too large");
  EXPECT_EQ(folder_.read("kept"), "old");
  EXPECT_EQ(folder_.files(), 1U);
}

TEST_F(FileTest, leftover_temporary_files_do_not_disturb) {
  const std::string leftover = folder_.write("t.tmp0", "of a killed run");
  ASSERT_TRUE(std::holds_alternative<std::monostate>(write_file(folder_ / "t", "new")));
  EXPECT_EQ(folder_.read("t"), "new");
  EXPECT_EQ(folder_.read("t.tmp0"), "of a killed run");
}

// What is no regular file stays what it is, and is written to.
TEST_F(FileTest, links_devices_and_fifos_stay) {
  (void)folder_.write("target", "before");
  std::filesystem::create_symlink("target", folder_ / "link");
  ASSERT_TRUE(std::holds_alternative<std::monostate>(write_file(folder_ / "link", "after")));
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "link"));
  EXPECT_EQ(std::get<std::string>(read_file(folder_ / "target")), "after");

  std::filesystem::create_symlink("new", folder_ / "dangling");
  ASSERT_TRUE(std::holds_alternative<std::monostate>(write_file(folder_ / "dangling", "new")));
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "dangling"));
  EXPECT_EQ(std::get<std::string>(read_file(folder_ / "new")), "new");

  std::filesystem::create_symlink("/dev/full", folder_ / "full");
  EXPECT_TRUE(std::holds_alternative<FileError>(write_file(folder_ / "full", "x")));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(write_file("/dev/null", "x")));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));

  const std::string fifo = folder_ / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  // A reader that does not wait lets the writer begin.
  const int reader = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(write_file(fifo, "through")));
  std::array<char, 16> bytes{};
  EXPECT_EQ(::read(reader, bytes.data(), bytes.size()), 7);
  ::close(reader);
  EXPECT_TRUE(std::filesystem::is_fifo(fifo));
}

TEST_F(FileTest, permissions_stay) {
  const std::string path = folder_.write("secret", "before");
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  ASSERT_TRUE(std::holds_alternative<std::monostate>(write_file(path, "after")));
  EXPECT_EQ(std::filesystem::status(path).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace
}  // namespace cyclecheck
