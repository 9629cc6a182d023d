// What a kill, a full disk, a second writer or altered bytes do to rows that were confirmed.
#include "framework/report/journal.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <fstream>
#include <limits>

#include "framework/core/error.h"
#include "framework/core/file_lock.h"
#include "framework/core/files.h"
#include "framework/core/random.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

const std::vector<Column> kColumns = {{"run", Column::Type::text, "", 40},
                                      {"step", Column::Type::integer, "", 0},
                                      {"seconds", Column::Type::real, "s", 0},
                                      {"kept", Column::Type::boolean, "", 0}};

std::vector<Cell> row(std::int64_t step) {
  return {fmt::format("lenet_größe_{}", step), step, 0.5 * static_cast<double>(step), step % 3 == 0};
}

Results rows(std::int64_t first, std::int64_t last) {
  Results results;
  ResultsTable& table = results.tables["/runs"];
  table.columns = kColumns;
  for (std::int64_t step = first; step < last; ++step) table.rows.push_back(row(step));
  return results;
}

void write_bytes(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

class JournalTest : public testing::Test {
 protected:
  // Three records: four rows of one table, three of another with a text, two of the first.
  void write_three_records() {
    Journal journal(file_);
    journal.append(rows(0, 4));
    Results others = rows(7, 10);
    others.tables["/group/others"] = std::move(others.tables.extract("/runs").mapped());
    others.texts["config"] = "a: 1\n";
    journal.append(others);
    journal.append(rows(4, 6));
  }

  // All rows that are there are as they were written, and in their order.
  static void expect_prefix(const Results& results) {
    if (!results.has("/runs")) return;
    const auto& found = results.table("/runs").rows;
    for (std::size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i], row(static_cast<std::int64_t>(i)));
  }

  TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_ / "a.h5.journal";
};

TEST_F(JournalTest, RowsOfEveryTypeComeBack) {
  Results results = rows(0, 2);
  ResultsTable& table = results.tables["/runs"];
  table.rows.push_back({std::string(40, 'w'), std::numeric_limits<std::int64_t>::max(),
                        std::numeric_limits<double>::infinity(), true});
  table.rows.push_back({std::string(), std::int64_t{-1}, std::nan(""), false});
  results.texts["config"] = std::string(200'000, 'c');
  Journal(file_).append(results);
  const JournalContent read = parse_journal(read_file(file_));
  EXPECT_TRUE(read.damage.empty()) << read.damage;
  EXPECT_EQ(read.results.texts, results.texts);
  const ResultsTable& found = read.results.table("/runs");
  EXPECT_EQ(found.columns, kColumns);
  ASSERT_EQ(found.rows.size(), 4U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(found.rows[i], table.rows[i]);
  EXPECT_TRUE(std::isnan(std::get<double>(found.rows[3][2])));
}

TEST_F(JournalTest, WhereverItIsCutWholeRecordsAreKeptAndItGoesOn) {
  write_three_records();
  const std::vector<std::uint8_t> bytes = read_file(file_);
  std::set<std::size_t> seen;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    write_bytes(file_, std::span(bytes).first(size));
    Journal journal(file_);
    const JournalContent& earlier = journal.earlier();
    EXPECT_TRUE(earlier.damage.empty()) << size << ": " << earlier.damage;
    expect_prefix(earlier.results);
    const std::size_t there = earlier.results.has("/runs") ? earlier.results.table("/runs").rows.size() : 0;
    seen.insert(there);
    EXPECT_EQ(earlier.results.has("/group/others"), earlier.results.texts.contains("config"));
    const auto next = static_cast<std::int64_t>(there);
    journal.append(rows(next, next + 1));
    const JournalContent after = parse_journal(read_file(file_));
    EXPECT_TRUE(after.damage.empty()) << size << ": " << after.damage;
    expect_prefix(after.results);
    ASSERT_EQ(after.results.table("/runs").rows.size(), there + 1) << size;
  }
  EXPECT_EQ(seen, (std::set<std::size_t>{0, 4, 6})) << "a record is there as a whole, or not at all";
}

TEST_F(JournalTest, EveryFlippedBitIsSaidAndWhatLiesBeforeItIsSound) {
  write_three_records();
  const std::vector<std::uint8_t> bytes = read_file(file_);
  for (std::size_t bit = 8 * kLockHeadBytes; bit < 8 * bytes.size(); ++bit) {
    std::vector<std::uint8_t> altered = bytes;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const JournalContent read = parse_journal(altered);
    EXPECT_FALSE(read.damage.empty()) << "bit " << bit;
    EXPECT_LE(read.bytes, bit / 8);
    expect_prefix(read.results);
  }
}

TEST_F(JournalTest, RecordsThatAreMissingOrThereTwiceAreSaid) {
  write_three_records();
  const std::vector<std::uint8_t> bytes = read_file(file_);
  const std::uint64_t first = kLockHeadBytes;
  const std::uint64_t second = first + 12 + bytes[first] + 256U * bytes[first + 1];
  std::vector<std::uint8_t> altered(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(first));
  altered.insert(altered.end(), bytes.begin() + static_cast<std::ptrdiff_t>(second), bytes.end());
  EXPECT_FALSE(parse_journal(altered).damage.empty());
  altered.assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(second));
  altered.insert(altered.end(), bytes.begin() + static_cast<std::ptrdiff_t>(first), bytes.end());
  EXPECT_FALSE(parse_journal(altered).damage.empty());
}

TEST_F(JournalTest, AnyBytesAreReadWithoutACrash) {
  write_three_records();
  const std::vector<std::uint8_t> bytes = read_file(file_);
  RandomStream random(1, "journals");
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::uint8_t> altered = bytes;
    altered.resize(random.below(2 * bytes.size()));
    for (std::uint64_t change = random.below(20); change > 0 && !altered.empty(); --change)
      altered[random.below(altered.size())] = static_cast<std::uint8_t>(random.below(256));
    expect_prefix(parse_journal(altered).results);
  }
}

// Rows that a child confirmed before it was killed, and a few more that it may have written.
std::int64_t append_until_killed(const std::filesystem::path& path, std::int64_t first,
                                 std::int64_t confirmed, useconds_t microseconds) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    Journal journal(path);
    for (std::int64_t step = first;; ++step) {
      journal.append(rows(step, step + 1));
      if (::write(ends[1], &step, sizeof step) != sizeof step) ::_exit(1);
    }
  }
  ::close(ends[1]);
  std::int64_t step = -1, last = first - 1;
  while (last < confirmed && ::read(ends[0], &step, sizeof step) == sizeof step) last = step;
  ::usleep(microseconds);
  ::kill(child, SIGKILL);
  while (::read(ends[0], &step, sizeof step) == sizeof step) last = step;
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  return last + 1;
}

TEST_F(JournalTest, EveryConfirmedRowOutlivesAKill) {
  RandomStream random(1, "kills");
  std::int64_t count = 0;
  for (int round = 0; round < 12; ++round) {
    const std::int64_t confirmed =
        append_until_killed(file_, count, count + static_cast<std::int64_t>(random.below(200)),
                            static_cast<useconds_t>(random.below(500)));
    const JournalContent read = parse_journal(read_file(file_));
    EXPECT_TRUE(read.damage.empty()) << read.damage;
    expect_prefix(read.results);
    count = static_cast<std::int64_t>(read.results.table("/runs").rows.size());
    EXPECT_GE(count, confirmed);
    EXPECT_LE(count, confirmed + 1);
  }
}

TEST_F(JournalTest, AFullDiskIsSaidAndKeepsEarlierRows) {
  Journal(file_).append(rows(0, 10));
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit size = {10'000, 10'000};
    ::setrlimit(RLIMIT_FSIZE, &size);
    try {
      Journal journal(file_);
      for (std::int64_t step = 10; step < 5000; ++step) journal.append(rows(step, step + 1));
    } catch (const DataError& error) {
      ::_exit(std::string(error.what()).find("File too large") != std::string::npos ? 3 : 4);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 3);
  const JournalContent read = parse_journal(read_file(file_));
  EXPECT_TRUE(read.damage.empty()) << read.damage;
  EXPECT_GT(read.results.table("/runs").rows.size(), 10U);
  expect_prefix(read.results);
  EXPECT_EQ(read.bytes, std::filesystem::file_size(file_)) << "half a record is left";
}

TEST_F(JournalTest, ASecondWriterIsToldWhoIsAtWork) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    Journal journal(file_);
    (void)!::write(ends[1], "x", 1);
    ::pause();
  }
  char ready = 0;
  ASSERT_EQ(::read(ends[0], &ready, 1), 1);
  try {
    Journal second(file_);
    ADD_FAILURE() << "two writers at once";
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find(fmt::format("process {} on ", child)), std::string::npos)
        << error.what();
  }
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  EXPECT_NO_THROW(Journal{file_}) << "a lock outlives its holder";
}

TEST_F(JournalTest, OtherFilesAreNotTouched) {
  write_file_atomically(file_, std::string_view("somebody's notes, and more of them"));
  EXPECT_THROW(Journal{file_}, DataError);
  EXPECT_EQ(std::filesystem::file_size(file_), 34U);
}

TEST_F(JournalTest, CellsThatDoNotFitAreOurBugs) {
  Journal journal(file_);
  const auto refused = [&](std::vector<Cell> cells, const std::string& reason) {
    Results results = rows(0, 0);
    results.tables["/runs"].rows.push_back(std::move(cells));
    try {
      journal.append(results);
      ADD_FAILURE() << "accepted; expected: " << reason;
    } catch (const InternalError& error) {
      EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
    }
  };
  refused({std::string(41, 'x'), std::int64_t{1}, 1.0, true}, "41 bytes");
  refused({std::string(), 1.0, 1.0, true}, "'step' was given a cell of another type");
  refused({std::string(), std::int64_t{1}, 1.0}, "3 cells");
  refused({std::string("a\0b", 3), std::int64_t{1}, 1.0, true}, "zero byte");
  Results twice = rows(0, 0);
  twice.tables["/runs"].columns.push_back(kColumns[0]);
  EXPECT_THROW(journal.append(twice), InternalError);
  journal.append(rows(0, 1));
  EXPECT_EQ(parse_journal(read_file(file_)).results.table("/runs").rows.size(), 1U);
}

}  // namespace
}  // namespace adagrain
