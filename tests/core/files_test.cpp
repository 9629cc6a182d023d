#include "framework/core/files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "framework/core/error.h"
#include "framework/core/project_root.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  std::string read(const fs::path& file) const {
    const auto bytes = read_file(file);
    return {bytes.begin(), bytes.end()};
  }
  std::size_t files_in_folder() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()));
  }
  void expect_unwritable(const fs::path& file, const std::string& reason) const {
    try {
      write_file_atomically(file, std::string_view("new"));
      ADD_FAILURE() << "written; expected: " << reason;
    } catch (const DataError& error) {
      EXPECT_EQ(std::string(error.what()), file.string() + ": cannot write: " + reason);
    }
  }

  const TemporaryFolder folder_;
};

TEST_F(Files, WhatIsWrittenIsRead) {
  write_file_atomically(folder_ / "a", std::string_view("first"));
  write_file_atomically(folder_ / "a", std::string_view("second"));
  EXPECT_EQ(read(folder_ / "a"), "second");
  EXPECT_EQ(files_in_folder(), 1u);
  write_file_atomically(folder_ / "empty", std::string_view());
  EXPECT_EQ(read(folder_ / "empty"), "");
}

TEST_F(Files, BeforeItsCommitAFileIsInNobodysWay) {
  write_file_atomically(folder_ / "a", std::string_view("old"));
  {
    AtomicFile file(folder_ / "a");
    file.append(std::vector<std::uint8_t>(1000, 'x'));
    EXPECT_EQ(file.read_back(998, 2), (std::vector<std::uint8_t>{'x', 'x'}));
    EXPECT_THROW(file.read_back(999, 2), DataError);
    file.truncate(3);
    EXPECT_EQ(read(folder_ / "a"), "old");
    AtomicFile other(folder_ / "a");  // both at once
    other.append(std::vector<std::uint8_t>{'y'});
    file.commit();
    other.commit();
  }
  EXPECT_EQ(read(folder_ / "a"), "y");
  EXPECT_EQ(files_in_folder(), 1u);
}

TEST_F(Files, ANewFileGetsThePermissionsOfAnyNewFile) {
  const mode_t mask = ::umask(027);
  write_file_atomically(folder_ / "a", std::string_view("x"));
  ::umask(mask);
  EXPECT_EQ(fs::status(folder_ / "a").permissions(), static_cast<fs::perms>(0640));
}

TEST_F(Files, UnreadableFilesAreNamed) {
  const auto reason = [](const fs::path& file, std::uint64_t limit = 100) -> std::string {
    try {
      read_file(file, limit);
      return "read";
    } catch (const DataError& error) {
      return std::string(error.what()).substr(file.string().size());
    }
  };
  EXPECT_EQ(reason(folder_ / "none"), ": cannot open: No such file or directory");
  EXPECT_EQ(reason(folder_.path()), ": not a regular file");
  EXPECT_EQ(reason("/dev/null"), ": not a regular file");
  write_file_atomically(folder_ / "big", std::string(101, 'x'));
  EXPECT_EQ(reason(folder_ / "big"), ": has 101 bytes; allowed up to 100");
}

TEST_F(Files, UnwritablePlacesAreNamed) {
  expect_unwritable(folder_ / "none" / "a", "No such file or directory");
  write_file_atomically(folder_ / "plain", std::string_view("x"));
  expect_unwritable(folder_ / "plain" / "a", "Not a directory");
  fs::create_directory(folder_ / "taken");
  EXPECT_THROW(write_file_atomically(folder_ / "taken", std::string_view("x")), DataError);
  EXPECT_EQ(files_in_folder(), 2u) << "a temporary file was left behind";
}

// A limit on the size of files stands in for a full disk: write() fails half way in the same place.
TEST_F(Files, WithoutRoomTheOldFileStays) {
  const fs::path file = folder_ / "a";
  write_file_atomically(file, std::string_view("old"));
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      write_file_atomically(file, std::string(10000, 'x'));
    } catch (const DataError& error) {
      ::_exit(std::string(error.what()).ends_with("cannot write: File too large") ? 0 : 2);
    }
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_EQ(read(file), "old");
  EXPECT_EQ(files_in_folder(), 1u) << "a temporary file was left behind";
}

TEST_F(Files, TheProjectsRootHoldsThePresets) {
  EXPECT_TRUE(fs::is_directory(project_root() / "framework" / "hardware" / "presets"));
}

}  // namespace
}  // namespace adagrain
